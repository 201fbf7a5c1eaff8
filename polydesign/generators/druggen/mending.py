"""Mend a graph that breaks a rule, as an option: figures of the family are those of graphs as they were made.

    1. While the bonds of an atom are more than it has room for, its highest bond is lowered by one, or dropped.
    2. What does not hang together with the larger part is dropped.
    3. An attachment point that was lost is bonded to the last atom that has room.

Shapes: A atoms.
"""

from __future__ import annotations

from collections.abc import Sequence

STAR = "*"
Bonds = dict[tuple[int, int], int]


def mended(
    kinds: Sequence[str], bonds: Sequence[tuple[int, int, int]], room: Sequence[float]
) -> tuple[list[str], list[tuple[int, int, int]]]:
    """Return kinds and bonds of a graph that breaks no valence, in one piece, with two attachment points where it can.

    Args:
        kinds: (A,) element and charge of each atom.
        bonds: (i, j, order).
        room: (A,) largest sum of bond orders of each atom.
    """
    orders: Bonds = {(i, j): order for i, j, order in bonds}
    used = [0] * len(kinds)
    for (i, j), order in orders.items():
        used[i] += order
        used[j] += order
    for atom in range(len(kinds)):
        while used[atom] > room[atom]:
            pair = max((pair for pair in orders if atom in pair), key=lambda pair: (orders[pair], pair))
            _lower(orders, pair)
            for end in pair:
                used[end] -= 1
    parts = _parts(len(kinds), orders)
    kept = max(parts, key=lambda part: (len(part), -min(part)), default=set())
    place = {atom: number for number, atom in enumerate(sorted(kept))}
    atoms = [kinds[atom] for atom in sorted(kept)]
    left = [(place[i], place[j], order) for (i, j), order in sorted(orders.items()) if i in kept]
    free = [number for atom, number in place.items() if kinds[atom] != STAR and used[atom] < room[atom]]
    for _ in range(2 - atoms.count(STAR)):
        if not free:
            break
        left.append((free.pop(), len(atoms), 1))
        atoms.append(STAR)
    return atoms, left


def _lower(orders: Bonds, pair: tuple[int, int]) -> None:
    orders[pair] -= 1
    if not orders[pair]:
        del orders[pair]


def _parts(n: int, orders: Bonds) -> list[set[int]]:
    """Return the atoms of each part that hangs together."""
    part = [{atom} for atom in range(n)]
    for i, j in orders:
        if part[i] is not part[j]:
            joined = part[i] | part[j]
            for atom in joined:
                part[atom] = joined
    return list({id(one): one for one in part}.values())
