"""From labelled chains to checkpoints: who learns from what, and what is said of the result."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from polydesign import store
from polydesign.chem.notation.identity import chain_key
from polydesign.core import registry
from polydesign.core.errors import TrainingError
from polydesign.core.results import PredictionColumns
from polydesign.data.corpora import teaching
from polydesign.data.corpora.demo import demo_polymers
from polydesign.data.corpora.split import sides
from polydesign.training.recipe import Order
from polydesign.training.recipes.properties import Examples
from polydesign.training.record import train, write
from polydesign.training.reports.card import growth_table
from polydesign.training.reports.figures import agreement, errors, figures
from polydesign.training.reports.growth import growth

KEYS = ("tg_exp_c", "perm_o2_exp_barrer")


@pytest.fixture(scope="module")
def labels():
    """The demo polymers with made-up values; the second property is known for every third only."""
    polymers = demo_polymers()
    rings = np.array([text.count("c1") + text.count("c3") for text in polymers], dtype=float)
    frame = pd.DataFrame({"psmiles": polymers, "chain_key": [chain_key(text) for text in polymers]})
    frame["tg_exp_c"] = 80 * rings + np.array([len(text) for text in polymers]) - 20
    frame["perm_o2_exp_barrer"] = np.where(np.arange(len(frame)) % 3 == 0, 10 ** (rings - 1), np.nan)
    return frame.drop_duplicates("chain_key").reset_index(drop=True)


def test_guide_and_checker_share_no_chain_of_a_common_property_and_see_no_test_chain(labels, monkeypatch):
    monkeypatch.setattr(teaching, "MANY", 200)
    guide = Examples.of(labels, KEYS, "guide")
    checker = Examples.of(labels, KEYS, "checker")
    assert guide.halved == checker.halved == ("tg_exp_c",)
    assert not (guide.taught[:, 0] & checker.taught[:, 0]).any()
    train = sides(labels["chain_key"]) != "test"
    assert ((guide.taught | checker.taught)[:, 0] == train).all()
    assert guide.taught[:, 0].sum() > 1.5 * checker.taught[:, 0].sum()
    known = np.isfinite(labels["perm_o2_exp_barrer"].to_numpy())
    assert (guide.taught[:, 1] == (train & known)).all()  # too few to be halved
    assert (checker.taught[:, 1] == guide.taught[:, 1]).all()
    assert not guide.taught[~train].any() and not checker.taught[~train].any()


@pytest.fixture(scope="module")
def trained(labels, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    for family, role in (("fpnet", "guide"), ("trees", "checker")):
        config = replace(registry.presets(family)["tiny"], keys=KEYS)
        order = Order(family, "properties", folder / role)
        write(order, registry.recipe(family).learn(labels, config, order, []))
    return folder


def test_checkpoints_say_who_they_are_and_how_good(trained, labels):
    n_test = int((sides(labels["chain_key"]) == "test").sum())
    for family, role in (("fpnet", "guide"), ("trees", "checker")):
        checkpoint = store.open_folder(trained / role)
        assert (checkpoint.kind, checkpoint.role, checkpoint.family) == ("predictor", role, family)
        assert checkpoint.config["metrics"]["test"]["tg_exp_c"]["n"] == n_test
        assert checkpoint.config["metrics"]["out_of_fold"]["tg_exp_c"]["r2"] > 0.3
        assert checkpoint.properties["perm_o2_exp_barrer"]["scale"] == "log10"
        card = (trained / role / "README.md").read_text()
        for part in ("How good it is", "Which chains teach what", "Where it fails", "MIT"):
            assert part in card
        assert f"docs/figures/parity-{role}.svg" in card and "How the error grows with distance" in card
        assert sum(entry["n"] for entry in metrics_of(checkpoint)["by_distance_together"].values()) >= n_test
        parity = (trained / f"{role}.run" / "parity.svg").read_text()
        assert parity.count("training: n ") == parity.count("test: n ") == len(KEYS)
    assert "Agreement with the guide" in card  # the checker's


def metrics_of(checkpoint):
    return checkpoint.config["metrics"]


def test_errors_are_gathered_by_distance():
    n = 40
    distance = np.repeat([0.1, 0.3, 0.7, 1.5], 10)
    error = np.array([1.0, -2.0, 3.0, 4.0]).repeat(10)
    truth = np.full(n, 100.0)
    columns = PredictionColumns(truth + error, np.full(n, 2.0), truth + error - 2.5, truth + error + 2.5, distance <= 1)
    found = growth({"tg_exp_c": columns}, {"tg_exp_c": truth}, distance[:, None], [10.0])
    assert list(found["by_distance"]["tg_exp_c"].values()) == [1.0, 2.0, 3.0, 4.0, None]
    together = list(found["by_distance_together"].values())
    assert [row["n"] for row in together] == [10, 10, 10, 10, 0]
    assert [row["rmse"] for row in together] == [0.1, 0.2, 0.3, 0.4, None]
    assert [row["coverage80"] for row in together] == [1.0, 1.0, 0.0, 0.0, None]
    assert together[0]["half_width"] == pytest.approx(0.2563, abs=1e-4)
    table = growth_table(found["by_distance"], found["by_distance_together"])
    assert "| `tg_exp_c`: RMSE | 1 | 2 | 3 | 4 | – |" in table


def test_the_checker_is_told_apart_from_the_guide_on_unseen_chains(trained, labels):
    metrics = store.open_folder(trained / "checker").config["metrics"]
    unseen = labels["psmiles"][sides(labels["chain_key"]) == "test"].tolist()
    guide, checker = (store.load_model(trained / role).predict(unseen) for role in ("guide", "checker"))
    assert metrics["agreement"] == agreement(guide, checker, KEYS)
    assert metrics["agreement"]["tg_exp_c"]["everywhere"]["n"] == len(unseen)
    assert metrics["agreement"]["tg_exp_c"]["n"] <= len(unseen)


def test_agreement_counts_the_chains_that_both_models_know():
    mean = np.arange(1.0, 9.0)
    guide = PredictionColumns(mean, mean, mean, mean, np.arange(8) < 6)
    checker = PredictionColumns(mean + (np.arange(8) == 7), mean, mean, mean, np.arange(8) > 0)
    found = agreement({"ffv_md": guide}, {"ffv_md": checker}, ("ffv_md",))["ffv_md"]
    assert found["n"] == 5 and found["r2"] == 1.0
    assert found["everywhere"]["n"] == 8 and found["everywhere"]["mae"] == pytest.approx(1 / 8)


def test_errors_are_those_of_the_textbook():
    found = errors(np.array([1.0, 2.0, 3.0, 4.0, 5.0, np.nan]), np.array([1.0, 2.0, 3.0, 4.0, 7.0, 0.0]))
    assert found == {"n": 5, "r2": pytest.approx(1 - 4 / 10), "rmse": pytest.approx(0.8944), "mae": pytest.approx(0.4)}
    assert errors(np.array([1.0]), np.array([2.0]))["r2"] is None
    assert errors(np.array([]), np.array([])) == {"n": 0, "r2": None, "rmse": None, "mae": None}


def test_figures_of_a_logarithmic_property_are_in_decades_and_count_the_intervals():
    value = np.array([1.0, 10.0, 100.0, 1000.0, 1.0, np.nan])
    mean = np.array([10.0, 10.0, 100.0, 1000.0, 1.0, 5.0])
    columns = PredictionColumns(mean, np.full(6, 0.1), mean / 2, mean * 2, np.array([False] + [True] * 5))
    found = figures({"perm_o2_exp_barrer": columns}, {"perm_o2_exp_barrer": value})["perm_o2_exp_barrer"]
    assert found["n"] == 5 and found["mae"] == pytest.approx(0.2)
    assert found["coverage80"] == found["in_domain"] == pytest.approx(0.8)
    assert found["rmse_outside"] == pytest.approx(1.0) and found["rmse_in_domain"] == 0.0


def test_what_cannot_be_trained_is_said(tmp_path, labels):
    with pytest.raises(TrainingError, match="--data properties"):
        train(Order("fpnet", "demo", tmp_path / "x"))
    with pytest.raises(TrainingError, match="no preset 'huge'"):
        train(Order("trees", "properties", tmp_path / "x", preset="huge"))
    with pytest.raises(TrainingError, match="cannot be trained with --init"):
        train(Order("fpnet", "properties", tmp_path / "x", init="guide"))
    config = replace(registry.presets("fpnet")["tiny"], keys=("tg_exp_c", "tm_exp_c"))
    with pytest.raises(TrainingError, match="No training chain has a value of tm_exp_c"):
        registry.recipe("fpnet").learn(
            labels.assign(tm_exp_c=np.nan), config, Order("fpnet", "properties", tmp_path / "x"), []
        )
