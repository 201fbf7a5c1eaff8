"""Filters look at the chain, say why they reject, and refuse patterns that cannot be used."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polydesign.chem.common import COMMON_POLYMERS
from polydesign.chem.filters import compile_filters
from polydesign.core.errors import ChemistryError
from polydesign.core.request import Filters
from tests.unit.chem.respelling import recut, renumbered, repeated


def reason(psmiles: str, **filters) -> str | None:
    return compile_filters(Filters(**filters)).reason_to_reject(psmiles)


@pytest.mark.parametrize(
    ("psmiles", "smarts"),
    [("*C*", "CCCCCCCCCC"), ("*CCO*", "COCCOCCO"), ("*OC(=O)CCCC*", "COC(=O)C"), ("*c1ccc(*)cc1", "c1ccccc1-c1ccccc1"),
     ("*NCCCCCC(*)=O", "C(=O)[NX3;H1]"), ("*=CC=*", "C=CC=C"), ("*C(*)(C)C", "CC(C)(C)C(C)(C)C")],
)  # fmt: skip
def test_patterns_are_found_across_the_cut(psmiles, smarts):
    assert reason(psmiles, must_contain=(smarts,)) is None
    assert reason(psmiles, exclude=(smarts,)) == f"contains {smarts}"


@pytest.mark.parametrize(
    ("psmiles", "smarts"),
    [("*CC*", "[!#6]"), ("*CC*", "[#0]"), ("*CC*", "[CH3]"), ("*CC*", "[CX3]"), ("*c1ccc(*)cc1", "C"),
     ("*OC(=O)CCCC*", "COC(=O)O"), ("*CC(*)C", "[CH3]CC[CH3]")],
)  # fmt: skip
def test_ends_of_the_drawn_piece_are_no_part_of_the_chain(psmiles, smarts):
    assert reason(psmiles, exclude=(smarts,)) is None
    assert reason(psmiles, must_contain=(smarts,)) == f"does not contain {smarts}"


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([polymer.psmiles for polymer in COMMON_POLYMERS]),
    st.sampled_from(["C(=O)O", "C(=O)N", "c:c", "cOc", "[CH2][CH2][CH2]", "[CH2]O", "[#6]=[#6]", "[R]!@[R]", "C(=O)c"]),
    st.integers(1, 3),
    st.integers(0, 2**32 - 1),
)
def test_the_answer_does_not_depend_on_the_spelling(psmiles, smarts, n, seed):
    respelled = renumbered(recut(repeated(psmiles, n), seed), seed)
    assert reason(psmiles, exclude=(smarts,)) == reason(respelled, exclude=(smarts,))


def test_elements_and_size():
    assert reason("*CC(*)Cl", exclude_elements=("F", "Cl")) == "contains Cl"
    assert reason("*CC(*)C", exclude_elements=("F", "Cl")) is None
    assert reason("*c1ccc(*)cc1", exclude_elements=("C",)) == "contains C"
    assert reason("*CC*", exclude_elements=("H",)) == "contains H"
    assert reason("*C(F)(F)*", exclude_elements=("H",)) is None
    assert reason("*CC(*)C", max_atoms=2) == "more than 2 heavy atoms"
    assert reason("*CC(*)C", max_atoms=3) is None


@pytest.mark.parametrize(
    ("psmiles", "is_pfas"),
    [("*C(F)(F)*", True), ("*CC(*)(F)F", True), ("*CC(*)C(F)(F)F", True), ("*C(F)(F)C(*)(F)Cl", True),
     ("*CC(*)F", False),
     ("*C(F)C(*)(F)Cl", False), ("*CC(*)C(F)F", False), ("*CC(*)c1c(F)c(F)c(F)c(F)c1F", False), ("*CC*", False)],
)  # fmt: skip
def test_pfas_by_the_oecd_definition(psmiles, is_pfas):
    assert (reason(psmiles, pfas_free=True) is not None) == is_pfas


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        ({"must_contain": ("C(",)}, "not a SMARTS pattern"),
        ({"exclude": ("",)}, "1 to 300"),
        ({"exclude": ("C" * 301,)}, "1 to 300"),
        ({"exclude": ("C\x00",)}, "1 to 300"),
        ({"exclude": ("C.C",)}, "one connected pattern"),
        ({"exclude": ("C" * 41,)}, "1 to 40 atoms"),
        ({"exclude": ("[$(" + "C" * 31 + ")]",)}, "too long"),
        ({"exclude_elements": ("Xx",)}, "not an element symbol"),
        ({"exclude_elements": ("*",)}, "not an element symbol"),
        ({"exclude_elements": ("",)}, "not an element symbol"),
        ({"max_atoms": 0}, "at least 1"),
    ],
)
def test_unusable_filters_are_refused(filters, words, capfd):
    with pytest.raises(ChemistryError, match=words):
        compile_filters(Filters(**filters))
    assert capfd.readouterr().err == ""


def test_invalid_unit_is_refused():
    with pytest.raises(ChemistryError, match="attachment points"):
        reason("CCO", pfas_free=True)


def test_endless_searches_end():
    start = time.process_time()
    pattern = "~".join("*" * 30) + "~[U]"
    assert reason("*C12C3C4C1C5C2C3C45*", exclude=(pattern,)) == f"too many ways to search for {pattern}"
    assert time.process_time() - start < 3
