"""Both families learn what can be learnt, repeat themselves, and judge chains by parts that did not see them."""

import numpy as np
import pytest

from polydesign.chem.describe.fingerprints import QUICK_DESCRIPTOR_NAMES
from polydesign.core import registry
from polydesign.core.errors import CheckpointError, TrainingError
from polydesign.predictors.features import FINE_BITS, Features
from polydesign.predictors.fpnet.config import FpnetConfig
from polydesign.predictors.fpnet.inputs import Projection
from polydesign.predictors.fpnet.model import Blend
from polydesign.predictors.fpnet.recipe import loss_weights
from polydesign.predictors.fpnet.waves import Waves, fit_waves
from polydesign.predictors.trees.network import Forests

KEYS = ("tg_exp_c", "egc_dft_ev")
M = len(QUICK_DESCRIPTOR_NAMES)
N_INPUTS = 16 + M
OWN = [True, False]
SETTINGS = {
    "fpnet": FpnetConfig(
        keys=KEYS,
        n_bits=16,
        n_components=4,
        n_waves=1024,
        n_members=4,
        n_folds=2,
        d_hidden=32,
        epochs=30,
        batch_size=16,
        learning_rate=5e-3,
    ),
    "trees": registry.config_class("trees")(keys=KEYS, n_bits=16, n_folds=2, n_trees=60, n_leaves=8, feature_share=0.9),
}


def features_of(descriptors, folds):
    """Chains without environments, told apart by their descriptors alone."""
    n = len(descriptors)
    return Features(np.zeros((n, FINE_BITS), dtype=np.uint8), descriptors, np.ones(n, dtype=bool), (folds + 0.5) / 2)


