"""One function says whether a text is a repeat unit, and why not; nothing makes it raise or hang."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from polydesign.chem.common import COMMON_POLYMERS
from polydesign.chem.notation import psmiles
from polydesign.chem.notation.identity import chain_key
from polydesign.chem.notation.psmiles import canonical, parse, parses, read, validate, validate_molecule
from polydesign.core.errors import ChemistryError
from tests.unit.chem.respelling import TRICKY, renumbered

CHAINS = (*(polymer.psmiles for polymer in COMMON_POLYMERS), *TRICKY)


@pytest.mark.parametrize("psmiles", CHAINS)
def test_real_repeat_units_are_valid(psmiles):
    verdict = validate(psmiles)
    assert (verdict.valid, verdict.code, verdict.reason) == (True, "ok", "")
    assert validate(verdict.psmiles).psmiles == verdict.psmiles == canonical(psmiles)
    assert verdict.psmiles.count("*") == 2


@pytest.mark.parametrize(
    ("text", "psmiles"),
    [("[*]CC[*]", "*CC*"), ("[1*]CC[2*]", "*CC*"), ("[*:1]CC[*:2]", "*CC*"), ("  *CC*\n", "*CC*"),
     ("*[CH2:7]C*", "*CC*"), ("[1*][C@H]([2*])C", "*C(*)C"), ("[1*]/C([2*])=C/C", "*C(*)=CC"), ("*C([H])([H])*", "*C*"),
     ("*C(*)(C)C", "*C(*)(C)C"), ("*=CC=*", "*=CC=*"), ("*[13CH2]C*", "*C[13CH2]*")],
)  # fmt: skip
def test_spellings_of_stars_are_written_back_plain(text, psmiles):
    assert validate(text).psmiles == Chem.CanonSmiles(psmiles)


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("", "empty", "repeat unit such as"),
        ("  \t", "empty", "repeat unit such as"),
        (None, "not_text", "NoneType"),
        (b"*CC*", "not_text", "bytes"),
        (7, "not_text", "int"),
        ("C" * 10_001, "too_long", "10,001 characters"),
        ("*" + "C" * 401 + "*", "too_large", "401 heavy atoms"),
        ("*" + "C1CC1" * 81 + "*", "too_many_rings", "81 rings"),
        ("*C(C%10" + "c1ccc(cc1)" * 14 + "C%10)C*", "too_many_rings", "58 members runs through 14"),
        ("*CC* polyethylene", "whitespace", "without a name"),
        ("*CC* |$star;;;star$|", "whitespace", "without a name"),
        ("*C\nC*", "whitespace", "line break"),
        ("*CC\x00*", "bad_character", "U+0000"),
        ("*CĈ*", "bad_character", "U+0108"),
        ("∗CC∗", "bad_character", "U+2217"),
        ("{[$]CC[$]}", "bad_character", "BigSMILES"),
        ("*CC*>>*C*", "bad_character", "reactions"),
        ("*CC(*", "does_not_parse", "1 opening and 0 closing round brackets"),
        ("*C1CC*", "does_not_parse", "ring label 1 is opened"),
        ("*CQ*", "does_not_parse", "element symbols"),
        ("*C(C)(C)(C)(C)*", "bad_valence", "atom 2 (C)"),
        ("*C=C(*)C1C=[CH]1[Ge](C)(C)C", "bad_valence", "beside a metal"),
        ("*c1cccc1*", "not_aromatic", "[nH]"),
        ("*CC*.CC", "several_fragments", "2 separate fragments"),
        ("*CC*.[Na+]", "several_fragments", "counter-ions"),
        ("CCO", "no_stars", "no attachment points: mark the two ends of the repeat unit with *"),
        ("*CC", "one_star", "end group"),
        ("*CC(*)C*", "too_many_stars", "3 attachment points"),
        ("*C1C(*)CC(*)C1*", "too_many_stars", "ladder"),
        ("**", "stars_bonded", "bonded to each other"),
        ("*C*C", "star_valence", "2 bonds"),
        ("C1*CC*1", "star_valence", "2 bonds"),
        ("[*H]CC*", "star_valence", "2 bonds"),
        ("[*+]CC*", "star_charged", "plain *"),
        ("*C=*", "unequal_star_bonds", "different order"),
        ("*$[Re]$*", "star_bond_type", "single, double or triple"),
        ("*~C~*", "bad_character", "does not belong in a SMILES"),
    ],
)
def test_broken_rules_are_named(text, code, words):
    verdict = validate(text)
    assert not verdict.valid and verdict.psmiles is None
    assert verdict.code == code
    assert words in verdict.reason
    with pytest.raises(ChemistryError) as error:
        read(text)
    assert verdict.reason in str(error.value)


def test_parsing_asks_less_than_validity():
    for text in ("CCO", "*CC", "*CC(*)C*", "*CC*.C"):
        assert parses(text) and not validate(text).valid
        assert parse(text).GetNumAtoms() > 0
    for text in ("*C(C)(C)(C)(C)*", "C1CC", "", None, "C" * 3000):
        assert not parses(text)


def test_molecules_have_no_stars():
    assert validate_molecule("OCC").psmiles == "CCO"
    assert validate_molecule("*CC*").code == "has_stars"
    assert validate_molecule("C.C").code == "several_fragments"
    assert not validate_molecule("C1CC").valid


def test_canonical_takes_a_molecule_and_leaves_it_alone():
    mol = Chem.MolFromSmiles("[1*]CC[*:2]")
    assert canonical(mol) == "*CC*"
    assert Chem.MolToSmiles(mol) != "*CC*"


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(CHAINS), st.integers(0, 2**32 - 1))
def test_canonical_form_is_blind_to_atom_order(psmiles, seed):
    assert canonical(renumbered(psmiles, seed)) == canonical(psmiles)


def test_bad_input_writes_nothing_to_the_console(capfd):
    for text in ("*C(C)(C)(C)(C)*", "*c1cccc1*", "C1CC", "[", "*CC(*"):
        validate(text)
        parses(text)
    captured = capfd.readouterr()
    assert captured.out == captured.err == ""


def is_answered(text) -> None:
    """Check that a text gets a verdict, and a key exactly when it is valid."""
    start = time.process_time()
    verdict = validate(text)
    assert verdict.valid == (verdict.code == "ok") == (verdict.psmiles is not None)
    assert bool(verdict.reason) != verdict.valid
    if verdict.valid:
        key = chain_key(text)
        assert chain_key(key) == key
    else:
        with pytest.raises(ChemistryError):
            chain_key(text)
    assert time.process_time() - start < 2.0


def mutations(n: int, seed: int = 0):
    """Yield `n` damaged or recombined repeat units and byte strings."""
    rng = random.Random(seed)
    letters = "CNOPSFIcnos*[]()=#@+-/\\%0123456789.:~$Hl r{}<>&\x00\tâˆ\u200b🙂"
    for number in range(n):
        text = rng.choice(CHAINS)
        if number % 10 == 0:
            yield bytes(rng.randrange(256) for _ in range(rng.randrange(60))).decode("latin-1")
            continue
        for _ in range(rng.randrange(1, 6)):
            at = rng.randrange(len(text) + 1)
            how = rng.randrange(5)
            if how == 0:
                text = text[:at] + rng.choice(letters) + text[at:]
            elif how == 1:
                text = text[:at] + text[at + rng.randrange(1, 4) :]
            elif how == 2:
                text = text[:at] + rng.choice(letters) + text[at + 1 :]
            elif how == 3:
                text = text[:at] + rng.choice(CHAINS)[rng.randrange(5) :]
            else:
                text = (text[:at] + text[at // 2 : at] * rng.randrange(1, 40) + text[at:])[:4000]
        yield text


def test_mutated_units_and_byte_strings_are_always_answered():
    for text in mutations(2500):
        is_answered(text)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=200), st.text(alphabet="CNOc1234()[]=#*%", max_size=120), st.none(), st.binary()))
def test_any_value_is_answered(text):
    is_answered(text)


@pytest.mark.parametrize(
    "text",
    ["(" * 10_000, "[" * 1999, "C%10" * 480, "*" * 2000, "c1ccccc1" * 200, "*" + "c1ccc2" * 60 + "*", "C1" * 990,
     "=" * 1000, "*" + "[C@@H]1" * 200 + "*", "*C" + "(C" * 290 + ")" * 290 + "*",
     "*C(C%10" + "C12CC(C1)(C2)" * 14 + "C%10)C*", "*c1cc(*)c2ccc3cccc4" + "ccccc3cccc4" * 24 + "ccc1c2c34",
     "*" + "/C=C" * 70 + "/*", "*" + "[U]" * 200 + "*"],
)  # fmt: skip
def test_extreme_texts_are_answered(text):
    is_answered(text)


def test_a_unit_that_is_refused_as_it_will_be_written_is_refused(monkeypatch):
    """Which of many rings RDKit finds depends on the order of the atoms; nobody must meet the refusal later."""
    text = "*" + "".join(f"C{i % 9 + 1}CC{i % 9 + 1}" for i in range(14)) + "O*"
    assert validate(text).valid
    canonical, check = validate(text).psmiles, psmiles._check_size
    assert canonical != text

    def refuses(mol):
        if Chem.MolToSmiles(mol, canonical=False) == canonical:
            raise psmiles.Rejected("too_many_rings", "too many.")
        check(mol)

    monkeypatch.setattr(psmiles, "_check_size", refuses)
    assert validate(text).code == "too_many_rings"
