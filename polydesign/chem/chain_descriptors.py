"""Compute quick descriptors of the infinite chain: composition, stiffness, side groups, polarity, packing.

All are sums over one repeat unit inside the chain, divided by a count of the same unit, or otherwise
independent of how the unit is cut. They are chosen to carry what drives glass transition, band gap,
density and permeability at a cost of some tenths of a millisecond.
"""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from polydesign.chem.backbone import CIS, TRANS, backbone_atoms, backbone_path
from polydesign.chem.oligomer import Chain

_ELEMENTS = {"C": 6, "N": 7, "O": 8, "F": 9, "Si": 14, "P": 15, "S": 16, "Cl": 17, "Br": 35, "I": 53}

# Van der Waals volumes of atoms in cubic angstrom, with the corrections per bond and ring: Zhao,
# Abraham and Zissimos, J. Org. Chem. 68:7368 (2003).
_VOLUME = {1: 7.24, 5: 40.48, 6: 20.58, 7: 15.60, 8: 14.71, 9: 13.31, 14: 38.79, 15: 24.43, 16: 24.43, 17: 22.45,
           35: 26.52, 53: 32.52}  # fmt: skip
_VOLUME_OTHER = 30.0
_VOLUME_BOND, _VOLUME_AROMATIC_RING, _VOLUME_RING = -5.92, -14.7, -3.8
_HYDROGEN_MASS = 1.008

_SP, _SP2, _SP3 = (Chem.HybridizationType.SP, Chem.HybridizationType.SP2, Chem.HybridizationType.SP3)
_SINGLE, _DOUBLE, _TRIPLE = (Chem.BondType.SINGLE, Chem.BondType.DOUBLE, Chem.BondType.TRIPLE)


def describe(unit: Chem.Mol, chain: Chain, middle: int) -> dict[str, float]:
    """Return name -> value for `unit`, seen as unit number `middle` of `chain`."""
    mol = chain.mol
    Chem.SetConjugation(mol)
    Chem.SetHybridization(mol)
    place = chain.units[middle]
    path = backbone_path(unit)
    backbone = backbone_atoms(unit, path) - {path[0], path[-1]}
    heavy = [i for i, atom in enumerate(unit.GetAtoms()) if atom.GetAtomicNum() > 1]
    atoms = {i: mol.GetAtomWithIdx(place[i]) for i in heavy}
    path_atoms = [place[i] for i in path[1:-1]] + [chain.units[middle + 1][path[1]]]
    path_bonds = [mol.GetBondBetweenAtoms(*pair) for pair in pairwise(path_atoms)]
    rings = _rings(unit, mol, place)
    return {
        **_composition(atoms),
        **_bonding(atoms, rings),
        **_backbone(atoms, backbone, path[1:-1], path_bonds),
        "path_cis_bonds": _cis_bonds(unit, path) / (len(path) - 2),
        **_side_groups(unit, mol, place, atoms, backbone),
        **_polarity(mol, place, atoms),
        **_packing(mol, place, atoms, rings),
    }


def _mass(atom: Chem.Atom) -> float:
    return atom.GetMass() + _HYDROGEN_MASS * atom.GetTotalNumHs()


def _composition(atoms: dict[int, Chem.Atom]) -> dict[str, float]:
    n = len(atoms)
    count = Counter(atom.GetAtomicNum() for atom in atoms.values())
    values = {f"fraction_{symbol}": count[number] / n for symbol, number in _ELEMENTS.items()}
    values["fraction_other_elements"] = 1.0 - sum(values.values())
    values["log_heavy_atoms"] = math.log(n)
    values["hydrogens_per_atom"] = sum(atom.GetTotalNumHs() for atom in atoms.values()) / n
    values["mass_per_atom"] = sum(map(_mass, atoms.values())) / n
    values["charges_per_atom"] = sum(abs(atom.GetFormalCharge()) for atom in atoms.values()) / n
    return values


def _rings(unit: Chem.Mol, mol: Chem.Mol, place: list[int]) -> list[tuple[int, bool, bool]]:
    """Return (size, aromatic, holds a heteroatom) of each ring of the unit; no ring spans two units."""
    rings = []
    for ring in unit.GetRingInfo().AtomRings():
        members = [mol.GetAtomWithIdx(place[i]) for i in ring]
        aromatic = all(atom.GetIsAromatic() for atom in members)
        rings.append((len(ring), aromatic, any(atom.GetAtomicNum() != 6 for atom in members)))
    return rings


