"""The MOSES table on references small enough to work out by hand, and what papers report for it."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from polydesign.chem.lead_filters import passes_lead_filters
from polydesign.chem.notation.identity import chain_hash, molecule_key
from polydesign.core.errors import ChemistryError, DataError
from polydesign.evaluation.published import PUBLISHED
from polydesign.evaluation.tasks import TASKS
from polydesign.evaluation.tasks import moses as task
from tests.unit.evaluation.toy_models import Reciting, setting

TEST = ["c1ccc(-c2ccccc2)cc1", "CCOC(=O)c1ccccc1", "CCNC(=O)c1ccncc1", "CC(=O)Nc1ccccc1"]
SCAFFOLDS = ["C1CCC(C2CCCCC2)CC1", "O=C(NC1CC1)C1CCOC1"]


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a function that runs the task on strings that a generator recites, each of n once."""
    monkeypatch.setenv("POLYDESIGN_DATA", str(tmp_path))
    for name, smiles in (("moses_test", TEST), ("moses_test_scaffolds", SCAFFOLDS)):
        pd.DataFrame({"smiles": smiles}).to_parquet(tmp_path / f"{name}.parquet")
    # Four samples are a whole run here, compared with the whole of the references.
    monkeypatch.setattr(task, "MOSES_TASK", dataclasses.replace(task.MOSES_TASK, n=4))
    task._reference.cache_clear()

    def result(strings, **changes):
        given = {"data": ("moses_train",), **changes}
        return TASKS["moses"].run(setting(Reciting(strings), n=len(strings), **given))

    yield result
    task._reference.cache_clear()


def figures(result):
    return {name: figure.value for name, figure in result.tables[0].rows[0].figures.items()}


def test_the_test_set_itself_is_nearest_to_test(run):
    found = figures(run(TEST))
    for name in ("valid", "snn", "frag", "scaf", "novel", "filters"):
        assert found[name] == pytest.approx(1.0), name
    assert found["snn_sf"] < 0.6 and found["frag_sf"] < 0.9
    assert found["scaf_sf"] == 0.0  # biphenyl is no dicyclohexyl; the other scaffolds have one ring
    assert "fcd" not in found and math.isnan(found["unique@1k"])


def test_every_generation_counts_and_polymers_are_none(run):
    result = run(["CCO", "CCO", "*CC*", "C("])
    found = result.tables[0].rows[0].figures
    assert (found["valid"].value, found["valid"].n) == (0.5, 4)
    assert found["novel"].n == 1  # distinct ones
    assert found["intdiv1"].value == pytest.approx(0.0)


def test_novel_is_outside_the_molecules_it_was_trained_on(run):
    known = np.array([chain_hash(molecule_key(TEST[0]))], dtype=np.uint32)
    assert figures(run(TEST, trained_chains=known))["novel"] == 0.75


def test_a_row_says_what_else_it_was_trained_on(run):
    here, there = (run(TEST, data=data) for data in (("moses_train",), ("zinc250k",)))
    assert here.tables[0].rows[0].also_trained_on == ()
    assert there.tables[0].rows[0].also_trained_on == ("zinc250k",)
    assert any("Trained on zinc250k in place of moses_train" in note for note in there.notes)
    assert there.tables[0].rows[1].label == "Test molecules themselves"
    assert there.tables[0].rows[1].figures["filters"].value == 1.0


def test_a_smaller_run_is_compared_with_as_much_less(run):
    result = run(TEST[:2])
    assert "References: 2 of moses_test and 1 of moses_test_scaffolds." in result.notes
    assert any("not to be set beside others" in note for note in result.notes)


def test_a_generator_of_polymers_is_told_what_to_train(run):
    with pytest.raises(DataError, match=r"not trained on molecules.*data fetch moses_train"):
        run(["*CC*"], data=("polyinfo_train",))


@pytest.mark.parametrize(
    ("smiles", "passes"),
    [
        ("CC(=O)Nc1ccccc1", True),
        ("C[N+](C)(C)C", False),
        ("C[Si](C)(C)C", False),
        ("C1CCCCCCC1", True),
        ("C1CCCCCCCC1", False),
        ("O=C1C=CC(=O)C=C1", False),  # a quinone, of PAINS
        ("CCC(=O)Cl", False),
    ],
)
def test_what_the_filters_let_pass(smiles, passes):
    assert passes_lead_filters(smiles) is passes


def test_what_is_no_molecule_is_not_judged():
    with pytest.raises(ChemistryError):
        passes_lead_filters("*CC*")


def test_the_published_tables_are_whole():
    rows = {row.label: row for row in PUBLISHED["moses"]}
    assert list(rows)[1:] == ["HMM", "NGram", "Combinatorial", "CharRNN", "VAE", "AAE", "JTN-VAE", "LatentGAN"]
    assert {row.origin for row in rows.values()} == {"published"}
    shown = {column.key for column in task.COLUMNS}
    assert all(set(row.figures) <= shown and len(row.figures) >= 11 for row in rows.values())
    jtn = rows["JTN-VAE"].figures["fcd_sf"]
    assert (jtn.value, jtn.high - jtn.value) == (0.9382, pytest.approx(0.0531))
    assert rows["HMM"].figures["unique@1k"].n == 1_000 and rows["VAE"].figures["scaf"].value == 0.9386
    zinc = {row.label: row.figures for row in PUBLISHED["zinc"]}
    assert len(zinc) == 9
    assert zinc["Trans1x-128"]["entropy"].value == 576.3 and zinc["Trans4x-256"]["valid"].value == 0.567
