"""Figures of property models worked out by hand, and the whole task on a small set."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from polydesign import store
from polydesign.chem.common import COMMON_POLYMERS
from polydesign.chem.notation.identity import chain_key
from polydesign.core import registry
from polydesign.core.errors import DataError
from polydesign.data.corpora import labels as data_labels
from polydesign.data.corpora.demo import demo_polymers
from polydesign.data.corpora.split import sides
from polydesign.engine.session import Session
from polydesign.evaluation.cross_validation import Chains, cross_validate
from polydesign.evaluation.families import families, family_folds
from polydesign.evaluation.predictor_figures import calibration_error, coverage, distance_figures, error_figures
from polydesign.evaluation.predictor_figures import nearest_labelled as nearest
from polydesign.evaluation.run import evaluate
from polydesign.predictors.features import featurise
from polydesign.training.recipe import Order
from polydesign.training.record import write

KEYS = ("tg_exp_c", "perm_o2_exp_barrer")


@pytest.fixture(scope="module")
def labels():
    """The demo polymers; the made-up Tg follows from the rings, the made-up permeability is for every third only."""
    polymers = demo_polymers()
    rings = np.array([text.count("c1") + text.count("c3") for text in polymers], dtype=float)
    frame = pd.DataFrame({"psmiles": polymers, "chain_key": [chain_key(text) for text in polymers]})
    frame["tg_exp_c"] = 80 * rings + np.array([len(text) for text in polymers]) - 20
    frame["perm_o2_exp_barrer"] = np.where(np.arange(len(frame)) % 3 == 0, 10 ** (rings - 1), np.nan)
    return frame.drop_duplicates("chain_key").reset_index(drop=True)


@pytest.fixture(scope="module")
def guide(labels, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "guide"
    config = replace(registry.presets("fpnet")["tiny"], keys=KEYS)
    order = Order("fpnet", "properties", folder)
    write(order, registry.recipe("fpnet").learn(labels, config, order, []))
    return store.open_folder(folder)


def test_figures_are_means_and_deviations_over_folds():
    value = np.tile(np.arange(10.0), 2)
    predicted = value + np.repeat([1.0, 3.0], 10)
    found = error_figures(value, predicted, np.repeat([0, 1], 10), "", np.repeat([0.9, 0.5], 10))
    assert found["rmse"].value == found["mae"].value == pytest.approx(2.0)
    assert found["rmse_sd"].value == pytest.approx(np.sqrt(2.0)) and found["n"].value == 20
    variance = np.arange(10.0).var()
    assert found["r2"].value == pytest.approx(1 - 5 / variance)
    assert found["r2_far"].n == 10 and found["r2_far"].value == pytest.approx(1 - 9 / variance)
    once = error_figures(value[:10], predicted[:10], np.zeros(10, dtype=int), "baseline_", None)
    assert np.isnan(once["baseline_rmse_sd"].value) and once["baseline_mae"].value == 1.0
    assert np.isnan(error_figures(value[:3], value[:3], np.zeros(3, dtype=int), "", None)["r2"].value)


def test_intervals_are_counted():
    value, std = np.array([0.0, 1.0, 1.3, 5.0, np.nan]), np.ones(5)
    found = coverage(value, np.zeros(5), std)
    assert (found.value, found.n) == (0.5, 4) and found.low < 0.5 < found.high
    normal = np.random.default_rng(0).normal(size=20_000)
    assert calibration_error(normal, np.zeros(20_000), np.ones(20_000)).value < 0.01
    assert calibration_error(normal, np.zeros(20_000), np.full(20_000, 3.0)).value > 0.2


def test_errors_are_listed_by_distance():
    value = np.array([[0.0], [2.0], [0.0], [2.0]])
    error, similarity = np.array([[0.1], [0.1], [1.0], [1.0]]), np.array([[0.9], [0.9], [0.3], [0.3]])
    ranges = distance_figures(value, value + error, np.ones((4, 1)), similarity)
    assert list(ranges) == [(0.0, 0.4), (0.8, 1.0)]
    assert ranges[0.0, 0.4]["error"].value == pytest.approx(1.0) and ranges[0.8, 1.0]["error"].value == pytest.approx(
        0.1
    )


def test_the_nearest_chain_is_one_of_another_fold_with_a_value():
    known = np.array([[True], [True], [False], [True]])
    found = nearest(["*CC*", "*CC*", "*CC(*)c1ccccc1", "*CC(*)c1ccccc1"], known, np.array([0, 1, 1, 1]))
    assert found[0, 0] == found[1, 0] == pytest.approx(1.0) and np.isnan(found[2, 0]) and found[3, 0] < 0.5


def test_families_are_told_by_the_backbone_and_stay_together():
    named = {
        "*[Si](C)(C)O*": "silicon in the backbone", "*NCCCCCC(*)=O": "amides, urethanes and ureas",
        "*OCCOC(=O)c1ccc(C(*)=O)cc1": "esters and carbonates", "*OCC*": "aliphatic ethers", "*CC*": "hydrocarbons",
        "*CC(*)c1ccccc1": "carbon chains with aromatic side groups", "*CC(*)Cl": "carbon chains with polar side groups",
        "*c1ccc(N2C(=O)c3ccc(Oc4ccc5c(c4)C(=O)N(*)C5=O)cc3C2=O)cc1": "imides", "*C=C*": "conjugated carbon chains",
        "*Oc1ccc(*)cc1": "aromatic ethers", "*c1ccc(*)s1": "sulfur in the backbone",
    }  # fmt: skip
    assert families(featurise(list(named)).quick) == list(named.values())
    names = ["a"] * 5 + ["b"] * 3 + ["c"] * 2
    folds = family_folds(names, 2)
    assert all(len(set(folds[[n == name for n in names]])) == 1 for name in "abc") and (folds == 0).sum() == 5


def test_no_chain_is_predicted_by_a_model_that_saw_it(labels):
    """Values that nothing in the structure tells are learnt by heart, but not foreseen."""
    noise = np.random.default_rng(0).normal(size=(len(labels), 1))
    psmiles = labels["psmiles"].tolist()
    chains = Chains(psmiles, featurise(psmiles), noise)
    config = replace(registry.presets("trees")["tiny"], keys=("tg_exp_c",), n_trees=50)
    found = cross_validate("trees", config, chains, np.arange(len(labels)) % 2, 0, lambda: None)
    for predicted in (found.mean, found.baseline):
        assert np.isfinite(predicted).all() and abs(np.corrcoef(predicted.T, noise.T)[0, 1]) < 0.25


def test_the_task_measures_the_recipe_and_its_baseline(labels, guide, monkeypatch):
    monkeypatch.setattr(data_labels, "polymer_labels", lambda keys: labels)
    result = evaluate(guide, "predictors", session=Session())
    by_chain, by_family, by_distance = result.tables
    assert [t.name for t in result.tables] == ["predictors", "predictors-family", "predictors-distance"]
    tg, permeability = by_chain.rows
    assert tg.name == "Glass transition temperature (measured), °C" and permeability.name.endswith("decades")
    for name in ("r2", "r2_sd", "rmse", "mae", "baseline_r2", "coverage", "calibration"):
        assert np.isfinite(tg.figures[name].value), name
    assert tg.figures["n"].value == len(labels) and tg.figures["r2"].value > 0.5
    assert tg.figures["r2"].value > by_family.rows[0].figures["r2"].value
    assert sum(row.figures["n"].value for row in by_distance.rows) > len(labels)
    assert result.manifest.n == len(labels) and "| five-fold by chain | n | R2 |" in by_chain.markdown()


def test_the_checkpoint_itself_is_asked_about_a_file(labels, guide, tmp_path):
    path = tmp_path / "exam.csv"
    labels[["psmiles", "tg_exp_c"]].to_csv(path, index=False)
    result = evaluate(guide, "predictors", session=Session(), held_out=path)
    (table,) = result.tables
    assert [row.figures["n"].value for row in table.rows] == [len(labels)] and table.name == "predictors-held-out"
    path.write_text("psmiles,melting\n*CC*,1\n")
    with pytest.raises(DataError, match="needs a column psmiles and one or more of tg_exp_c"):
        evaluate(guide, "predictors", session=Session(), held_out=path)


def test_a_generator_is_no_property_model(guide):
    with pytest.raises(DataError, match="measures property models"):
        evaluate(store.find("polygpt"), "predictors", session=Session())


def test_common_polymers_that_taught_the_model_stand_apart(labels, guide, monkeypatch):
    monkeypatch.setattr(data_labels, "polymer_labels", lambda keys: labels[["psmiles", "chain_key", *keys]])
    result = evaluate(guide, "common", session=Session())
    summary, taught, new = result.tables
    taught_keys = set(labels["chain_key"][sides(labels["chain_key"].tolist()) != "test"])
    with_tg = [polymer for polymer in COMMON_POLYMERS if polymer.tg_c is not None]
    wanted = [polymer.name for polymer in with_tg if chain_key(polymer.psmiles) in taught_keys]
    assert wanted and [row.name.split(" (")[0] for row in taught.rows] == [name.split(" (")[0] for name in wanted]
    assert len(taught.rows) + len(new.rows) == len(with_tg) == sum(row.figures["n"].value for row in summary.rows)
    assert summary.rows[0].name == "taught the chain: guide"
    figure = new.rows[0].figures["predicted"]
    assert figure.low < figure.value < figure.high