@pytest.fixture(scope="module")
def problem():
    """400 rows: the first target is a function of the inputs, the second is noise and half unknown."""
    random = np.random.default_rng(0)
    inputs = np.zeros((400, M), dtype=np.float32)
    inputs[:, :6] = random.normal(size=(400, 6))
    targets = np.stack([np.tanh(inputs[:, 0] + inputs[:, 1]), random.normal(size=400)], axis=1)
    targets = (targets - targets.mean(axis=0)) / targets.std(axis=0)
    targets[::2, 1] = np.nan
    return features_of(inputs, np.arange(400) // 2 % 2), targets, OWN


@pytest.fixture(scope="module", params=sorted(SETTINGS))
def fitted(request, problem):
    fit = registry.recipe(request.param).fit
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
    known = np.isfinite(targets)
    assert mean.shape == spread.shape == targets.shape and (spread[known] >= 0).all()


def test_the_same_seed_gives_the_same_model(fitted, problem):
    family, (_, mean, _) = fitted
    again = registry.recipe(family).fit(SETTINGS[family], *problem, 0, None)
    assert np.array_equal(mean, again[1], equal_nan=True)


def test_a_budget_shortens_the_run(problem):
    fit = registry.recipe("trees").fit
    _, mean, _ = fit(SETTINGS["trees"], *problem, 0, 1e-9)
    assert np.nanstd(mean[:, 0]) < 0.8  # far from the targets, whose deviation is 1
    fit = registry.recipe("fpnet").fit
    model, _, _ = fit(SETTINGS["fpnet"], *problem, 0, 1e-9)
    assert model.blend.share[0] < 0.2  # networks that had no time are not listened to


def test_rare_properties_count_more_and_unknown_values_not_at_all():
    targets = np.array([[1.0, np.nan], [1.0, np.nan], [1.0, np.nan], [1.0, 2.0]])
    assert loss_weights(targets, 0.5).tolist() == [[1, 0], [1, 0], [1, 0], [1, 2]]


def test_every_chain_needs_a_member_that_does_not_see_it():
    with pytest.raises(TrainingError, match="n_members must be at least n_folds"):
        FpnetConfig(n_members=3, n_folds=5)


def test_too_few_chains_are_refused_with_their_number(problem):
    fit = registry.recipe("fpnet").fit
    with pytest.raises(TrainingError, match="20 training chains"):
        fit(SETTINGS["fpnet"], problem[0].rows(slice(20)), problem[1][:20], OWN, 0, None)


def test_a_file_without_trees_is_refused_by_name(tmp_path):
    config = SETTINGS["trees"]
    for content in (b"", b"not gzip"):
        (tmp_path / "tg_exp_c.txt.gz").write_bytes(content)
        with pytest.raises(CheckpointError, match=r"tg_exp_c\.txt\.gz"):
            Forests.load(config, tmp_path, N_INPUTS)


def test_trees_for_other_inputs_are_refused(tmp_path, problem):
    config = SETTINGS["trees"]
    forests, _, _ = registry.recipe("trees").fit(config, *problem, 0, None)
    for name, content in forests.files().items():
        (tmp_path / name).write_bytes(content)
    assert np.array_equal(Forests.load(config, tmp_path, N_INPUTS).predict(problem[0]), forests.predict(problem[0]))
    with pytest.raises(CheckpointError, match=f"read {N_INPUTS} inputs; this version gives {N_INPUTS + 1}"):
        Forests.load(config, tmp_path, N_INPUTS + 1)


def test_a_forest_of_all_chains_is_kept_only_where_no_other_model_learns_from_them(problem):
    features, targets, _ = problem
    forests, blind, _ = registry.recipe("trees").fit(SETTINGS["trees"], *problem, 0, None)
    assert [len(forests.boosters[key]) for key in KEYS] == [1, 2]
    predicted = forests.predict(features)
    known = np.isfinite(targets)
    # What the guide knows too is predicted by trees that did not see it; the rest is remembered.
    assert np.allclose(predicted[known[:, 1], 1], blind[known[:, 1], 1])
    assert r2(targets[:, 0], predicted[:, 0]) > r2(targets[:, 0], blind[:, 0]) + 0.02


@pytest.fixture(scope="module")
def ridge(problem):
    config = SETTINGS["fpnet"]
    blocks = Projection.fit(problem[0], config.n_bits, config.n_components).blocks(problem[0])
    return config, blocks, *fit_waves(config, blocks, problem[1], problem[0].parts(2), 0)


def test_waves_come_close_to_the_kernel(ridge):
    config, blocks, waves, _ = ridge
    heights = waves(blocks)
    shares = (config.environments, 1 - config.environments)
    exact = sum(
        share / (1 + ((block[:, None] - block[None]) ** 2).sum(axis=2) / config.reach)
        for share, block in zip(shares, blocks, strict=True)
    )
    assert np.abs(heights @ heights.T - exact).max() < 0.1
    assert np.diag(heights @ heights.T) == pytest.approx(np.ones(400), abs=2e-3)


def test_errors_without_a_part_are_those_of_a_ridge_that_never_had_it(ridge, problem):
    config, blocks, waves, blind = ridge
    target, part = problem[1][:, 0], problem[0].parts(2)
    kept, left = np.flatnonzero(part == 0), np.flatnonzero(part == 1)
    heights = waves(blocks)
    closest = []
    for noise in config.noises:
        gram = heights[kept] @ heights[kept].T + noise * np.eye(len(kept))
        weights = heights[kept].T @ np.linalg.solve(gram, target[kept])
        closest.append(np.abs(heights[left] @ weights - blind[left, 0]).max())
    assert min(closest) < 2e-3
    assert np.isnan(blind[~np.isfinite(problem[1][:, 1]), 1]).all()


def test_waves_are_stored_without_loss(ridge):
    _, blocks, waves, _ = ridge
    again = Waves.from_arrays(waves.arrays())
    assert np.allclose(waves.predict(blocks), again.predict(blocks), atol=1e-3)


def test_a_blend_leans_on_the_better_model_and_doubts_where_they_disagree():
    random = np.random.default_rng(1)
    target, apart = random.normal(size=(2000, 1)), random.normal(size=(2000, 1)) * np.array([[0.1], [1.0]] * 1000)
    good, bad = target + 0.2 * random.normal(size=(2000, 1)), target + apart
    rarity = np.full((2000, 1), 0.1)
    blend = Blend.fit(good, bad, rarity, target)
    mean, spread = blend(good, bad, rarity)
    assert 0.7 < blend.share[0] < 1 and np.mean((mean - target) ** 2) <= np.mean((good - target) ** 2)
    assert spread[1::2].mean() > 2 * spread[::2].mean()


def test_a_blend_doubts_what_is_far_from_the_data():
    random = np.random.default_rng(2)
    rarity = random.uniform(size=(2000, 1))
    target = random.normal(size=(2000, 1))
    first, second = (target + (0.1 + rarity) * random.normal(size=(2000, 1)) for _ in range(2))
    blend = Blend.fit(first, second, rarity, target)
    assert blend.far[0] > 0.1
    agreed = np.zeros((2, 1))
    assert np.diff(blend(agreed, agreed, np.array([[0.1], [0.8]]))[1].ravel()) > 0.1
