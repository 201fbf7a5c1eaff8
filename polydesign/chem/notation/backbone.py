"""Find the backbone of a repeat unit: the way from star to star and the ring systems it runs through."""

from __future__ import annotations

from itertools import pairwise

from rdkit import Chem
from rdkit.Chem import rdqueries

# Marks of double bonds, as read from a SMILES and as set by hand.
CIS = frozenset({Chem.BondStereo.STEREOZ, Chem.BondStereo.STEREOCIS})
TRANS = frozenset({Chem.BondStereo.STEREOE, Chem.BondStereo.STEREOTRANS})

_STAR = rdqueries.AtomNumEqualsQueryAtom(0)


def stars(mol: Chem.Mol) -> list[Chem.Atom]:
    """Return the attachment points (dummy atoms) of `mol`, in the order of their indices."""
    return list(mol.GetAtomsMatchingQuery(_STAR))


def backbone_path(mol: Chem.Mol) -> tuple[int, ...]:
    """Return the atom indices of the shortest way from the first star of a repeat unit to the second, both included."""
    return Chem.GetShortestPath(mol, *(star.GetIdx() for star in stars(mol)))


def backbone_atoms(mol: Chem.Mol, path: tuple[int, ...]) -> set[int]:
    """Return the atoms of `path` and of every ring system that shares a bond with it, stars included."""
    system = {mol.GetBondBetweenAtoms(*pair).GetIdx() for pair in pairwise(path)}
    rings = [set(ring) for ring in mol.GetRingInfo().BondRings()]
    while touched := [ring for ring in rings if ring & system and not ring <= system]:
        system.update(*touched)
    bonds = [mol.GetBondWithIdx(index) for index in system]
    return {atom for bond in bonds for atom in (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())}
