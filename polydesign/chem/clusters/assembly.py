"""Put a repeat unit together from clusters, step after step, so that whatever is chosen the unit comes out valid.

A step (`cluster`) is chosen in four parts: how many open clusters to leave, going up from the last one; the site; the
cluster; the glue. At each part the assembly says what fits: an atom has room for the sum of bond orders that its kind
has anywhere in the training data, what is shared must be alike on both sides (`vocabulary`), and room for the second
attachment point must be left. Since that is the last step, a unit always has exactly two, with bonds of equal order.

A cluster is *open* while one of the atoms that it brought has room. One that is left does not come back.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from polydesign.chem.clusters.cluster import STAR, Bond, Step
from polydesign.chem.clusters.vocabulary import Clusters, Shared
from polydesign.core.errors import ChemistryError


@dataclass
class Placed:
    """A cluster that is there.

    Attributes:
        number: in the vocabulary; -1 for the first attachment point.
        atoms: of the unit, by their place in the cluster.
        own: those of them that it brought.
        bonds: (place, place, order) of a ring.
        shared: numbers of its bonds that are shared with another ring.
    """

    number: int
    atoms: tuple[int, ...]
    own: tuple[int, ...]
    bonds: tuple[Bond, ...] = ()
    shared: set[int] = field(default_factory=set)


class Assembly:
    """A unit that is being built.

    Attributes:
        kinds, bonds: of the atoms that are there, as in `heavy_graphs`.
        free: room that each atom has left.
        placed: the clusters that are there; 0 is the first attachment point.
        open: numbers of the open ones that have not been left, the last one last.
        done: whether the second attachment point is there.
    """

    def __init__(self, clusters: Clusters) -> None:
        self.clusters = clusters
        self.kinds, self.bonds, self.free = [STAR], list[Bond](), [max(clusters.orders)]
        self.placed = [Placed(-1, (0,), (0,))]
        self.open = [0]
        self.order = 0  # of the bonds to the attachment points; 0 before the first
        self.done = False

    def levels(self, *, end: bool = False) -> np.ndarray:
        """Return (L,) whether one may go up 0, 1, ... open clusters; `end`: only where the unit can be ended."""
        needed, fits = max(self.order, 1), []
        room = 0
        for number in self.open:
            most = max(self.free[atom] for atom in self.placed[number].own)
            room = max(room, most)
            fits.append((most if end else room) >= needed)
        return np.array(fits[::-1])

    def leave(self, levels: int) -> Placed:
        """Go up by so many open clusters; return the one that is next to be hung on."""
        if levels:
            del self.open[-levels:]
        return self.placed[self.open[-1]]

    def sites(self, *, end: bool = False) -> np.ndarray:
        """Return (S,) where on the last open cluster something fits: its atoms, then its bonds."""
        cluster = self.placed[self.open[-1]]
        needed = self.order if end else 1
        atoms = [atom in cluster.own and self.free[atom] >= needed for atom in cluster.atoms]
        bonds = [
            not end
            and number not in cluster.shared
            and (cluster.atoms[i] in cluster.own or cluster.atoms[j] in cluster.own)
            and bool(self.fitting(len(atoms) + number).any())
            for number, (i, j, _) in enumerate(cluster.bonds)
        ]
        return np.array(atoms + bonds)

    def fitting(self, site: int, *, end: bool = False) -> np.ndarray:
        """Return (V,) which clusters fit on a site of the last open cluster."""
        known = self.clusters
        if end:
            return known.ends == self.order
        atoms, shared, order = self._at(site)
        fits = known.fitting(shared, order)
        if not self.order:  # beside the first attachment point, with room for one like it
            return fits & (known.ends == 0) & (known.spare >= known.orders)
        elsewhere = max((self.free[a] for n in self.open for a in self.placed[n].own if a not in atoms), default=0)
        ends = known.ends == self.order
        if elsewhere < self.order:
            left = (known.orders > 0) & (self.free[atoms[0]] - known.orders >= self.order)
            fits = fits & (ends | left | (known.spare >= self.order))
        return fits & (ends | (known.ends == 0))

    def glues(self, site: int, number: int) -> np.ndarray:
        """Return (G,) how a cluster fits on a site of the last open cluster."""
        _, shared, order = self._at(site)
        return self.clusters.glues(number, shared, order)

    def add(self, site: int, number: int, glue: int) -> None:
        """Hang a cluster on a site of the last open cluster; what does not fit makes no valid unit."""
        cluster = self.clusters.clusters[number]
        parent = self.placed[self.open[-1]]
        atoms, _, order = self._at(site)
        if order:
            parent.shared.add(site - len(parent.atoms))
        if cluster.order:
            new = self._atom(cluster.kinds[0], cluster.order)
            self.bonds.append((atoms[0], new, cluster.order))
            self.free[atoms[0]] -= cluster.order
            placed = Placed(number, (new,), (new,))
        else:
            there = dict(zip(cluster.glues[glue], atoms, strict=True))
            own = {place: self._atom(kind, 0) for place, kind in enumerate(cluster.kinds) if place not in there}
            at = {**there, **own}
            shared = set()
            for bond, (i, j, bond_order) in enumerate(cluster.bonds):
                if order and i in there and j in there:
                    shared.add(bond)
                    continue
                self.bonds.append((at[i], at[j], bond_order))
                self.free[at[i]] -= bond_order
                self.free[at[j]] -= bond_order
            everywhere = tuple(at[place] for place in range(len(at)))
            placed = Placed(number, everywhere, tuple(own.values()), cluster.bonds, shared)
        if not self.order:
            self.order, self.free[0] = cluster.order, 0
        elif cluster.kinds[0] == STAR:
            self.done = True
        self.placed.append(placed)
        self.open.append(len(self.placed) - 1)
        self.open = [n for n in self.open if any(self.free[atom] > 0 for atom in self.placed[n].own)]

    def at(self, site: int) -> int:
        """Return the atom of a site of the last open cluster, the first of two."""
        return self._at(site)[0][0]

    def follow(self, step: Step) -> tuple[int, int, int]:
        """Take a step; return how many levels it goes up, and the code of kind and the room of its site.

        Raises `ChemistryError` where the cluster is not in the vocabulary, or an atom would have more bonds than room.
        """
        number = self.clusters.number.get(step.cluster)
        if number is None:
            raise ChemistryError(f"'{step.cluster.text}' is not a cluster of the vocabulary.")
        if step.parent not in self.open:
            raise ChemistryError("An atom of the unit has more bonds than any of its kind in the training data.")
        levels = len(self.open) - 1 - self.open.index(step.parent)
        self.leave(levels)
        atom = self.at(step.site)
        room = self.free[atom]
        self.add(step.site, number, step.glue)
        if min(self.free) < 0:
            raise ChemistryError("An atom of the unit has more bonds than any of its kind in the training data.")
        return levels, atom, room

    def _atom(self, kind: str, used: int) -> int:
        self.kinds.append(kind)
        self.free.append(self.clusters.room[kind] - used)
        return len(self.kinds) - 1

    def _at(self, site: int) -> tuple[tuple[int, ...], Shared, int]:
        """Return the atoms of a site, their kinds and room, and the order of the bond that it is (0 for an atom)."""
        cluster = self.placed[self.open[-1]]
        n = len(cluster.atoms)
        order = 0
        if site < n:
            atoms: tuple[int, ...] = (cluster.atoms[site],)
        else:
            i, j, order = cluster.bonds[site - n]
            atoms = (cluster.atoms[i], cluster.atoms[j])
        return atoms, tuple((self.kinds[atom], self.free[atom]) for atom in atoms), order
