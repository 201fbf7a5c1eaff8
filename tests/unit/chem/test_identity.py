"""The chain key names the infinite chain: one key for every spelling, different keys for different chains."""

from __future__ import annotations

import time
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from polydesign.chem.common import COMMON_POLYMERS
from polydesign.chem.notation.identity import WEAK_PREFIX, chain_hash, chain_key, molecule_key, shortest_unit
from polydesign.chem.notation.psmiles import read, validate
from polydesign.core.errors import ChemistryError
from tests.unit.chem.respelling import TRICKY, recut, renumbered, repeated, reversed_ends

CHAINS = (*(polymer.psmiles for polymer in COMMON_POLYMERS), *TRICKY)
seeds = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize("psmiles", CHAINS)
def test_key_is_idempotent_and_a_valid_repeat_unit(psmiles):
    key = chain_key(psmiles)
    assert chain_key(key) == key
    assert validate(key).psmiles == key
    assert shortest_unit(key) == key


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(CHAINS), st.integers(1, 4), seeds)
def test_key_is_blind_to_cut_direction_repetition_and_atom_order(psmiles, n, seed):
    respelled = renumbered(recut(repeated(psmiles, n), seed), seed)
    assert chain_key(respelled) == chain_key(psmiles)
    assert read(shortest_unit(respelled)).GetNumAtoms() == read(shortest_unit(psmiles)).GetNumAtoms()


@pytest.mark.parametrize("psmiles", CHAINS)
def test_key_is_the_same_from_either_end(psmiles):
    assert {chain_key(text) for text in reversed_ends(psmiles)} == {chain_key(psmiles)}


def test_common_polymers_have_different_keys():
    keys = {}
    for polymer in COMMON_POLYMERS:
        key = chain_key(polymer.psmiles)
        assert key not in keys, f"{polymer.name} has the key of {keys[key]}"
        keys[key] = polymer.name


BLOCKS = ("C", "O", "S", "C(C)", "N", "C(=O)")


