"""Structures as graphs of heavy atoms with Kekulé bonds, and back to a string, also where the graph breaks a rule.

This is what generators build that write no tokens. Attachment points are atoms, hydrogens are what is left of an atom's
valence, alternating bonds stand in the place of aromatic ones, and stereo marks are dropped: what a graph cannot say is
refused, never changed (radicals, isotopes, unusual numbers of hydrogens).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from rdkit import Chem, rdBase

from polydesign.chem.notation.psmiles import parse
from polydesign.chem.notation.smiles_text import printable
from polydesign.core.errors import ChemistryError

Order = Literal["canonical", "breadth"]
Bond = tuple[int, int, int]

_ORDERS = {Chem.BondType.SINGLE: 1, Chem.BondType.DOUBLE: 2, Chem.BondType.TRIPLE: 3}
_TYPES = {number: kind for kind, number in _ORDERS.items()}


@dataclass(frozen=True)
class HeavyGraph:
    """A graph of n heavy atoms, attachment points among them.

    Attributes:
        kinds: element and charge of each atom: "*", "C", "N+", "O-".
        bonds: (i, j, order), i < j, order 1, 2 or 3; sorted by j, then i: as they would be added with atom after atom.
    """

    kinds: tuple[str, ...]
    bonds: tuple[Bond, ...]


def heavy_graph(smiles: str, order: Order = "canonical") -> HeavyGraph:
    """Return the graph of a repeat unit or molecule.

    Args:
        smiles: a string that RDKit reads.
        order: of the atoms: "canonical", RDKit's canonical ranks, or "breadth", breadth first from the attachment point
            (in a molecule the atom) of lowest rank, neighbours by rank.

    Raises `ChemistryError` where it does not parse, or holds what a graph cannot say.
    """
    mol = parse(smiles)
    Chem.RemoveStereochemistry(mol)
    if reason := _beyond(mol):
        raise ChemistryError(f"'{printable(smiles)}': {reason}, which a graph of heavy atoms cannot say.")
    ranks = list(Chem.CanonicalRankAtoms(mol))
    Chem.Kekulize(mol, clearAromaticFlags=True)
    walk = sorted(range(len(ranks)), key=ranks.__getitem__)
    if order == "breadth":
        walk = _breadth_first(mol, walk, ranks)
    place = {atom: number for number, atom in enumerate(walk)}
    kinds = tuple(_kind(mol.GetAtomWithIdx(atom)) for atom in walk)
    bonds = []
    for bond in mol.GetBonds():
        i, j = sorted((place[bond.GetBeginAtomIdx()], place[bond.GetEndAtomIdx()]))
        bonds.append((i, j, _ORDERS[bond.GetBondType()]))
    return HeavyGraph(kinds, tuple(sorted(bonds, key=lambda bond: (bond[1], bond[0]))))


def written(kinds: Sequence[str], bonds: Iterable[Bond]) -> str:
    """Return a graph as raw SMILES, not sanitised; never raises.

    An atom with too many bonds is written with them, parts that do not hang together with a dot between them, no atom
    at all as "". Whether the string is a structure is for its reader to say.
    """
    mol = Chem.RWMol()
    for kind in kinds:
        symbol = kind.rstrip("+-")
        atom = Chem.Atom(symbol)
        atom.SetFormalCharge(kind.count("+") - kind.count("-"))
        mol.AddAtom(atom)
    for i, j, order in bonds:
        mol.AddBond(int(i), int(j), _TYPES[int(order)])
    with rdBase.BlockLogs():
        mol.UpdatePropertyCache(strict=False)
        return Chem.MolToSmiles(mol, canonical=False)


def used(graph: HeavyGraph) -> list[int]:
    """Return the sum of bond orders at each atom."""
    sums = [0] * len(graph.kinds)
    for i, j, order in graph.bonds:
        sums[i] += order
        sums[j] += order
    return sums


def _kind(atom: Chem.Atom) -> str:
    charge = atom.GetFormalCharge()
    return atom.GetSymbol() + ("+" if charge > 0 else "-") * abs(charge)


def _beyond(mol: Chem.Mol) -> str:
    """Return what a structure holds that no graph can say; "" for nothing."""
    if any(bond.GetBondType() not in _ORDERS and not bond.GetIsAromatic() for bond in mol.GetBonds()):
        return "a bond that is neither single, double, triple nor aromatic"
    stated = [atom.GetIdx() for atom in mol.GetAtoms() if atom.GetNoImplicit() and atom.GetAtomicNum()]
    if any(mol.GetAtomWithIdx(i).GetIsotope() for i in stated):
        return "an isotope"
    if any(mol.GetAtomWithIdx(i).GetNumRadicalElectrons() for i in stated):
        return "an atom with an unpaired electron"
    if any(atom.GetAtomicNum() == 1 for atom in mol.GetAtoms()):
        return "a hydrogen that is an atom"
    if stated:
        plain = Chem.RWMol(mol)
        Chem.Kekulize(plain, clearAromaticFlags=True)
        for i in stated:
            plain.GetAtomWithIdx(i).SetNoImplicit(False)
            plain.GetAtomWithIdx(i).SetNumExplicitHs(0)
        plain.UpdatePropertyCache(strict=False)
        if any(plain.GetAtomWithIdx(i).GetTotalNumHs() != mol.GetAtomWithIdx(i).GetTotalNumHs() for i in stated):
            return "an unusual number of hydrogens"
    return ""


def _breadth_first(mol: Chem.Mol, walk: Sequence[int], ranks: Sequence[int]) -> list[int]:
    """Return all atoms breadth first, each part of the structure after the other, beginning with attachment points."""
    by_rank: Callable[[int], int] = ranks.__getitem__
    starts = sorted(walk, key=lambda atom: mol.GetAtomWithIdx(atom).GetAtomicNum() != 0)
    seen: set[int] = set()
    found: list[int] = []
    for start in starts:
        if start in seen:
            continue
        seen.add(start)
        level = [start]
        while level:
            found += level
            reached = []
            for atom in level:
                around = [neighbour.GetIdx() for neighbour in mol.GetAtomWithIdx(atom).GetNeighbors()]
                for neighbour in sorted(around, key=by_rank):
                    if neighbour not in seen:
                        seen.add(neighbour)
                        reached.append(neighbour)
            level = reached
    return found
