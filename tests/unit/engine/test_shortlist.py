"""The shortlist: files that lose nothing, and files that are refused."""

import json
import math

import pytest

from polydesign.core.errors import ChemistryError, DataError
from polydesign.core.results import Candidate, Prediction
from polydesign.engine.design import shortlist


def entries() -> list[shortlist.Entry]:
    predictions = {
        "tg_exp_c": Prediction(101.5, 12.0, 85.25, 118.0, True),
        "perm_o2_exp_barrer": Prediction(1.25, 0.3, 0.5, 3.0, False),
        "sa_score": Prediction(2.0, 0.0, 2.0, 2.0, True),  # a target, beside the column that every polymer has
    }
    first = shortlist.of_candidate(
        Candidate("*CC(*)c1ccccc1", "*CC(*)c1ccccc1", 1.0, 0.5, True, 2.0, predictions, {"tg_exp_c": {"mean": 99.0}}),
        "toy, seed 0, rank 1",
    )
    second = shortlist.of_text("*CCO*", "typed", note='=1+1, "quoted" <b>and</b>\nmore *stars*')
    return [first, second]


@pytest.mark.parametrize(
    ("write", "name"), [(shortlist.to_json, "a.json"), (shortlist.to_csv, "a.CSV"), (shortlist.to_sdf, "a.sdf")]
)
def test_what_is_written_is_read_back(write, name):
    given = entries()
    found = shortlist.read(write(given).encode(), name)
    assert [entry.psmiles for entry in found] == [entry.psmiles for entry in given]
    assert found[0].predictions == given[0].predictions
    assert found[0].checker == {"tg_exp_c": 99.0}
    assert found[0].origin == "toy, seed 0, rank 1"
    assert found[1].note.split() == given[1].note.split()
    assert not found[1].predictions and math.isfinite(found[1].sa_score)


def test_one_chain_is_one_entry_however_it_is_cut():
    text = "psmiles,note\n*CCO*,first\n*COC*,second\n"
    (found,) = shortlist.read(text.encode(), "a.csv")
    assert found.note == "second"


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"{}", "a.json", "no shortlist"),
        (b"[[[", "a.json", "no shortlist"),
        (json.dumps({"format": shortlist.FORMAT, "entries": [{"psmiles": "CCO"}]}).encode(), "a.json", "entry 1"),
        (b"smiles\nCCO\n", "a.csv", "no column psmiles"),
        (b"psmiles,tg_exp_c\n*CC*,warm\n", "a.csv", "entry 1"),
        (b"not an sdf\n$$$$\n", "a.sdf", "no field psmiles"),
        (b"\xff\xfe", "a.csv", "UTF-8"),
        (b"", "a.xlsx", "must end in"),
    ],
)
def test_other_files_are_refused_with_a_reason(content, name, says):
    with pytest.raises(DataError, match=says):
        shortlist.read(content, name)


def test_a_text_that_is_no_repeat_unit_is_no_entry():
    with pytest.raises(ChemistryError):
        shortlist.of_text("CCO")


def test_notes_are_cut_and_lists_are_bounded():
    entry = shortlist.noted(entries()[1], "x" * 10_000)
    assert len(entry.note) == shortlist.LONGEST_NOTE
    many = "psmiles\n" + "*CC*\n" * (shortlist.MOST + 1)
    with pytest.raises(DataError, match="at most"):
        shortlist.read(many.encode(), "a.csv")
