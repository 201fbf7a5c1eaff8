"""Take repeat units apart where a chemist would: backbone blocks and side groups.

Cuts are made at acyclic single bonds between uncharged atoms, never beside a double bond with a cis/trans
mark and never between two plain chain carbons, so that a vinyl unit or an alkylene stays whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from rdkit import Chem

from polydesign.chem.notation.backbone import CIS
from polydesign.chem.recombination.environments import MARKED, Reading

_TYPES = {
    2: Chem.BondType.SINGLE,
    3: Chem.BondType.AROMATIC,
    4: Chem.BondType.DOUBLE,
    6: Chem.BondType.TRIPLE,
}


@dataclass(frozen=True, slots=True)
class Site:
    """A place of a block where a side group, or a hydrogen, can be exchanged.

    Attributes:
        atom: index of the atom that stays.
        environment: its environment seen from what goes.
        group: indices of the atoms that go; empty for a hydrogen.
    """

    atom: int
    environment: str
    group: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of backbone with its side groups.

    Attributes:
        mol: its atoms, not sanitised, with open valences at `left` and `right`.
        left, right: indices of the atoms bonded to the blocks before and after.
        left_environment, right_environment: of these atoms, seen from those blocks.
        sites: where side groups and hydrogens can be exchanged.
        key: equal for equal blocks.
        has_marks: whether a double bond bears a cis/trans mark.
    """

    mol: Chem.Mol
    left: int
    right: int
    left_environment: str
    right_environment: str
    sites: tuple[Site, ...]
    key: str
    has_marks: bool

    def reversed(self) -> Block:
        """Return the block as read against the direction of writing."""
        return replace(
            self,
            left=self.right,
            right=self.left,
            left_environment=self.right_environment,
            right_environment=self.left_environment,
            key=self.key + "<",
        )


@dataclass(frozen=True, slots=True)
class SideGroup:
    """A side group: its atoms, not sanitised, and the index and environment of the atom that is bonded."""

    mol: Chem.Mol
    atom: int
    environment: str
    key: str
    has_marks: bool


def cut(reading: Reading) -> tuple[list[Block], list[SideGroup]]:
    """Return the backbone blocks of a unit in writing order, which form the chain as a cycle, and its side groups."""
    joints = reading.joints()
    side_bonds = reading.side_bonds()
    groups = {bond: tuple(sorted(reading.beyond(*bond))) for bond in side_bonds}
    places = [(stays, reading.environment(stays, goes), groups[stays, goes]) for stays, goes in side_bonds]
    places += [(atom, environment, ()) for atom, environment in reading.hydrogens()]
    blocks = []
    for number, (right, _) in enumerate(joints):
        left = joints[number - 1][1]
        atoms = _component(reading, left, joints)
        mol, new = _copy(reading, atoms, closed=(reading.path[-2], reading.path[1]) not in joints)
        sites = [
            Site(new[atom], environment, tuple(new[i] for i in group))
            for atom, environment, group in places
            if atom in new
        ]
        before, after = joints[number - 1][0], joints[number][1]
        blocks.append(
            Block(
                mol,
                new[left],
                new[right],
                _end(reading, left, before, joints[number - 1]),
                _end(reading, right, after, joints[number]),
                tuple(sites),
                _key(mol, new[left], new[right]),
                _has_marks(mol),
            )
        )
    side_groups = []
    for (stays, goes), members in groups.items():
        mol, new = _copy(reading, members)
        environment = reading.environment(goes, stays)
        side_groups.append(SideGroup(mol, new[goes], environment, _key(mol, new[goes]), _has_marks(mol)))
    return blocks, side_groups


def _end(reading: Reading, atom: int, partner: int, joint: tuple[int, int]) -> str:
    """Return the environment of a block's end; at the bond between units the partner is a star."""
    first, last = reading.path[0], reading.path[-1]
    if joint == (reading.path[-2], reading.path[1]) and joint not in reading.bonds:
        partner = last if atom == joint[0] and partner == joint[1] else first
    return reading.environment(atom, partner)


def _component(reading: Reading, start: int, joints: list[tuple[int, int]]) -> list[int]:
    first, last = reading.path[1], reading.path[-2]
    cuts = {frozenset(joint) for joint in joints if joint != (last, first)}
    reached, front = {start}, [start]
    while front:
        atom = front.pop()
        around = [n for n, _ in reading.neighbours[atom]]
        if atom in (first, last) and (last, first) not in joints:
            around.append(first if atom == last else last)
        for n in around:
            if n not in reached and n not in reading.across and frozenset((atom, n)) not in cuts:
                reached.add(n)
                front.append(n)
    return sorted(reached)


def _copy(reading: Reading, atoms: Iterable[int], closed: bool = False) -> tuple[Chem.Mol, dict[int, int]]:
    """Copy some atoms with the bonds between them; return them and old index -> new index.

    Tetrahedral marks are left out: at the cuts they would lose their sense.
    """
    piece, new = Chem.RWMol(), {}
    for index in atoms:
        new[index] = piece.AddAtom(reading.mol.GetAtomWithIdx(index))
        piece.GetAtomWithIdx(new[index]).SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
    marked = []
    for index, copied in new.items():
        for neighbour, order in reading.neighbours[index]:
            if index < neighbour and neighbour in new:
                piece.AddBond(copied, new[neighbour], _TYPES[order])
                if reading.bonds[index, neighbour].marked:
                    marked.append((index, neighbour))
    for index, neighbour in marked:
        original = reading.mol.GetBondWithIdx(reading.bonds[index, neighbour].number)
        beside = [new[atom] for atom in original.GetStereoAtoms() if atom in new]
        if len(beside) == 2:
            bond = piece.GetBondBetweenAtoms(new[original.GetBeginAtomIdx()], new[original.GetEndAtomIdx()])
            if bond.GetBeginAtomIdx() != new[original.GetBeginAtomIdx()]:
                beside.reverse()  # the first stereo atom is the neighbour of the atom at which the bond begins
            bond.SetStereoAtoms(*beside)
            bond.SetStereo(Chem.BondStereo.STEREOCIS if original.GetStereo() in CIS else Chem.BondStereo.STEREOTRANS)
    first, last = reading.path[1], reading.path[-2]
    if closed and first in new and last in new:
        piece.AddBond(new[last], new[first], Chem.BondType.SINGLE)
    return piece.GetMol(), new


def _has_marks(mol: Chem.Mol) -> bool:
    return any(mol.GetBondWithIdx(index).GetStereo() in MARKED for index in range(mol.GetNumBonds()))


def _key(mol: Chem.Mol, root: int, other: int | None = None) -> str:
    mol.UpdatePropertyCache(strict=False)
    text = Chem.MolToSmiles(mol, rootedAtAtom=root)
    if other is None:
        return text
    order = mol.GetProp("_smilesAtomOutputOrder").strip("[],").split(",")
    return f"{text} {order.index(str(other))}"