def _bonding(atoms: dict[int, Chem.Atom], rings: list[tuple[int, bool, bool]]) -> dict[str, float]:
    n = len(atoms)
    hybrids = Counter(atom.GetHybridization() for atom in atoms.values())
    degrees = Counter(atom.GetDegree() for atom in atoms.values())
    return {
        "fraction_sp": hybrids[_SP] / n,
        "fraction_sp2": hybrids[_SP2] / n,
        "fraction_sp3": hybrids[_SP3] / n,
        "fraction_aromatic": sum(atom.GetIsAromatic() for atom in atoms.values()) / n,
        "fraction_in_ring": sum(atom.IsInRing() for atom in atoms.values()) / n,
        "fraction_terminal": degrees[1] / n,
        "fraction_branching": degrees[3] / n,
        "fraction_quaternary": degrees[4] / n,
        "rings_5_per_atom": sum(size == 5 for size, _, _ in rings) / n,
        "rings_6_per_atom": sum(size == 6 for size, _, _ in rings) / n,
        "rings_other_per_atom": sum(size not in (5, 6) for size, _, _ in rings) / n,
        "aromatic_carbocycles_per_atom": sum(aromatic and not hetero for _, aromatic, hetero in rings) / n,
        "aromatic_heterocycles_per_atom": sum(aromatic and hetero for _, aromatic, hetero in rings) / n,
        "aliphatic_heterocycles_per_atom": sum(hetero and not aromatic for _, aromatic, hetero in rings) / n,
        "fused_excess_per_atom": (sum(size for size, _, _ in rings) - sum(a.IsInRing() for a in atoms.values())) / n,
    }


