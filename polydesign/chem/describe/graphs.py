"""Turn molecules and chains into graphs of whole numbers: atoms as nodes, bonds as edges.

A molecule keeps its hydrogens as nodes. The graph of a chain has none: it is the shortest repeat unit
with its two star bonds joined into one, so that no star remains. The endless chain is a covering of that graph:
around every node it looks exactly as around each copy of the atom in the chain, and a network that
passes messages between neighbours cannot tell the two apart. Where the unit is cut does therefore not
show, nor in which direction or how many times it is written. A unit of one backbone atom becomes a loop, one of
two a double edge, which is why this is no RDKit molecule.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from rdkit import Chem

from polydesign.chem.notation import psmiles as notation
from polydesign.chem.notation.backbone import backbone_atoms, backbone_path
from polydesign.chem.notation.identity import WEAK_PREFIX, chain_key

# What is known of an atom, and how many codes each column has.
ATOM_COLUMNS = {"element": 119, "charge": 9, "hydrogens": 6, "neighbours": 8, "ring": 9, "place": 4}
# Bond orders 1, 2, 3 and aromatic, outside of and within a ring.
N_BOND_CODES = 8

_MOST_CHARGE = 4
_ORDERS = {Chem.BondType.SINGLE: 0, Chem.BondType.DOUBLE: 1, Chem.BondType.TRIPLE: 2, Chem.BondType.AROMATIC: 3}


@dataclass(frozen=True)
class Graph:
    """A graph of n atoms and e bonds.

    Attributes:
        atoms: (n, 6) uint8, one column for each of `ATOM_COLUMNS`: atomic number; formal charge + 4;
            hydrogens that are no nodes; neighbours that are nodes; size of the smallest ring (0 for none, 8 for
            8 or more); 1 if aromatic, plus 2 if on the backbone of a chain.
        bonds: (e, 2) int32 indices of the bonded atoms, each bond once, in no order; both may be equal.
        codes: (e,) uint8 bond order 0 to 3 (aromatic), plus 4 within a ring.
    """

    atoms: np.ndarray
    bonds: np.ndarray
    codes: np.ndarray


def molecule_graph(smiles: str) -> Graph:
    """Return the graph of a molecule, every hydrogen an atom; raise `ChemistryError` with the reason."""
    mol = Chem.AddHs(notation.read_molecule(smiles))
    atoms = np.array([_describe(mol, atom, False) for atom in mol.GetAtoms()], dtype=np.uint8)
    return Graph(atoms, *_bonds(mol, {i: i for i in range(len(atoms))}))


def chain_graph(psmiles: str) -> Graph:
    """Return the graph of the chain that a repeat unit stands for; raise `ChemistryError` with the reason.

    It depends on the chain key alone. Stereo marks are not in it.
    """
    return closed_graph(chain_key(psmiles).removeprefix(WEAK_PREFIX))


def closed_graph(psmiles: str) -> Graph:
    """Return the graph of a repeat unit as written, closed; raise `ChemistryError` with the reason."""
    mol = notation.read(psmiles)
    path = backbone_path(mol)
    backbone = backbone_atoms(mol, path)
    kept = [atom for atom in mol.GetAtoms() if atom.GetIdx() not in (path[0], path[-1])]
    number = {atom.GetIdx(): row for row, atom in enumerate(kept)}
    atoms = np.array([_describe(mol, atom, atom.GetIdx() in backbone) for atom in kept], dtype=np.uint8)
    bonds, codes = _bonds(mol, number)
    closing = _ORDERS[mol.GetBondBetweenAtoms(path[0], path[1]).GetBondType()]
    bonds = np.concatenate([bonds, np.array([[number[path[-2]], number[path[1]]]], dtype=np.int32)])
    return Graph(atoms, bonds, np.append(codes, np.uint8(closing)))


def _describe(mol: Chem.Mol, atom: Chem.Atom, on_backbone: bool) -> tuple[int, ...]:
    ring = mol.GetRingInfo().MinAtomRingSize(atom.GetIdx())
    charge = max(-_MOST_CHARGE, min(_MOST_CHARGE, atom.GetFormalCharge()))
    return (
        atom.GetAtomicNum(),
        charge + _MOST_CHARGE,
        min(atom.GetTotalNumHs(), ATOM_COLUMNS["hydrogens"] - 1),
        min(atom.GetDegree(), ATOM_COLUMNS["neighbours"] - 1),
        min(ring, ATOM_COLUMNS["ring"] - 1),
        atom.GetIsAromatic() + 2 * on_backbone,
    )


def _bonds(mol: Chem.Mol, number: dict[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return (e, 2) ends and (e,) codes of the bonds between numbered atoms."""
    bonds, codes = [], []
    for bond in mol.GetBonds():
        ends = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        if ends[0] in number and ends[1] in number:
            bonds.append((number[ends[0]], number[ends[1]]))
            # Orders beyond the usual ones (quadruple, zero) do not pass as valid; single is the least wrong.
            codes.append(_ORDERS.get(bond.GetBondType(), 0) + 4 * bond.IsInRing())
    return np.array(bonds, dtype=np.int32).reshape(-1, 2), np.array(codes, dtype=np.uint8)
