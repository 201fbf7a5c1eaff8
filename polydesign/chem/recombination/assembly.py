"""Put backbone blocks together to a repeat unit and exchange its side groups."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise

from rdkit import Chem

from polydesign.chem.recombination.fragments import Block, SideGroup, Site


class Assembly:
    """A unit under construction: its atoms, the seams and the places where side groups can be exchanged."""

    def __init__(self, word: list[Block]) -> None:
        self.mol = Chem.RWMol()
        self._gone: set[int] = set()
        self._has_marks = any(block.has_marks for block in word)
        self._word, self._shifts = word, []
        ends = []
        for block in word:
            shift = self.mol.GetNumAtoms()
            self.mol.InsertMol(block.mol)
            ends.append((block.left + shift, block.right + shift))
            self._shifts.append(shift)
        for (_, right), (left, _) in pairwise(ends):
            self.mol.AddBond(right, left, Chem.BondType.SINGLE)
        for end in (ends[0][0], ends[-1][1]):
            self.mol.AddBond(end, self.mol.AddAtom(Chem.Atom(0)), Chem.BondType.SINGLE)

    @cached_property
    def _sites(self) -> list[Site]:
        """Places in the atoms' numbers here; asked for only when a side group is to be exchanged."""
        return [
            Site(site.atom + shift, site.environment, tuple(atom + shift for atom in site.group))
            for block, shift in zip(self._word, self._shifts, strict=True)
            for site in block.sites
        ]

    def sites(self) -> tuple[list[Site], list[Site]]:
        """Return the places of side groups and those of hydrogens that are still as they were."""
        free = [site for site in self._sites if site.atom not in self._gone and self._gone.isdisjoint(site.group)]
        return [site for site in free if site.group], [site for site in free if not site.group]

    def may_bear_hydrogen(self, index: int) -> bool:
        """Tell whether RDKit will fill the valence of this atom with hydrogen by itself."""
        atom = self.mol.GetAtomWithIdx(index)
        return not atom.GetNoImplicit() and not (atom.GetIsAromatic() and atom.GetAtomicNum() != 6)

    def remove(self, site: Site) -> None:
        """Take a side group away; hydrogen comes in its place."""
        self._gone.update(site.group)
        # A group that holds the place is no longer as it was either: what is put there would be left behind.
        self._sites = [other for other in self._sites if site.atom != other.atom and site.atom not in other.group]

    def put(self, site: Site, group: SideGroup) -> None:
        """Exchange what is at `site` for `group`."""
        self.remove(site)
        shift = self.mol.GetNumAtoms()
        self.mol.InsertMol(group.mol)
        self._has_marks |= group.has_marks
        self.mol.AddBond(site.atom, group.atom + shift, Chem.BondType.SINGLE)

    def n_heavy_atoms(self) -> int:
        """Return the number of heavy atoms, as RDKit counts them: stars are none."""
        return self.mol.GetNumAtoms() - len(self._gone) - 2

    def sanitised(self) -> Chem.Mol:
        """Return the finished unit; raise RDKit's own errors for a structure that cannot be."""
        self.mol.BeginBatchEdit()
        for index in self._gone:
            self.mol.RemoveAtom(index)
        self.mol.CommitBatchEdit()
        mol = self.mol.GetMol()
        Chem.SanitizeMol(mol)
        if self._has_marks:
            Chem.SetDoubleBondNeighborDirections(mol)  # without which the marks are not written
        return mol
