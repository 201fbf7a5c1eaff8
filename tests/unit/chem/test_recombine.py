"""New polymers: valid, unlike their parents, made of bonds that the parents have, the same for the same seed."""

import subprocess
import sys
from itertools import islice

import pytest
from rdkit import Chem

from polydesign.chem.common import COMMON_POLYMERS
from polydesign.chem.notation.identity import chain_key
from polydesign.chem.notation.psmiles import read, validate
from polydesign.chem.recombination.assembly import Assembly
from polydesign.chem.recombination.environments import Reading
from polydesign.chem.recombination.fragments import cut
from polydesign.chem.recombination.recombine import Recombiner

PARENTS = [polymer.psmiles for polymer in COMMON_POLYMERS]


@pytest.fixture(scope="module")
def recombiner() -> Recombiner:
    return Recombiner({"common": PARENTS}, {"common": 1.0}, "common", min_seen=1)


@pytest.fixture(scope="module")
def made(recombiner) -> list[str]:
    return list(islice(recombiner.polymers(1), 300))


def single_ended() -> list[str]:
    """The parents whose ends are single bonds, and no stereo atoms: a mark that is cut in two is dropped."""
    return [p for p in PARENTS if not any(mark in p for mark in ("=*", "*=", "@", "*/"))]


@pytest.mark.parametrize("psmiles", single_ended())
def test_blocks_put_together_again_are_the_same_chain(psmiles):
    blocks, _ = cut(Reading(read(psmiles)))
    assert chain_key(Chem.MolToSmiles(Assembly(blocks).sanitised())) == chain_key(psmiles)


@pytest.mark.parametrize("psmiles", single_ended())
def test_blocks_turned_round_are_the_same_chain(psmiles):
    blocks = [block.reversed() for block in reversed(cut(Reading(read(psmiles)))[0])]
    assert chain_key(Chem.MolToSmiles(Assembly(blocks).sanitised())) == chain_key(psmiles)


@pytest.mark.parametrize(
    ("psmiles", "n_blocks"),
    [
        ("*CC(*)c1ccccc1", 1),  # a vinyl unit stays whole
        ("*C(*)(C)C", 1),
        ("*CCO*", 2),  # ethylene, oxygen
        ("*CCOC*", 2),  # the same with CH2 and CH2 on either side of the cut: the unit is closed first
        ("*Oc1ccc(C(*)=O)cc1", 3),
        (r"*C/C=C\C*", 1),
        ("*c1ccc(*)[n+](C)c1", 1),
    ],
)
def test_units_are_cut_at_meaningful_bonds(psmiles, n_blocks):
    assert len(cut(Reading(read(psmiles)))[0]) == n_blocks


def test_side_groups_are_cut_whole():
    def groups(psmiles):
        return sorted(group.key for group in cut(Reading(read(psmiles)))[1])

    assert groups("*CC(*)C(F)(F)F") == ["C(F)(F)F"]  # no single F of a CF3
    assert groups("*CC(*)CCCC") == ["CCCC"]  # no bond within an alkyl
    assert groups("*CC(*)c1ccc(Cl)cc1") == ["Cl", "c1ccc(Cl)cc1"]
    assert groups("*CC(*)[N+](=O)[O-]") == []


def test_environment_is_the_same_from_a_side_group_and_from_a_hydrogen():
    methyl, bare = Reading(read("*Cc1ccc(C)c(*)c1")), Reading(read("*Cc1cccc(*)c1"))
    beside_methyl = {reading for reading in (methyl.environment(5, 6), methyl.environment(3, None))}
    assert beside_methyl == {bare.environment(4, None)}


def test_every_polymer_is_valid_and_many_are_new(made):
    """Half are new: the parents are 140 small textbook polymers, most of which are close relatives."""
    assert [text for text in made if not validate(text).valid] == []
    known = {chain_key(p) for p in PARENTS}
    new = {chain_key(text) for text in made} - known
    assert len(new) > 0.35 * len(made)


def test_every_bond_is_of_a_kind_that_the_parents_have(made):
    readings = [Reading(read(p)) for p in PARENTS if "=*" not in p and "*=" not in p]
    seen = {pair for reading in readings for pair in reading.pairs()}
    for text in made:
        assert seen.issuperset(Reading(read(text)).pairs()), text


def test_no_peroxides_and_no_hydrazines_come_from_parents_without(made):
    for text in made:
        assert not read(text).HasSubstructMatch(Chem.MolFromSmarts("[OX2][OX2]")), text
        assert not read(text).HasSubstructMatch(Chem.MolFromSmarts("[NX3][NX3]")), text
        ends = text_ends(text)
        assert ends not in ({"O"}, {"N"}), text


def text_ends(psmiles: str) -> set[str]:
    mol = read(psmiles)
    return {atom.GetNeighbors()[0].GetSymbol() for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0}


def test_sizes_are_like_those_of_the_parents(made):
    def median(texts):
        sizes = sorted(map(n_heavy_atoms, texts))
        return sizes[len(sizes) // 2]

    assert median(PARENTS) / 1.6 < median(made) < median(PARENTS) * 1.6
    assert max(map(n_heavy_atoms, made)) < 1.2 * max(map(n_heavy_atoms, PARENTS))


def n_heavy_atoms(psmiles: str) -> int:
    return read(psmiles).GetNumHeavyAtoms()


def test_same_seed_same_polymers_in_another_process(recombiner):
    program = (
        "from itertools import islice\n"
        "from polydesign.chem.common import COMMON_POLYMERS\n"
        "from polydesign.chem.recombination.recombine import Recombiner\n"
        "parents = [polymer.psmiles for polymer in COMMON_POLYMERS]\n"
        "recombiner = Recombiner({'common': parents}, {'common': 1.0}, 'common', min_seen=1)\n"
        "print(*islice(recombiner.polymers(7), 40), sep='\\n')"
    )
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert other.stdout.split() == list(islice(recombiner.polymers(7), 40))
    assert other.stdout.split() != list(islice(recombiner.polymers(8), 40))


def test_bonds_that_are_too_rare_are_not_made():
    few = Recombiner({"common": PARENTS}, {"common": 1.0}, "common", min_seen=10)
    many = Recombiner({"common": PARENTS}, {"common": 1.0}, "common", min_seen=1)
    assert few._seen < many._seen


def test_parents_that_cannot_be_read_are_passed_over():
    poor = Recombiner({"common": ["*=CC=*", "not a polymer", *PARENTS[:20]]}, {"common": 1.0}, "common", min_seen=1)
    assert len(list(islice(poor.polymers(0), 5))) == 5
