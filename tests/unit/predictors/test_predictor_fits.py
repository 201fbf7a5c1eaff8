"""Both families learn what can be learnt, repeat themselves, and judge chains by parts that did not see them."""

from importlib import import_module

import numpy as np
import pytest

from polydesign.core import registry
from polydesign.core.errors import CheckpointError, TrainingError
from polydesign.predictors.fpnet.config import FpnetConfig
from polydesign.predictors.fpnet.fit import learning_rate, loss_weights
from polydesign.predictors.trees.network import Forests

KEYS = ("tg_exp_c", "egc_dft_ev")
SETTINGS = {
    "fpnet": FpnetConfig(
        keys=KEYS, n_bits=16, n_members=4, n_folds=2, d_hidden=32, epochs=30, batch_size=16, learning_rate=5e-3
    ),
    "trees": registry.config_class("trees")(keys=KEYS, n_bits=16, n_folds=2, n_trees=60, n_leaves=8, feature_share=0.9),
}


@pytest.fixture(scope="module")
def problem():
    """400 rows: the first target is a function of the inputs, the second is noise and half unknown."""
    random = np.random.default_rng(0)
    inputs = random.normal(size=(400, 20)).astype(np.float32)
    targets = np.stack([np.tanh(inputs[:, 16] + inputs[:, 17]), random.normal(size=400)], axis=1)
    targets = (targets - targets.mean(axis=0)) / targets.std(axis=0)
    targets[::2, 1] = np.nan
    return inputs, targets, np.arange(400) // 2 % 2


@pytest.fixture(scope="module", params=sorted(SETTINGS))
def fitted(request, problem):
    fit = import_module(f"polydesign.predictors.{request.param}.fit").fit
    return request.param, fit(SETTINGS[request.param], *problem, 0, None)


def r2(target, predicted):
    known = np.isfinite(target)
    return 1 - np.mean((target - predicted)[known] ** 2) / np.var(target[known])


def test_chains_are_judged_by_parts_that_did_not_see_them(fitted, problem):
    _, (_, mean, spread) = fitted
    targets = problem[1]
    assert r2(targets[:, 0], mean[:, 0]) > 0.6
    # Noise can be learnt by heart but not foreseen.
    assert r2(targets[:, 1], mean[:, 1]) < 0.1
    assert mean.shape == spread.shape == targets.shape and (spread >= 0).all()


def test_the_same_seed_gives_the_same_model(fitted, problem):
    family, (_, mean, _) = fitted
    again = import_module(f"polydesign.predictors.{family}.fit").fit(SETTINGS[family], *problem, 0, None)
    assert np.array_equal(mean, again[1], equal_nan=True)


def test_a_budget_shortens_the_run(problem):
    for family, config in SETTINGS.items():
        fit = import_module(f"polydesign.predictors.{family}.fit").fit
        _, mean, _ = fit(config, *problem, 0, 1e-9)
        assert np.nanstd(mean[:, 0]) < 0.8  # far from the targets, whose deviation is 1


def test_rare_properties_count_more_and_unknown_values_not_at_all():
    targets = np.array([[1.0, np.nan], [1.0, np.nan], [1.0, np.nan], [1.0, 2.0]])
    assert loss_weights(targets, 0.5).tolist() == [[1, 0], [1, 0], [1, 0], [1, 2]]


def test_the_learning_rate_rises_and_falls_to_zero():
    rates = [learning_rate(1.0, progress) for progress in (0.0, 0.015, 0.03, 0.5, 1.0)]
    assert rates[0] < rates[1] < rates[2] == pytest.approx(1.0)
    assert rates[2] > rates[3] > rates[4] == pytest.approx(0.0)


def test_every_chain_needs_a_member_that_does_not_see_it():
    with pytest.raises(TrainingError, match="n_members must be at least n_folds"):
        FpnetConfig(n_members=3, n_folds=5)


def test_too_few_chains_are_refused_with_their_number(problem):
    inputs, targets, folds = (array[:20] for array in problem)
    fit = import_module("polydesign.predictors.fpnet.fit").fit
    with pytest.raises(TrainingError, match="20 training chains"):
        fit(SETTINGS["fpnet"], inputs, targets, folds, 0, None)


def test_a_file_without_trees_is_refused_by_name(tmp_path):
    config = SETTINGS["trees"]
    for content in (b"", b"not gzip"):
        (tmp_path / "tg_exp_c.txt.gz").write_bytes(content)
        with pytest.raises(CheckpointError, match=r"tg_exp_c\.txt\.gz"):
            Forests.load(config, tmp_path)
