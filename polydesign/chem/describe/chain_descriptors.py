"""Compute quick descriptors of the infinite chain: composition, stiffness, side groups, polarity, packing, pi orbitals.

All are sums over one repeat unit inside the chain, divided by a count of the same unit, or otherwise
independent of how the unit is cut. They are chosen to carry what drives glass transition, band gap,
density and permeability at a cost of some tenths of a millisecond.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from polydesign.chem.describe.pi_orbitals import frontier
from polydesign.chem.describe.surface import surface
from polydesign.chem.notation.backbone import CIS, TRANS, backbone_atoms, backbone_path
from polydesign.chem.notation.oligomer import Chain

_ELEMENTS = {"C": 6, "N": 7, "O": 8, "F": 9, "Si": 14, "P": 15, "S": 16, "Cl": 17, "Br": 35, "I": 53}

# Van der Waals volumes of atoms in cubic angstrom, with the corrections per bond and ring: Zhao,
# Abraham and Zissimos, J. Org. Chem. 68:7368 (2003).
_VOLUME = {1: 7.24, 5: 40.48, 6: 20.58, 7: 15.60, 8: 14.71, 9: 13.31, 14: 38.79, 15: 24.43, 16: 24.43, 17: 22.45,
           35: 26.52, 53: 32.52}  # fmt: skip
_VOLUME_OTHER = 30.0
_VOLUME_LEAST = 1.0  # per atom; keeps cages, for which the corrections were not made, above zero
_VOLUME_BOND, _VOLUME_AROMATIC_RING, _VOLUME_RING = -5.92, -14.7, -3.8
_HYDROGEN_MASS = 1.008

_CARBONYL = Chem.MolFromSmarts("[#6]=[#8]")
_SP, _SP2, _SP3 = (Chem.HybridizationType.SP, Chem.HybridizationType.SP2, Chem.HybridizationType.SP3)
_SINGLE, _DOUBLE, _TRIPLE = (Chem.BondType.SINGLE, Chem.BondType.DOUBLE, Chem.BondType.TRIPLE)

_Contributions = Sequence[tuple[float, float]]  # of each atom of a chain to log P and molar refractivity


class _Atom(NamedTuple):
    """What is asked of a heavy atom of the unit, read once."""

    unit_index: int
    place: int  # index in the chain
    number: int
    degree: int
    hydrogens: int
    charge: int
    aromatic: bool
    in_ring: bool
    hybridization: Chem.HybridizationType
    mass: float  # of the atom with its hydrogens
    carbonyl: bool


class _Ring(NamedTuple):
    size: int
    aromatic: bool
    hetero: bool


def describe(unit: Chem.Mol, chain: Chain, middle: int) -> dict[str, float]:
    """Return name -> value for `unit`, seen as unit number `middle` of `chain`."""
    mol, place = chain.mol, chain.units[middle]
    Chem.SetConjugation(mol)
    Chem.SetHybridization(mol)
    path = backbone_path(unit)
    backbone = backbone_atoms(unit, path) - {path[0], path[-1]}
    carbonyls = {match[0] for match in mol.GetSubstructMatches(_CARBONYL, maxMatches=mol.GetNumAtoms())}
    by_index = {i: _read(mol.GetAtomWithIdx(at), i, carbonyls) for i, at in enumerate(place) if at >= 0}
    atoms = [atom for atom in by_index.values() if atom.number > 1]
    members = [by_index[i] for i in path[1:-1]]
    path_atoms = [atom.place for atom in members] + [chain.units[middle + 1][path[1]]]
    path_bonds = [mol.GetBondBetweenAtoms(*pair) for pair in pairwise(path_atoms)]
    crippen = rdMolDescriptors._CalcCrippenContribs(mol)
    rings = [_read_ring([by_index[i] for i in ring]) for ring in unit.GetRingInfo().AtomRings()]
    return {
        **_composition(atoms),
        **_bonding(atoms, rings),
        **_backbone(atoms, members, [by_index[i] for i in backbone], path_bonds, carbonyls),
        "path_cis_bonds": _cis_bonds(unit, path) / len(members),
        **_side_groups(unit, mol, atoms, backbone, carbonyls),
        **_polarity(mol, atoms, crippen, carbonyls),
        **_packing(atoms, rings, crippen),
        **surface(mol, [atom.place for atom in atoms], crippen),
        **frontier(unit, chain, middle),
    }


def _read(atom: Chem.Atom, unit_index: int, carbonyls: set[int]) -> _Atom:
    hydrogens = atom.GetTotalNumHs()
    place = atom.GetIdx()
    return _Atom(
        unit_index,
        place,
        atom.GetAtomicNum(),
        atom.GetDegree(),
        hydrogens,
        atom.GetFormalCharge(),
        atom.GetIsAromatic(),
        atom.IsInRing(),
        atom.GetHybridization(),
        atom.GetMass() + _HYDROGEN_MASS * hydrogens,
        place in carbonyls,
    )


def _read_ring(members: list[_Atom]) -> _Ring:
    """Return what is asked of a ring; no ring spans two units."""
    return _Ring(len(members), all(a.aromatic for a in members), any(a.number != 6 for a in members))


def _composition(atoms: list[_Atom]) -> dict[str, float]:
    n = len(atoms)
    count = Counter(atom.number for atom in atoms)
    values = {f"fraction_{symbol}": count[number] / n for symbol, number in _ELEMENTS.items()}
    values["fraction_other_elements"] = 1.0 - sum(values.values())
    values["log_heavy_atoms"] = math.log(n)
    values["hydrogens_per_atom"] = sum([atom.hydrogens for atom in atoms]) / n
    values["mass_per_atom"] = sum([atom.mass for atom in atoms]) / n
    values["charges_per_atom"] = sum([abs(atom.charge) for atom in atoms]) / n
    return values


def _bonding(atoms: list[_Atom], rings: list[_Ring]) -> dict[str, float]:
    n = len(atoms)
    hybrids = Counter(atom.hybridization for atom in atoms)
    degrees = Counter(atom.degree for atom in atoms)
    n_in_ring = sum([atom.in_ring for atom in atoms])
    return {
        "fraction_sp": hybrids[_SP] / n,
        "fraction_sp2": hybrids[_SP2] / n,
        "fraction_sp3": hybrids[_SP3] / n,
        "fraction_aromatic": sum([atom.aromatic for atom in atoms]) / n,
        "fraction_in_ring": n_in_ring / n,
        "fraction_terminal": degrees[1] / n,
        "fraction_branching": degrees[3] / n,
        "fraction_quaternary": degrees[4] / n,
        "rings_5_per_atom": sum(ring.size == 5 for ring in rings) / n,
        "rings_6_per_atom": sum(ring.size == 6 for ring in rings) / n,
        "rings_other_per_atom": sum(ring.size not in (5, 6) for ring in rings) / n,
        "aromatic_carbocycles_per_atom": sum(ring.aromatic and not ring.hetero for ring in rings) / n,
        "aromatic_heterocycles_per_atom": sum(ring.aromatic and ring.hetero for ring in rings) / n,
        "aliphatic_heterocycles_per_atom": sum(ring.hetero and not ring.aromatic for ring in rings) / n,
        "fused_excess_per_atom": (sum(ring.size for ring in rings) - n_in_ring) / n,
    }


def _backbone(
    atoms: list[_Atom], path: list[_Atom], backbone: list[_Atom], bonds: list[Chem.Bond], carbonyls: set[int]
) -> dict[str, float]:
    n, n_path = len(atoms), len(path)
    orders = Counter(bond.GetBondType() for bond in bonds)
    elements = Counter(atom.number for atom in path)
    carbons = [atom for atom in path if atom.number == 6]
    return {
        "fraction_backbone": len(backbone) / n,
        "fraction_path": n_path / n,
        "log_path_atoms": math.log(n_path),
        "mass_per_path_atom": sum([atom.mass for atom in atoms]) / n_path,
        "path_turning_bonds": sum(_turns(bond, carbonyls) for bond in bonds) / n_path,
        "path_conjugated_bonds": sum(bond.GetIsConjugated() for bond in bonds) / n_path,
        "path_double_bonds": orders[_DOUBLE] / n_path,
        "path_triple_bonds": orders[_TRIPLE] / n_path,
        "path_aromatic": sum([atom.aromatic for atom in path]) / n_path,
        "path_in_ring": sum([atom.in_ring for atom in path]) / n_path,
        "path_methylene": sum([atom.degree == atom.hydrogens == 2 for atom in carbons]) / n_path,
        "path_quaternary": sum([atom.degree == 4 for atom in carbons]) / n_path,
        "path_carbonyl": sum([atom.carbonyl for atom in path]) / n_path,
        "path_N": elements[7] / n_path,
        "path_O": elements[8] / n_path,
        "path_Si": elements[14] / n_path,
        "path_S": elements[16] / n_path,
        "backbone_aromatic": sum([atom.aromatic for atom in backbone]) / len(backbone),
        "backbone_in_ring": sum([atom.in_ring for atom in backbone]) / len(backbone),
    }


def _cis_bonds(unit: Chem.Mol, path: tuple[int, ...]) -> int:
    """Count the marked backbone double bonds whose backbone neighbours lie on one side."""
    count = 0
    for before, left, right, after in zip(path, path[1:], path[2:], path[3:], strict=False):
        bond = unit.GetBondBetweenAtoms(left, right)
        if bond.GetStereo() in CIS or bond.GetStereo() in TRANS:
            # The mark speaks of two reference atoms; each one that is off the path turns cis into trans.
            off_path = 2 - len({before, after} & set(bond.GetStereoAtoms()))
            count += (bond.GetStereo() in CIS) == (off_path % 2 == 0)
    return count


def _turns(bond: Chem.Bond, carbonyls: set[int]) -> bool:
    """Tell whether the chain turns freely about `bond`: single, in no ring, no amide, beside no triple bond."""
    if bond.GetBondType() != _SINGLE or bond.IsInRing():
        return False
    ends = (bond.GetBeginAtom(), bond.GetEndAtom())
    if any(atom.GetDegree() < 2 or atom.GetHybridization() == _SP for atom in ends):
        return False
    return not any(a.GetAtomicNum() == 7 and b.GetIdx() in carbonyls for a, b in (ends, ends[::-1]))


def _side_groups(
    unit: Chem.Mol, mol: Chem.Mol, atoms: list[_Atom], backbone: set[int], carbonyls: set[int]
) -> dict[str, float]:
    n = len(atoms)
    side = [atom for atom in atoms if atom.unit_index not in backbone]
    depths = Chem.GetDistanceMatrix(unit)[sorted(backbone)].min(axis=0).tolist() if side else []
    depth = [depths[atom.unit_index] for atom in side]
    return {
        "side_depth_max": max(depth, default=0.0),
        "side_depth_mean": sum(depth) / n,
        "side_branches_per_backbone_atom": depth.count(1.0) / len(backbone),
        "side_turning_bonds_per_atom": sum(_turns(bond, carbonyls) for bond in _side_bonds(mol, side)) / n,
        "side_aromatic": sum([atom.aromatic for atom in side]) / n,
        "side_methyl": sum([atom.number == 6 and atom.hydrogens == 3 for atom in side]) / n,
        "side_heteroatoms": sum([atom.number != 6 for atom in side]) / n,
    }


def _side_bonds(mol: Chem.Mol, side: list[_Atom]) -> list[Chem.Bond]:
    """Return the bonds with at least one end in the side groups, each once."""
    bonds = {}
    for atom in side:
        for bond in mol.GetAtomWithIdx(atom.place).GetBonds():
            bonds[bond.GetIdx()] = bond
    return list(bonds.values())


def _polarity(mol: Chem.Mol, atoms: list[_Atom], crippen: _Contributions, carbonyls: set[int]) -> dict[str, float]:
    n = len(atoms)
    surface = rdMolDescriptors._CalcTPSAContribs(mol)
    oxygens = [atom for atom in atoms if atom.number == 8]
    nitrogens = [atom for atom in atoms if atom.number == 7]
    acylated = [_count_neighbours(mol, atom, carbonyls) for atom in nitrogens]
    bridging = [_count_neighbours(mol, atom, carbonyls) for atom in oxygens if atom.degree == 2]
    return {
        "log_p_per_atom": sum(crippen[atom.place][0] for atom in atoms) / n,
        "tpsa_per_atom": sum(surface[atom.place] for atom in atoms) / n,
        "donor_hydrogens_per_atom": sum(atom.hydrogens for atom in (*oxygens, *nitrogens)) / n,
        "hydroxyls_per_atom": sum([atom.hydrogens > 0 for atom in oxygens]) / n,
        "carbonyls_per_atom": sum([atom.carbonyl for atom in atoms]) / n,
        "esters_per_atom": sum(count > 0 for count in bridging) / n,
        "ethers_per_atom": sum(count == 0 for count in bridging) / n,
        "amides_per_atom": sum(count == 1 for count in acylated) / n,
        "imides_per_atom": sum(count > 1 for count in acylated) / n,
        "nitriles_per_atom": sum([atom.hybridization == _SP and atom.degree == 1 for atom in nitrogens]) / n,
        "sulfonyls_per_atom": sum(
            atom.number == 16 and mol.GetAtomWithIdx(atom.place).GetTotalValence() == 6 for atom in atoms
        )
        / n,
    }


def _count_neighbours(mol: Chem.Mol, atom: _Atom, among: set[int]) -> int:
    return sum(neighbour.GetIdx() in among for neighbour in mol.GetAtomWithIdx(atom.place).GetNeighbors())


def _packing(atoms: list[_Atom], rings: list[_Ring], crippen: _Contributions) -> dict[str, float]:
    n = len(atoms)
    volume = sum(
        _VOLUME.get(atom.number, _VOLUME_OTHER)
        + atom.hydrogens * _VOLUME[1]
        + _VOLUME_BOND * (atom.degree / 2 + atom.hydrogens)
        for atom in atoms
    )
    n_aromatic = sum(ring.aromatic for ring in rings)
    volume += _VOLUME_AROMATIC_RING * n_aromatic + _VOLUME_RING * (len(rings) - n_aromatic)
    volume = max(volume, n * _VOLUME_LEAST)
    refractivity = sum(crippen[atom.place][1] for atom in atoms)
    return {
        "vdw_volume_per_atom": volume / n,
        "mass_per_vdw_volume": sum([atom.mass for atom in atoms]) / volume,
        "refractivity_per_atom": refractivity / n,
        "refractivity_per_vdw_volume": refractivity / volume,
    }
