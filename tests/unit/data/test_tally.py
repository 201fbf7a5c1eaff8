"""Sums of what tokens add against what RDKit counts in the finished structure."""

import pytest

from polydesign.chem.common import COMMON_POLYMERS
from polydesign.chem.describe.descriptors import descriptors
from polydesign.data.encodings.tokenizer import SPECIAL, PolymerTokenizer, to_notation, train_tokenizer
from polydesign.writing.tally import COUNTS, RING_LABELS, tally_table

POLYMERS = [polymer.psmiles for polymer in COMMON_POLYMERS]


@pytest.fixture(scope="module", params=["smiles", "kekule"])
def tallied(request):
    written = [to_notation(p, request.param) for p in POLYMERS]
    tokenizer = PolymerTokenizer(train_tokenizer(written, 120, min_frequency=1), request.param)
    table = tally_table(tokenizer.vocabulary)
    return [table[ids].sum(axis=0) for ids in tokenizer.encode_written(written)]


def count(tally, name):
    return tally[COUNTS.index(name)]


def test_sums_are_what_rdkit_counts(tallied):
    for psmiles, tally in zip(POLYMERS, tallied, strict=True):
        wanted = descriptors(psmiles)
        assert count(tally, "heavy atoms") == wanted["HeavyAtomCount"], psmiles
        assert count(tally, "nitrogen") + count(tally, "oxygen") == wanted["NOCount"], psmiles
        assert count(tally, "heteroatoms") + 2 == wanted["NumHeteroatoms"], psmiles
        assert count(tally, "ring numbers") == 2 * wanted["RingCount"], psmiles


def test_finished_strings_have_nothing_open(tallied):
    for tally in tallied:
        assert count(tally, "open branches") == 0
        assert count(tally, "attachment points") == 2
        assert (tally[len(COUNTS) :] % 2 == 0).all()


def test_mass_lacks_the_hydrogen_that_is_not_written(tallied):
    for psmiles, tally in zip(POLYMERS, tallied, strict=True):
        missing = descriptors(psmiles)["MolWt"] - count(tally, "mass")
        hydrogens = missing / 1.008
        assert hydrogens == pytest.approx(round(hydrogens), abs=0.05), psmiles
        assert hydrogens > -0.05


def test_tokens_are_read_piece_by_piece():
    table = tally_table([*SPECIAL, "[nH]", "c1ccc2", "C(=O)OCl", "%12", "[C@@H]", "[Br]", "[=N+1]", "[At]"])
    assert not table[: len(SPECIAL)].any()
    named = [dict(zip(COUNTS, row, strict=False)) for row in table.tolist()]
    assert named[4]["aromatic atoms"] == named[4]["nitrogen"] == 1
    assert named[4]["mass"] == pytest.approx(15.015)
    assert named[5]["aromatic atoms"] == 4 and named[5]["ring numbers"] == 2
    assert table[5, len(COUNTS)] == table[5, len(COUNTS) + 1] == 1
    assert named[6] | {"oxygen": 2, "halogens": 1, "heavy atoms": 4, "double bonds": 1, "open branches": 0} == named[6]
    assert table[7, len(COUNTS) + RING_LABELS - 1] == 1
    assert named[8]["heavy atoms"] == 1 and named[8]["heteroatoms"] == 0
    assert named[9]["halogens"] == 1
    assert named[10]["nitrogen"] == 1
    assert named[11]["attachment points"] == 1 and named[11]["heavy atoms"] == 0
