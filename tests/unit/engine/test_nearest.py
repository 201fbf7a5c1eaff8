"""The nearest common polymers are those of the chain fingerprint, however the chain is cut."""

import numpy as np
import pytest

from polydesign.chem.common import COMMON_POLYMERS, find
from polydesign.chem.describe.fingerprints import chain_count_matrix
from polydesign.chem.notation.psmiles import validate
from polydesign.core.errors import Stopped
from polydesign.engine.predict.nearest import nearest
from polydesign.predictors import described

UNITS = ["*CC(*)c1ccc(CC)cc1", "*OCCCCCCCCOC(=O)c1ccc(C(*)=O)cc1", "*C=CC#C*"]


def test_similarity_is_the_tanimoto_of_the_fingerprint():
    found = nearest(UNITS, 5)
    common = chain_count_matrix([polymer.psmiles for polymer in COMMON_POLYMERS])
    shares, theirs = (counts / counts.sum(axis=-1, keepdims=True) for counts in (chain_count_matrix(UNITS), common))
    pairs = shares[:, None], theirs[None]
    every = np.minimum(*pairs).sum(axis=-1) / np.maximum(*pairs).sum(axis=-1)
    np.testing.assert_allclose(found.similarity, -np.sort(-every, axis=1)[:, :5], atol=1e-6)
    np.testing.assert_allclose(np.take_along_axis(every, found.rows.astype(int), axis=1), found.similarity, atol=1e-6)


def test_a_common_polymer_is_its_own_nearest_however_it_is_cut():
    found = nearest(["*OCC*", "*COC*", "*CCOCCO*", "*c1ccc(Oc2ccc(C(=O)c3ccc(O*)cc3)cc2)cc1"])
    assert [found.of(row)[0].polymer.abbreviation for row in range(4)] == ["PEO", "PEO", "PEO", "PEEK"]
    assert all(found.of(row)[0].same_chain for row in range(4))
    assert not any(near.same_chain for row in range(4) for near in found.of(row)[1:])


def test_every_common_polymer_finds_itself():
    found = nearest([polymer.psmiles for polymer in COMMON_POLYMERS], 1)
    own = [COMMON_POLYMERS[row].name for row in found.rows[:, 0]]
    other = [(p.name, name) for p, name in zip(COMMON_POLYMERS, own, strict=True) if p.name != name]
    # The fingerprint reads no cis/trans marks, so that the isomers of a polydiene are one to it.
    assert {p for pair in other for p in pair} <= {p.name for p in COMMON_POLYMERS if p.polymer_class == "polydiene"}
    assert found.similarity == pytest.approx(1.0)


def test_neighbours_make_chemical_sense():
    found = nearest(["*NCCCCCCCCNC(=O)CCCCCCCCC(*)=O", "*CC(*)(C)C(=O)OCCCCC"])
    assert all("nylon" in " ".join(near.polymer.synonyms) for near in found.of(0))
    assert find("PBMA") in [near.polymer for near in found.of(1)]


def test_unreadable_texts_have_no_neighbours_and_stop_is_heard():
    found = nearest(["", "CC", "*CC*"])
    assert [len(found.of(row)) for row in range(3)] == [0, 0, 3]
    with pytest.raises(Stopped):
        nearest(["*CC*"], should_stop=lambda: True)


def test_what_is_repeated_or_was_predicted_is_not_described_again(monkeypatch):
    asked = []
    known = described._describe
    monkeypatch.setattr(described, "_describe", lambda texts: [asked.append(text) for text in texts] and known(texts))
    units = ["*CCSCCCSC*", "*CCCSCCSC*"]
    described.described(units[:1])
    found = nearest([units[0], units[1], "C(CSCCCSC*)*", *units])
    assert sorted(asked) == sorted(described_as(units))
    np.testing.assert_array_equal(found.rows[[2, 3]], found.rows[[0, 0]])


def described_as(units):
    return [validate(unit).psmiles for unit in units]