def bracelet(word: tuple[int, ...]) -> tuple[int, ...]:
    """Name an endless word by pure combinatorics: primitive root, least of all rotations both ways."""
    n = len(word)
    root = next(word[:p] for p in range(1, n + 1) if n % p == 0 and word == word[:p] * (n // p))
    return min(way[i:] + way[:i] for way in (root, root[::-1]) for i in range(len(root)))


words = st.lists(st.integers(0, len(BLOCKS) - 1), min_size=1, max_size=7).map(tuple)


@settings(max_examples=600, deadline=None)
@given(words, words, st.integers(1, 3), st.integers(0, 6), st.booleans())
def test_keys_agree_with_a_count_of_endless_words(one, other, n, shift, backwards):
    """Chains of symmetric blocks are endless words, equal when their bracelets are."""
    respelled = one * n
    respelled = respelled[shift % len(respelled) :] + respelled[: shift % len(respelled)]
    respelled = respelled[::-1] if backwards else respelled
    key = {word: chain_key("*" + "".join(BLOCKS[i] for i in word) + "*") for word in (one, other, respelled)}
    assert key[one] == key[respelled]
    assert (key[one] == key[other]) == (bracelet(one) == bracelet(other))


@pytest.mark.parametrize(
    "chains",
    [
        ("*CC(*)C", "*CC(C)C(C)C*", "*CCC*"),  # head-to-tail, head-to-head, no branch
        ("*CCO*", "*CO*", "*CCCO*", "*CCOO*"),
        ("*NCCCCCC(*)=O", "*NCCCCCCNC(=O)CCCCC(*)=O", "*NCCCCCNC(=O)CCCCCC(*)=O"),
        (r"*/C=C\*", "*/C=C/*", "*C=C*", "*C#C*", "*CC*"),
        (r"*C/C=C\C*", "*C/C=C/C*", "*CC=CC*"),
        ("*c1ccc(*)cc1", "*c1cccc(*)c1", "*c1ccccc1*", "*C1=CCC(*)=CC1"),
        ("*c1ccc(*)s1", "*c1csc(*)c1", "*=C1C=CC(=*)S1"),
        ("*CC(*)O", "*CC(*)[O-]", "*CC(*)[18OH]", "*[13CH2]C(*)O"),
        ("*OC(=O)c1ccc(*)cc1", "*OC(=O)c1ccc(C(=O)O*)cc1"),
        ("*CC(*)O[C@H]1CC[C@@H](C)CC1", "*CC(*)O[C@H]1CC[C@H](C)CC1", "*CC(*)OC1CCC(C)CC1"),
        ("*CC(*)C(=O)O[C@H](C)CC", "*CC(*)C(=O)O[C@@H](C)CC", "*CC(*)C(=O)OC(C)CC"),
    ],
)
def test_different_constitutions_have_different_keys(chains):
    for one, other in combinations(chains, 2):
        assert chain_key(one) != chain_key(other)


@pytest.mark.parametrize(
    "spellings",
    [
        ("*CC*", "*C*", "*CCC*", "C(*)C[1*]", "[*:1]C[*:2]"),
        ("*CCO*", "*COC*", "*OCC*", "*CCOCCO*"),
        ("*CC(*)C", "*C[C@H](*)C", "*C[C@@H](C)C[C@H](*)C", "*C(C)C*"),  # tacticity is not represented
        ("*C=C*", "*=CC=*"),
        ("*=C1C=CC(=CC=*)C=C1", "*C=C1C=CC(=C*)C=C1"),
        ("*c1ccc(*)cc1", "*C1=CC=C(*)C=C1"),  # Kekulé or aromatic
        ("*Oc1ccc(*)cc1", "*c1ccc(O*)cc1", "*c1ccc(Oc2ccc(O*)cc2)cc1"),
    ],
)
def test_spellings_of_one_chain_share_their_key(spellings):
    assert len({chain_key(text) for text in spellings}) == 1


@pytest.mark.parametrize(
    ("given", "expected"),
    [("*CC*", "*C*"), ("*COC*", "*COC*"), ("*CCOCCO*", "*CCO*"), ("*OCCOCC*", "*CCO*"), ("*=CC=*", "*=CC=*"),
     ("*=CC=CC=*", "*=CC=*"), ("*C[C@@H](C)C[C@H](*)C", "*CC(*)C"), ("*C[C@H](*)C", "*C[C@H](*)C")],
)  # fmt: skip
def test_shortest_unit_keeps_the_cut(given, expected):
    assert Chem.CanonSmiles(shortest_unit(given)) == Chem.CanonSmiles(expected)


def test_units_with_very_many_marks_get_a_marked_weaker_key():
    text = "*" + r"/C=C\C=C" * 25 + "/O*"
    key = chain_key(text)
    assert key.startswith(WEAK_PREFIX)
    assert chain_key(key) == key
    assert chain_key(renumbered(text, 1)) == key


@pytest.mark.parametrize(
    "text",
    ["*" + "S" * 400 + "*", "*" + "C#C" * 200 + "*", "*=" + "C=" * 400 + "*", "*" + "c1ccc(cc1)" * 66 + "*",
     "*" + r"/C=C\C=C" * 70 + "/*", "*" + r"/C=C\C=C" * 5 + "/" + "CCO" * 110 + "*", "*" + "C1C2CC1C2" * 39 + "*",
     "*C(" + "C(C1CC2CCC1C2)" * 39 + "C)C*", "*" + "[C@H](C)C" * 130 + "*"],
)  # fmt: skip
def test_key_of_long_and_symmetric_units_is_quick(text):
    start = time.process_time()
    chain_key(text)
    assert time.process_time() - start < 0.3  # about 50 ms on an idle machine


@pytest.mark.parametrize("text", ["CCO", "*CC", "", "*C(*)(*)C", "**", "nonsense", None, b"*CC*", ["*CC*"], 3])
def test_invalid_text_is_refused_with_the_reason(text):
    for function in (chain_key, shortest_unit):
        with pytest.raises(ChemistryError) as error:
            function(text)
        assert validate(text).reason in str(error.value)


def test_molecules_are_named_by_their_canonical_smiles():
    assert molecule_key("OCC") == molecule_key("C(O)C") == molecule_key("[CH3:1]CO")
    with pytest.raises(ChemistryError, match="attachment points"):
        molecule_key("*CC*")


def test_hash_is_stable():
    """Hashes are shipped, so they may never change."""
    assert chain_hash("*C*") == 901033339
    assert 0 <= chain_hash("*CC(*)C") < 2**32
