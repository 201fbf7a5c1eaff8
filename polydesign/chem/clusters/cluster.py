"""What units are made of: rings and bonds, in a canonical form of our own that no library's version can change.

A *ring* is a cycle of atoms with Kekulé bonds, or several that hang together so closely that they are one piece
(`tree`). A *bond* is one that lies in no ring; it is named by its order and by the atom that it brings, since the other
end is there before. Places of a cluster are numbered: its atoms in canonical order, then its bonds.

A *step* hangs a cluster on one that is there:

    parent    number of the cluster that it hangs on; 0 is the first attachment point, step k brings cluster k
    site      the parent's atom that is shared (its number), or its bond (number of atoms + number of the bond)
    cluster   what hangs there
    glue      the cluster's atom or directed bond that is shared (`Cluster.glues`); 0 for a bond, whose shared end is
              the site
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from polydesign.core.errors import ChemistryError

Bond = tuple[int, int, int]

STAR = "*"
_SIGNS = {1: "-", 2: "=", 3: "#"}
_ORDERS = {sign: order for order, sign in _SIGNS.items()}
_CACHE = 1 << 16


@dataclass(frozen=True)
class Cluster:
    """A ring with n atoms, or a bond with the one atom that it brings.

    Attributes:
        kinds: element and charge of each atom, as in `heavy_graphs`.
        bonds: (i, j, order) with i < j, sorted; none in a bond cluster.
        order: of the bond; 0 for a ring.
    """

    kinds: tuple[str, ...]
    bonds: tuple[Bond, ...] = ()
    order: int = 0

    @property
    def text(self) -> str:
        """The cluster in one line: "=O", or "C C C 0-1 0-2 1-2", from which `read` makes it again."""
        if self.order:
            return _SIGNS[self.order] + self.kinds[0]
        return " ".join([*self.kinds, *(f"{i}{_SIGNS[order]}{j}" for i, j, order in self.bonds)])

    @classmethod
    def read(cls, text: str) -> Cluster:
        """Return the cluster of a text; raise `ChemistryError` where it is none."""
        try:
            if text[0] in _ORDERS:
                return cls((text[1:],), (), _ORDERS[text[0]])
            words = text.split()
            kinds = tuple(word for word in words if not word[0].isdigit())
            bonds = []
            for word in words[len(kinds) :]:
                sign = next(letter for letter in word if letter in _ORDERS)
                i, j = word.split(sign)
                bonds.append((int(i), int(j), _ORDERS[sign]))
            if not bonds or max(j for _, j, _ in bonds) >= len(kinds):
                raise ValueError
            return cls(kinds, tuple(bonds))
        except (ValueError, IndexError, StopIteration):
            raise ChemistryError(f"'{text[:80]}' is not a cluster, such as '=O' or 'C C C 0-1 0-2 1-2'.") from None

    @cached_property
    def used(self) -> tuple[int, ...]:
        """Sum of bond orders at each atom within the cluster."""
        if self.order:
            return (self.order,)
        sums = [0] * len(self.kinds)
        for i, j, order in self.bonds:
            sums[i] += order
            sums[j] += order
        return tuple(sums)

    @cached_property
    def glues(self) -> tuple[tuple[int, ...], ...]:
        """The ways to put the cluster onto what is there: its atoms that become atoms that are there already.

        A bond has one, (): its other end is not its own. A ring has one for each atom, (i,), then two for each bond,
        (i, j) and (j, i). The place in this enumeration is the number of a glue.
        """
        if self.order:
            return ((),)
        return (*((i,) for i in range(len(self.kinds))), *(e for i, j, _ in self.bonds for e in ((i, j), (j, i))))

    @cached_property
    def distinct(self) -> frozenset[int]:
        """Numbers of the glues of which no two are alike by symmetry, the lowest of each that are."""
        if self.order:
            return frozenset({0})
        number = {glue: place for place, glue in enumerate(self.glues)}
        form, orders = canonical_form(self.kinds, self.bonds)
        if form != self:
            raise ChemistryError(f"'{self.text}' is not the canonical form of its cluster.")
        lowest = set()
        for glue in self.glues:
            lowest.add(min(number[tuple(order.index(atom) for atom in glue)] for order in orders))
        return frozenset(lowest)


class Step(NamedTuple):
    """One cluster and where it hangs; see the module."""

    parent: int
    site: int
    cluster: Cluster
    glue: int


@lru_cache(maxsize=_CACHE)
def canonical_form(kinds: tuple[str, ...], bonds: tuple[Bond, ...]) -> tuple[Cluster, tuple[tuple[int, ...], ...]]:
    """Return the canonical ring of a graph, and all orders of its atoms that give it.

    In a simple ring the atoms stand as they follow each other. An order says for each place which atom stands there;
    there are as many as the ring has symmetries.
    """
    around: list[dict[int, int]] = [{} for _ in kinds]
    for i, j, order in bonds:
        around[i][j] = around[j][i] = order
    if all(len(neighbours) == 2 for neighbours in around):
        orders = _round_trips(around)
    else:
        orders = _refined(kinds, around, _colours(kinds, around, [0] * len(kinds)))
    named = [(_written(kinds, bonds, order), order) for order in orders]
    least = min(form for form, _ in named)
    return Cluster(*least), tuple(order for form, order in named if form == least)


def _round_trips(around: Sequence[dict[int, int]]) -> list[tuple[int, ...]]:
    """Return the walks once around a simple ring, from each atom in either direction."""
    walks = []
    for start in range(len(around)):
        for step in around[start]:
            walk = [start, step]
            while len(walk) < len(around):
                walk.append(next(atom for atom in around[walk[-1]] if atom != walk[-2]))
            walks.append(tuple(walk))
    return walks


def _colours(kinds: Sequence[str], around: Sequence[dict[int, int]], colours: list[int]) -> list[int]:
    """Return colours refined by the atoms' kinds and neighbours until no atom can be told further from another."""
    names: list[tuple] = [(colours[i], kinds[i]) for i in range(len(kinds))]
    while True:
        ranks = {name: rank for rank, name in enumerate(sorted(set(names)))}
        refined = [ranks[name] for name in names]
        if len(ranks) == len(set(colours)) and refined == colours:
            return colours
        colours = refined
        names = [
            (colours[i], tuple(sorted((order, colours[j]) for j, order in around[i].items())))
            for i in range(len(kinds))
        ]


def _refined(kinds: Sequence[str], around: Sequence[dict[int, int]], colours: list[int]) -> list[tuple[int, ...]]:
    """Return the orders to which colours lead, where equal atoms are singled out in every possible way."""
    counts: dict[int, list[int]] = {}
    for atom, colour in enumerate(colours):
        counts.setdefault(colour, []).append(atom)
    equal = next((counts[colour] for colour in sorted(counts) if len(counts[colour]) > 1), None)
    if equal is None:
        return [tuple(sorted(range(len(kinds)), key=colours.__getitem__))]
    orders = []
    for atom in equal:
        singled = [2 * colour + 1 for colour in colours]
        singled[atom] -= 1
        orders += _refined(kinds, around, _colours(kinds, around, singled))
    return orders


def _written(
    kinds: Sequence[str], bonds: Sequence[Bond], order: Sequence[int]
) -> tuple[tuple[str, ...], tuple[Bond, ...]]:
    place = {atom: number for number, atom in enumerate(order)}
    moved = [(*sorted((place[i], place[j])), bond_order) for i, j, bond_order in bonds]
    return tuple(kinds[atom] for atom in order), tuple(sorted(moved))  # type: ignore[arg-type]