def _backbone(
    atoms: dict[int, Chem.Atom], backbone: set[int], inner: tuple[int, ...], bonds: list[Chem.Bond]
) -> dict[str, float]:
    n, n_path = len(atoms), len(inner)
    members = [atoms[i] for i in inner]
    turning = [bond for bond in bonds if _turns(bond)]
    double = [bond for bond in bonds if bond.GetBondType() == _DOUBLE]
    elements = Counter(atom.GetAtomicNum() for atom in members)
    return {
        "fraction_backbone": len(backbone) / n,
        "fraction_path": n_path / n,
        "log_path_atoms": math.log(n_path),
        "mass_per_path_atom": sum(map(_mass, atoms.values())) / n_path,
        "path_turning_bonds": len(turning) / n_path,
        "path_conjugated_bonds": sum(bond.GetIsConjugated() for bond in bonds) / n_path,
        "path_double_bonds": len(double) / n_path,
        "path_triple_bonds": sum(bond.GetBondType() == _TRIPLE for bond in bonds) / n_path,
        "path_aromatic": sum(atom.GetIsAromatic() for atom in members) / n_path,
        "path_in_ring": sum(atom.IsInRing() for atom in members) / n_path,
        "path_methylene": sum(a.GetAtomicNum() == 6 and a.GetDegree() == a.GetTotalNumHs() == 2 for a in members)
        / n_path,
        "path_quaternary": sum(a.GetAtomicNum() == 6 and a.GetDegree() == 4 for a in members) / n_path,
        "path_carbonyl": sum(_is_carbonyl(atom) for atom in members) / n_path,
        "path_N": elements[7] / n_path,
        "path_O": elements[8] / n_path,
        "path_Si": elements[14] / n_path,
        "path_S": elements[16] / n_path,
        "backbone_aromatic": sum(atoms[i].GetIsAromatic() for i in backbone) / len(backbone),
        "backbone_in_ring": sum(atoms[i].IsInRing() for i in backbone) / len(backbone),
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


def _turns(bond: Chem.Bond) -> bool:
    """Tell whether the chain turns freely about `bond`: single, in no ring, no amide, beside no triple bond."""
    if bond.GetBondType() != _SINGLE or bond.IsInRing():
        return False
    ends = (bond.GetBeginAtom(), bond.GetEndAtom())
    if any(atom.GetDegree() < 2 or atom.GetHybridization() == _SP for atom in ends):
        return False
    return not any(a.GetAtomicNum() == 7 and _is_carbonyl(b) for a, b in (ends, ends[::-1]))


def _is_carbonyl(atom: Chem.Atom) -> bool:
    return atom.GetAtomicNum() == 6 and any(
        bond.GetBondType() == _DOUBLE and bond.GetOtherAtom(atom).GetAtomicNum() == 8 for bond in atom.GetBonds()
    )


def _side_groups(
    unit: Chem.Mol, mol: Chem.Mol, place: list[int], atoms: dict[int, Chem.Atom], backbone: set[int]
) -> dict[str, float]:
    n, n_backbone = len(atoms), len(backbone)
    depth = Chem.GetDistanceMatrix(unit)[sorted(backbone)].min(axis=0)
    side = [i for i in atoms if i not in backbone]
    bonds = [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in unit.GetBonds()]
    side_bonds = [(a, b) for a, b in bonds if not {a, b} <= backbone and min(place[a], place[b]) >= 0]
    turning = sum(_turns(mol.GetBondBetweenAtoms(place[a], place[b])) for a, b in side_bonds)
    return {
        "side_depth_max": max((depth[i] for i in side), default=0.0),
        "side_depth_mean": sum(depth[i] for i in side) / n,
        "side_branches_per_backbone_atom": sum(depth[i] == 1 for i in side) / n_backbone,
        "side_turning_bonds_per_atom": turning / n,
        "side_aromatic": sum(atoms[i].GetIsAromatic() for i in side) / n,
        "side_methyl": sum(a.GetAtomicNum() == 6 and a.GetTotalNumHs() == 3 for a in (atoms[i] for i in side)) / n,
        "side_heteroatoms": sum(atoms[i].GetAtomicNum() not in (1, 6) for i in side) / n,
    }


def _polarity(mol: Chem.Mol, place: list[int], atoms: dict[int, Chem.Atom]) -> dict[str, float]:
    n = len(atoms)
    crippen = rdMolDescriptors._CalcCrippenContribs(mol)
    surface = rdMolDescriptors._CalcTPSAContribs(mol)
    polar = [atom for atom in atoms.values() if atom.GetAtomicNum() in (7, 8)]
    oxygens = [atom for atom in polar if atom.GetAtomicNum() == 8]
    nitrogens = [atom for atom in polar if atom.GetAtomicNum() == 7]
    acylated = [sum(map(_is_carbonyl, atom.GetNeighbors())) for atom in nitrogens]
    bridging = [sum(map(_is_carbonyl, atom.GetNeighbors())) for atom in oxygens if atom.GetDegree() == 2]
    carbonyls = sum(map(_is_carbonyl, atoms.values()))
    return {
        "log_p_per_atom": sum(crippen[place[i]][0] for i in atoms) / n,
        "tpsa_per_atom": sum(surface[place[i]] for i in atoms) / n,
        "donor_hydrogens_per_atom": sum(atom.GetTotalNumHs() for atom in polar) / n,
        "hydroxyls_per_atom": sum(atom.GetTotalNumHs() > 0 for atom in oxygens) / n,
        "carbonyls_per_atom": carbonyls / n,
        "esters_per_atom": sum(count > 0 for count in bridging) / n,
        "ethers_per_atom": sum(count == 0 for count in bridging) / n,
        "amides_per_atom": sum(count == 1 for count in acylated) / n,
        "imides_per_atom": sum(count > 1 for count in acylated) / n,
        "nitriles_per_atom": sum(a.GetHybridization() == _SP and a.GetDegree() == 1 for a in nitrogens) / n,
        "sulfonyls_per_atom": sum(a.GetAtomicNum() == 16 and a.GetTotalValence() == 6 for a in atoms.values()) / n,
    }


def _packing(
    mol: Chem.Mol, place: list[int], atoms: dict[int, Chem.Atom], rings: list[tuple[int, bool, bool]]
) -> dict[str, float]:
    n = len(atoms)
    crippen = rdMolDescriptors._CalcCrippenContribs(mol)
    volume = 0.0
    for atom in atoms.values():
        hydrogens = atom.GetTotalNumHs()
        volume += _VOLUME.get(atom.GetAtomicNum(), _VOLUME_OTHER) + hydrogens * _VOLUME[1]
        volume += _VOLUME_BOND * (atom.GetDegree() / 2 + hydrogens)
    n_aromatic = sum(aromatic for _, aromatic, _ in rings)
    volume += _VOLUME_AROMATIC_RING * n_aromatic + _VOLUME_RING * (len(rings) - n_aromatic)
    refractivity = sum(crippen[place[i]][1] for i in atoms)
    return {
        "vdw_volume_per_atom": volume / n,
        "mass_per_vdw_volume": sum(map(_mass, atoms.values())) / volume,
        "refractivity_per_atom": refractivity / n,
        "refractivity_per_vdw_volume": refractivity / volume,
    }
