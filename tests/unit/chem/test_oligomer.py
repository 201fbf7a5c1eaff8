"""Oligomers are joined head to tail, capped, kept in bounds, and get one shape a seed."""

from __future__ import annotations

import re

import pytest
from rdkit import Chem

from polydesign.chem.common import COMMON_POLYMERS
from polydesign.chem.notation.identity import chain_key
from polydesign.chem.notation.oligomer import capped, chained, conformer, nmer, sdf
from polydesign.chem.notation.psmiles import read
from polydesign.core.errors import ChemistryError
from tests.unit.chem.respelling import TRICKY

CHAINS = (*(polymer.psmiles for polymer in COMMON_POLYMERS), *TRICKY)


@pytest.mark.parametrize(
    ("psmiles", "n", "cap", "expected"),
    [
        ("*CC*", 3, "H", "CCCCCC"),
        ("*CC(*)C", 3, "H", "CC(C)CC(C)CCC"),
        ("*CC(*)C", 1, "CH3", "CCC(C)C"),
        ("*C(*)(C)C", 2, "H", "CC(C)C(C)C"),
        ("*=CC=*", 2, "H", "CC=CC"),
        ("*=CC=*", 1, "CH3", "C=CC=C"),
        ("*c1ccc(*)[nH]1", 2, "H", "c1c[nH]c(-c2ccc[nH]2)c1"),
        ("*/C=C/C*", 2, "H", "C=CC/C=C/C"),
        ("*/C=C/*", 2, "H", "C=CC=C"),
        ("*/C(F)=C(Cl)/*", 1, "H", "F/C=C/Cl"),
        ("*C[C@H](*)C", 1, "H", "CCC"),
        ("*n1c2ccccc2c2cc(*)ccc21", 1, "H", "c1ccc2c(c1)[nH]c1ccccc12"),
        ("*[N+](C)(C)CC*", 1, "H", "CC[NH+](C)C"),
    ],
)
def test_nmer_is_the_molecule_it_should_be(psmiles, n, cap, expected):
    assert Chem.MolToSmiles(nmer(psmiles, n, cap)) == Chem.CanonSmiles(expected)


@pytest.mark.parametrize("psmiles", CHAINS)
def test_every_unit_makes_an_oligomer(psmiles):
    unit = read(psmiles)
    for cap, added in (("H", 0), ("CH3", 2)):
        mol = nmer(psmiles, 4, cap)
        assert mol.GetNumHeavyAtoms() == 4 * unit.GetNumHeavyAtoms() + added
        assert Chem.MolFromSmiles(Chem.MolToSmiles(mol)) is not None
        assert not any(atom.GetAtomicNum() == 0 for atom in mol.GetAtoms())


@pytest.mark.parametrize("psmiles", CHAINS)
def test_a_piece_of_chain_is_the_same_chain(psmiles):
    unit = read(chain_key(psmiles))
    chain = chained(unit, 3)
    unmarked = re.sub(r"@|[/\\]", "", chain_key(psmiles))
    assert chain_key(Chem.MolToSmiles(chain.mol)) == chain_key(unmarked)
    for place in chain.units:
        for index, atom in zip(place, unit.GetAtoms(), strict=True):
            assert index < 0 or chain.mol.GetAtomWithIdx(index).GetAtomicNum() == atom.GetAtomicNum()
    assert sum(index < 0 for place in chain.units for index in place) == 4


@pytest.mark.parametrize("n", [0, -1, 101, 10**9])
def test_impossible_numbers_of_units_are_refused(n):
    with pytest.raises(ChemistryError, match="1 to 100 units"):
        nmer("*CC*", n)


def test_other_bad_input_is_refused():
    with pytest.raises(ChemistryError, match="'H' or 'CH3'"):
        nmer("*CC*", 2, "Cl")
    with pytest.raises(ChemistryError, match="attachment points"):
        nmer("CCO", 2)
    with pytest.raises(ChemistryError, match="3,000 heavy atoms"):
        nmer("*" + "C" * 300 + "*", 100)


@pytest.mark.parametrize(
    ("psmiles", "force_field"),
    [("*CC(*)c1ccccc1", "MMFF94"), ("*[Si](C)(C)O*", "MMFF94"), ("*[Sn](C)(C)CC*", "UFF"), ("*C(F)(F)*", "MMFF94")],
)
def test_conformer_has_a_shape(psmiles, force_field):
    mol = conformer(psmiles, 3, seed=1)
    positions = mol.GetConformer().GetPositions()
    assert mol.GetProp("relaxed_with") == force_field
    assert positions.shape == (mol.GetNumAtoms(), 3)
    for bond in mol.GetBonds():
        length = ((positions[bond.GetBeginAtomIdx()] - positions[bond.GetEndAtomIdx()]) ** 2).sum() ** 0.5
        assert 0.7 < length < 2.6


def test_same_seed_gives_the_same_shape():
    assert sdf(conformer("*CCO*", 3, seed=5)) == sdf(conformer("*CCO*", 3, seed=5))
    assert sdf(conformer("*CCO*", 3, seed=5)) != sdf(conformer("*CCO*", 3, seed=6))


def test_too_large_shapes_are_refused_at_once():
    with pytest.raises(ChemistryError, match="ask for fewer units"):
        conformer("*CC(*)c1ccccc1", 60)
    with pytest.raises(ChemistryError, match="limit 20"):
        conformer("*CC(*)c1ccccc1", 2, max_atoms=20)


def test_sdf_reads_back():
    mol = conformer("*OCC(*)=O", 2)
    record = sdf(mol)
    assert record.endswith("$$$$\n")
    again = Chem.MolFromMolBlock(record, removeHs=False)
    assert Chem.MolToSmiles(again) == Chem.MolToSmiles(mol)


def test_capping_leaves_its_input_alone():
    mol = read("*CC*")
    assert Chem.MolToSmiles(capped(mol)) == "CC"
    assert Chem.MolToSmiles(mol) == "*CC*"
