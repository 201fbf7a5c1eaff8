"""A structure taken apart, and the shelf of data sets."""

import json

import numpy as np
import pandas as pd
import pytest

from polydesign.commands.data import main
from polydesign.core.errors import ChemistryError, DataError
from polydesign.data.corpora import library
from polydesign.data.encodings.dissect import dissect
from polydesign.data.sources import shelf


def test_a_repeat_unit_is_taken_apart():
    found = dissect("*OC(C)C(=O)*")
    assert "".join(found.pieces) == found.text
    assert found.bag == {"C": 3, "O": 2}
    matrix = found.adjacency
    assert (matrix == matrix.T).all() and (matrix > 0).sum() == 2 * 5  # four bonds and the one that closes
    assert sum(row["closes"] for row in found.bond_rows()) == 1
    rows = found.atom_rows()
    assert [row["position"] for row in rows if row["symbol"] == "C"] == [1, 2, 3]
    assert all(found.text[0] != "[" and row["element"] in (6, 8) for row in rows)
    assert len(found.bits) == len(found.counts) > 0
    json.dumps(found.to_dict())


def test_the_fingerprint_is_the_chains():
    for other in ("*COC*", "*OCC*", "*CCOCCO*"):
        assert (dissect(other).bits == dissect("*CCO*").bits).all()


def test_a_molecule_keeps_its_hydrogens():
    found = dissect("OCC")
    assert found.bag == {"H": 6, "C": 2, "O": 1} and not found.polymer
    assert (found.adjacency > 0).sum() == 2 * 8
    assert not any(row["closes"] for row in found.bond_rows())


def test_two_bonds_between_one_pair_are_both_listed():
    assert len(dissect("*CC*").bond_rows()) == 2 and (dissect("*C*").adjacency == [[1]]).all()


@pytest.mark.parametrize("text", ["", "x", "C*", "*CC", "<b>*CC*</b>", "C" * 3000, "CCO.CC"])
def test_what_is_neither_gets_a_reason(text):
    with pytest.raises(ChemistryError) as caught:
        dissect(text)
    assert str(caught.value)


def test_search_by_text_and_ranges():
    frame = pd.DataFrame({
        "psmiles": ["*CC*", "*CO*", "*CS*"], "name": ["Polyethylene", "POM", None], "tg": [1.0, np.nan, 3.0],
    })  # fmt: skip
    assert shelf.search(frame).tolist() == [0, 1, 2]
    assert shelf.search(frame, "CO*").tolist() == [1]
    assert shelf.search(frame, "pom").tolist() == [1]
    assert shelf.search(frame, "(").tolist() == []
    assert shelf.search(frame, "", {"tg": (1.0, 2.0)}).tolist() == [0]
    assert shelf.measures(frame, {"tg": "degC"}) == {"tg": "tg, °C"}


def test_our_own_sets_are_always_there(monkeypatch, tmp_path):
    monkeypatch.setenv("POLYDESIGN_DATA", str(tmp_path))
    monkeypatch.setenv("POLYDESIGN_CACHE", str(tmp_path))
    assert list(shelf.shelf()) == ["library", "common"]
    assert len(shelf.rows("common")) == shelf.shelf()["common"].rows
    with pytest.raises(DataError, match="not at hand"):
        shelf.rows("qm9")


def test_a_set_at_hand_can_be_read(monkeypatch, tmp_path):
    pd.DataFrame({"psmiles": ["*CC*", None], "smiles": ["*CC*", "x"], "n_star": [2, 0]}).to_parquet(
        tmp_path / "polyinfo_train.parquet"
    )
    monkeypatch.setenv("POLYDESIGN_DATA", str(tmp_path))
    shelf.rows.cache_clear()
    assert "polyinfo_train" in shelf.shelf()
    assert len(shelf.rows("polyinfo_train")) == 1
    shelf.rows.cache_clear()


def test_the_command_shows_a_set_and_a_structure(capsys):
    assert main(["show", "common", "--search", "nylon", "--limit", "2"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert main(["show", "--structure", "*CC*"]) == 0
    assert json.loads(capsys.readouterr().out)["bag"] == {"C": 2}
    assert main(["show", "--structure", "CC*"]) == 2


def test_the_shipped_library_is_small_valid_distinct_and_new():
    from polydesign import store
    from polydesign.chem.notation.identity import chain_key
    from polydesign.engine.design.novelty import is_known, load_known_chains

    assert library.FILE.stat().st_size < 300_000
    frame, made = library.library(), library.origin()
    assert len(frame) == made["n"] >= 1500
    keys = [chain_key(text) for text in frame["psmiles"]]  # raises for a text that is no repeat unit
    assert len(set(keys)) == len(keys)
    known = load_known_chains(store.find("polygpt"))
    assert known is not None and not is_known(keys, known).any()
    assert np.isfinite(frame.drop(columns="psmiles").to_numpy(dtype=float)).all()
    assert set(store.find("guide").properties) <= set(frame)
