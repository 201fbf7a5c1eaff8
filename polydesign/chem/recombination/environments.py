"""Read the bonds of a repeat unit: which may be cut, and between which environments they are.

The unit is treated as the endless chain: its two ends are neighbours. Which pairs of environments are
bonded in known polymers is what tells plausible new bonds from implausible ones. To cut and join by
environments is the idea of BRICS (Degen et al., ChemMedChem 3:1503, 2008); the environments here are
not written by hand but read from the data.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from rdkit import Chem

from polydesign.chem.notation.backbone import CIS, TRANS, backbone_path

HYDROGEN = "H"
MARKED = CIS | TRANS
_HALOGENS = frozenset({9, 17, 35, 53})


class Bond(NamedTuple):
    """A bond as read: its index in RDKit, twice its order, whether it is in a ring and bears a cis/trans mark."""

    number: int
    order: int
    in_ring: bool
    marked: bool


class Reading:
    """What there is to know of the bonds of one repeat unit.

    Atoms and bonds are read from RDKit once: asking again for each environment takes most of the time.

    Attributes:
        mol: the unit, sanitised, its star bonds single.
        path: atom indices of the shortest way from star to star, both included.
        across: star -> the atom beyond it, that is the other end of the unit.
        neighbours: for each atom, its neighbours and twice the order of the bonds to them.
        bonds: (begin, end) -> the bond, for both directions.
    """

    def __init__(self, mol: Chem.Mol) -> None:
        self.mol = mol
        self.path: tuple[int, ...] = backbone_path(mol)
        self.across = {self.path[0]: self.path[-2], self.path[-1]: self.path[1]}
        atoms = [mol.GetAtomWithIdx(index) for index in range(mol.GetNumAtoms())]
        self._numbers = [atom.GetAtomicNum() for atom in atoms]
        self._charges = [atom.GetFormalCharge() for atom in atoms]
        self._atoms = atoms
        self.neighbours: list[list[tuple[int, int]]] = [[] for _ in atoms]
        self.bonds: dict[tuple[int, int], Bond] = {}
        in_ring: set[int] = set()
        uncuttable = set(self.across)
        for index in range(mol.GetNumBonds()):
            bond = mol.GetBondWithIdx(index)
            begin, end, order = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx(), int(2 * bond.GetBondTypeAsDouble())
            marked = order == 4 and bond.GetStereo() in MARKED
            self.bonds[begin, end] = self.bonds[end, begin] = Bond(index, order, bond.IsInRing(), marked)
            self.neighbours[begin].append((end, order))
            self.neighbours[end].append((begin, order))
            if bond.IsInRing():
                in_ring.update((begin, end))
            if marked:
                uncuttable.update((begin, end))
        self._in_ring = in_ring
        self._uncuttable = uncuttable | {
            i for i, atom in enumerate(atoms) if self._charges[i] or atom.GetNumRadicalElectrons()
        }
        self._kinds = [self._kind(index) for index in range(len(atoms))]
        for star, beyond in self.across.items():
            self._kinds[star] = self._kinds[beyond]

    def _kind(self, index: int) -> str:
        """Describe an atom in a word.

        Element, small when aromatic; = beside a doubly bonded heteroatom; # on a triple bond.
        """
        atom = self._atoms[index]
        kind = atom.GetSymbol().lower() if atom.GetIsAromatic() else atom.GetSymbol()
        for neighbour, order in self.neighbours[index]:
            if order == 4 and self._numbers[neighbour] not in (0, 6):
                kind += "="
            elif order == 6:
                kind += "#"
        return kind

    def environment(self, atom: int, partner: int | None) -> str:
        """Describe atom index `atom` as seen from its neighbour `partner` (None: from one of its hydrogens).

        Element, aromaticity, ring, charge, and kind and bond order of each other neighbour. Hydrogens are
        not counted, so that an atom looks the same from a side group and from a hydrogen in its place.
        """
        others = sorted(f"{order}{self._kinds[n]}" for n, order in self.neighbours[atom] if n != partner)
        ring = "r" if atom in self._in_ring else ""
        return f"{self._kinds[atom]}{ring}{self._charges[atom] or ''}({','.join(others)})"

    def pair(self, left: int, right: int) -> tuple[str, str]:
        """Return the environments at the ends of a bond; two stars stand for the bond between units."""
        if left in self.across and right in self.across:
            ends = self.environment(self.across[right], left), self.environment(self.across[left], right)
        else:
            ends = self.environment(left, right), self.environment(right, left)
        return ordered(*ends)

    def pairs(self, atoms: Iterable[int] | None = None) -> list[tuple[str, str]]:
        """Return the pairs of environments of all acyclic single bonds of the chain, or of those at `atoms`."""
        chosen = None if atoms is None else set(atoms)
        result = []
        for (begin, end), bond in self.bonds.items():
            if begin > end or bond.order != 2 or bond.in_ring or begin in self.across or end in self.across:
                continue
            if chosen is None or begin in chosen or end in chosen:
                result.append(self.pair(begin, end))
        return [*result, self.pair(self.path[0], self.path[-1])]

    def hydrogens(self) -> list[tuple[int, str]]:
        """Return index and environment of each atom whose hydrogen may be exchanged."""
        return [
            (index, self.environment(index, None))
            for index, atom in enumerate(self._atoms)
            if atom.GetTotalNumHs() and not atom.GetNoImplicit()
        ]

    def joints(self) -> list[tuple[int, int]]:
        """Return the backbone bonds that may be cut, in writing order.

        The bond between the units, (last atom, first atom), comes last when it is one of them. It counts
        as one when no other bond is.
        """
        inner = [pair for pair in pairwise(self.path[1:-1]) if self._may_cut(*pair) and not self._both_plain(*pair)]
        first, last = self.path[1], self.path[-2]
        ends_count = not self._both_plain(last, first) and self._uncuttable.isdisjoint((first, last))
        if not inner or first == last or (first, last) in self.bonds or ends_count:
            return [*inner, (last, first)]
        return inner

    def side_bonds(self) -> list[tuple[int, int]]:
        """Return the bonds off the backbone that may be cut, from the atom that stays to the one that goes."""
        backbone, bonds = set(self.path), []
        for begin, end in self.bonds:
            if begin > end or not self._may_cut(begin, end) or (begin in backbone and end in backbone):
                continue
            side = self.beyond(begin, end)
            if side & backbone:
                begin, end, side = end, begin, self.beyond(end, begin)
            if side & backbone or self._one_of_several_halogens(begin, end):
                continue
            if begin in backbone or not self._both_plain(begin, end):
                bonds.append((begin, end))
        return bonds

    def beyond(self, stays: int, goes: int) -> set[int]:
        """Return the atoms that are reached from `goes` without passing `stays`."""
        reached, front = {goes}, [goes]
        while front:
            for atom, _ in self.neighbours[front.pop()]:
                if atom != stays and atom not in reached:
                    reached.add(atom)
                    front.append(atom)
        return reached

    def _may_cut(self, left: int, right: int) -> bool:
        bond = self.bonds[left, right]
        return bond.order == 2 and not bond.in_ring and self._uncuttable.isdisjoint((left, right))

    def _both_plain(self, left: int, right: int) -> bool:
        """Tell whether both are saturated carbons outside rings."""
        return all(
            self._numbers[atom] == 6
            and atom not in self._in_ring
            and all(order == 2 for _, order in self.neighbours[atom])
            for atom in (left, right)
        )

    def _one_of_several_halogens(self, stays: int, goes: int) -> bool:
        """Tell whether `goes` is one of several halogens on one atom: a CF3 is exchanged as a whole."""
        halogens = [n for n, _ in self.neighbours[stays] if self._numbers[n] in _HALOGENS]
        return goes in halogens and len(halogens) > 1


def ordered(left: str, right: str) -> tuple[str, str]:
    """Return two environments in the order in which pairs are counted."""
    return (left, right) if left <= right else (right, left)
