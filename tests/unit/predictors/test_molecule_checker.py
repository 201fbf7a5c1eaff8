"""The checker of the molecule task: features of molecules, who learns from what, the shipped one."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rdkit import Chem

from polydesign import store
from polydesign.core import registry
from polydesign.data.corpora import teaching
from polydesign.data.corpora.graph_sets import graphs_of
from polydesign.data.corpora.split import position
from polydesign.predictors.molecule_features import featurise_molecules
from polydesign.predictors.trees import recipe
from polydesign.training.recipe import Order
from polydesign.training.record import train

SHIPPED = Path(__file__).resolve().parents[3] / "checkpoints"


def test_features_are_blind_to_the_order_of_atoms():
    mol = Chem.MolFromSmiles("CC(=O)Oc1ccccc1C(=O)[O-]")
    texts = [Chem.MolToSmiles(mol, doRandom=True) for _ in range(8)]
    found = featurise_molecules([*texts, "*CC*", "C("], radius=2)
    assert found.readable.tolist() == [True] * 8 + [False] * 2
    assert (found.counts[:8] == found.counts[0]).all() and np.allclose(found.quick[:8], found.quick[0], rtol=1e-5)
    assert found.counts[0].sum() == 3 * mol.GetNumAtoms() and not found.counts[8:].any()
    assert found.quick[0, :4].tolist() == [7, 9, 0, 4]  # H, C, N, O


@pytest.fixture
def small_qm9(monkeypatch):
    """Alkanes and ethers with made-up values that grow with their size."""
    texts = ["C" * n + "O" * k + "C" * m for n in range(1, 9) for k in (0, 1) for m in range(1, 9)]
    size = np.array([len(text) for text in texts], dtype=float)
    labels = pd.DataFrame({"smiles": texts, "chain_key": [f"{i} {t}" for i, t in enumerate(texts)]})
    labels = labels.assign(alpha_bohr3=8 * size, gap_ev=7 - 0.1 * size, cv_cal_molk=4 * size)
    prepared = graphs_of(labels, "molecule", ["alpha_bohr3", "gap_ev", "cv_cal_molk"])
    prepared.meta["recipe"] = {"data": []}
    monkeypatch.setattr(recipe, "find_graphs", lambda name, folder: prepared)
    monkeypatch.setattr(teaching, "_MOLECULES_VALID", 0.3)
    monkeypatch.setattr(teaching, "_MOLECULES_CHECKER", 0.8)
    return prepared


def test_it_learns_from_its_own_molecules_and_is_tested_on_others(small_qm9, tmp_path, monkeypatch):
    config = dataclasses.replace(registry.presets("trees")["molecules"], n_bits=256, n_trees=60, n_leaves=8, n_folds=2)
    monkeypatch.setitem(registry.presets("trees"), "molecules", config)
    out = train(Order("trees", "qm9", tmp_path / "trees-qm9"))
    checkpoint = store.open_folder(out)
    place = np.array([position(name) for name in small_qm9.names])
    assert checkpoint.config["trained"]["n_train"] == ((place >= 0.3) & (place < 0.8)).sum()
    assert checkpoint.config["metrics"]["test"]["alpha_bohr3"]["n"] == (place >= 0.8).sum()
    assert checkpoint.role is None and checkpoint.config["metrics"]["test"]["alpha_bohr3"]["r2"] > 0.5
    columns = store.load_model(checkpoint).predict(["CCC", "*CC*", "CCCCCCCC"])
    assert columns["alpha_bohr3"].mean[2] > columns["alpha_bohr3"].mean[0] and np.isnan(columns["gap_ev"].mean[1])


def test_guide_and_checker_of_molecules_share_no_row_and_a_test_is_left():
    names = [f"molecule {n}" for n in range(2000)]
    sides, (taught, test) = teaching.molecule_sides(names), teaching.molecules_of_checker(names)
    assert (sides[taught] == "test").all() and (sides[test] == "test").all()
    assert len(taught) > 200 and len(test) > 50 and not set(taught) & set(test)


@pytest.mark.skipif(not (SHIPPED / "trees-qm9").is_dir(), reason="not shipped")
def test_the_shipped_checker_agrees_with_the_shipped_guide():
    texts = ["CCO", "c1ccccc1", "CC(=O)N", "C1CC1C#N", "OCC(O)CO", "CCCCCCC", "O=c1cc[nH]cc1"]
    guide, checker = (store.load_model(SHIPPED / id).predict(texts) for id in ("gnn-qm9", "trees-qm9"))
    assert np.corrcoef(guide["alpha_bohr3"].mean, checker["alpha_bohr3"].mean)[0, 1] > 0.98
    metrics = json.loads((SHIPPED / "trees-qm9" / "metrics.json").read_text())
    assert metrics["test"]["alpha_bohr3"]["r2"] > 0.9
