"""Fragments are counted honestly, and what is joined from them are units of bonds that were seen."""

from collections import Counter
from itertools import islice
from random import Random

import pytest
from rdkit import Chem

from polydesign.chem.common import COMMON_POLYMERS
from polydesign.chem.notation.identity import chain_key
from polydesign.chem.notation.psmiles import read, validate
from polydesign.chem.recombination.assembly import Assembly
from polydesign.chem.recombination.environments import Reading
from polydesign.chem.recombination.joiner import Joiner, _Draw
from polydesign.chem.recombination.joining import BARE, Counts, block_of, count, read_piece, take_apart
from polydesign.core.errors import ChemistryError
from polydesign.data.corpora.demo import demo_polymers

DEMO = demo_polymers()


@pytest.fixture(scope="module")
def counts():
    taken = [parts for parts in map(take_apart, DEMO) if parts is not None]
    return count(taken, [1.0] * len(taken), 3)


def units(joiner, n, seed=0):
    random = Random(seed)
    attempts = (joiner.one(random) for _ in range(100 * n))
    return list(islice((text for text, is_unit in attempts if is_unit), n))


@pytest.mark.parametrize(
    ("psmiles", "blocks", "groups"),
    [
        ("*CC(*)c1ccccc1", ["CC"], [BARE, BARE, "c1ccccc1"]),
        ("*OCC*", ["O", "CC"], [BARE, BARE]),
        ("*Oc1ccc(C(=O)*)c(C)c1", ["O", "c1ccccc1", "C=O"], ["C", BARE, BARE, BARE]),
        ("*CC(*)C(=O)OC", ["CC"], [BARE, BARE, "C(=O)OC"]),
    ],
)
def test_a_unit_is_taken_into_bare_blocks_and_side_groups(psmiles, blocks, groups):
    taken = take_apart(psmiles)
    assert Counter(Chem.CanonSmiles(b.text) for b in taken.blocks) == Counter(map(Chem.CanonSmiles, blocks))
    assert Counter(text for _, text in taken.filled) == Counter(groups)
    assert taken.n_atoms == read(psmiles).GetNumHeavyAtoms()


@pytest.mark.parametrize("psmiles", ["*=CC=*", "no SMILES", "*CC"])
def test_what_cannot_be_cut_is_not_read(psmiles):
    assert take_apart(psmiles) is None


def test_blocks_with_their_side_groups_are_the_chain_again():
    for polymer in COMMON_POLYMERS:
        taken = take_apart(polymer.psmiles)
        if taken is None or any(mark in polymer.psmiles for mark in "@/\\"):
            continue
        if any(text != BARE for _, text in taken.filled):
            continue  # where each stood is not kept
        assembly = Assembly([block_of(bare) for bare in taken.blocks])
        assert chain_key(Chem.MolToSmiles(assembly.sanitised())) == chain_key(polymer.psmiles), polymer.name


def test_rare_fragments_and_whole_units_are_left_out():
    ether, vinyl = take_apart("*OCC*"), take_apart("*CC(*)Cl")
    assert [b.text for b in count([ether] * 3, [1.0] * 3, 3).blocks] == ["CC", "O"]
    assert count([ether] * 2, [1.0] * 2, 3).blocks == {}
    found = count([vinyl] * 9, [1.0] * 9, 3)
    assert found.blocks == {}  # its block is the whole unit
    assert {text for _, text in found.filled} == {BARE, "Cl"} and found.lengths == {1: 9.0}


def test_chains_count_once_for_the_limit_and_with_their_weight_for_the_rest():
    taken = take_apart("*OCCOCC*")
    found = count([taken, taken, taken], [1.0, 2.0, 0.5], 3)
    assert set(found.blocks.values()) == {7.0}  # two of each in a chain
    assert count([taken], [1.0], 2).blocks == {}


def test_what_is_joined_is_valid_of_seen_bonds_and_mostly_new(counts):
    made = units(Joiner(counts), 200)
    assert len(made) == 200 and all(validate(text).valid for text in made)
    assert all(pair in counts.bonds for text in made for pair in Reading(read(text)).pairs())
    assert all(read(text).GetNumHeavyAtoms() <= counts.max_atoms for text in made)
    keys = {chain_key(text) for text in made}
    assert len(keys) > 60 and len(keys - {chain_key(text) for text in DEMO}) > 40
    assert units(Joiner(counts), 20, seed=1) == units(Joiner(counts), 20, seed=1) != units(Joiner(counts), 20, seed=2)


def test_a_failed_attempt_says_so_and_is_written_as_it_is(counts):
    random, joiner = Random(0), Joiner(counts)
    failed = [text for text, is_unit in (joiner.one(random) for _ in range(300)) if not is_unit]
    assert failed and any(text for text in failed)
    assert Joiner(Counts(lengths={1: 1.0})).one(random) == ("", False)


def test_draws_follow_the_weights_and_the_temperature():
    weighted = [("often", 3.0), ("seldom", 1.0)]
    random = Random(0)
    for temperature, share in ((1.0, 0.75), (0.5, 0.9)):
        draw = _Draw(weighted, temperature)
        assert sum(draw(random) == "often" for _ in range(4000)) / 4000 == pytest.approx(share, abs=0.03)
    assert {_Draw(weighted, 0.0)(random) for _ in range(20)} == {"often"}


def test_a_text_that_is_no_fragment_is_refused():
    with pytest.raises(ChemistryError, match="no fragment"):
        read_piece("C(")
