"""Take a repeat unit apart into a tree of clusters, walked depth first from one attachment point to the other.

Clusters (after Jin et al., 2018, https://arxiv.org/abs/1802.04364): every bond that lies in no ring, and every ring;
rings that share more than two atoms, or two that are not bonded, are one cluster, as bridged rings are. Ours differs in
three points. Rings that close a circle among themselves (three around one atom, as in pyrene) are one cluster too, so
that two clusters never share more than one bond and the tree says all. There are no clusters of single atoms: an atom
belongs to the cluster that brings it, and others hang on it. And the tree has a root and an order: it hangs on the
first attachment point, side groups come before what leads to the other one, small ones first. The second attachment
point is therefore always the last step. An attachment point is an end of the bond to its neighbour and never parted
from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rdkit import Chem

from polydesign.chem.clusters.cluster import STAR, Bond, Cluster, Step, canonical_form
from polydesign.chem.notation.heavy_graphs import HeavyGraph, heavy_graph
from polydesign.chem.notation.psmiles import read
from polydesign.core.errors import ChemistryError


def unit_graph(psmiles: str) -> HeavyGraph:
    """Return the graph of a repeat unit, the same however it is written; stereo marks are dropped.

    Raises `ChemistryError` where it is no valid repeat unit, or holds what a graph cannot say.
    """
    mol = read(psmiles)
    Chem.RemoveStereochemistry(mol)
    # Kekulé bonds and ties depend on the order of the atoms: it is that of the canonical SMILES.
    return heavy_graph(Chem.MolToSmiles(mol))


def steps_of(graph: HeavyGraph) -> list[Step]:
    """Return the steps that build a graph; ties between equal clusters are broken by the order of its atoms.

    Raises `ChemistryError` where it has not two attachment points of one bond each.
    """
    unit = _Unit(graph)
    stars = [atom for atom, kind in enumerate(graph.kinds) if kind == STAR]
    if len(stars) != 2 or any(len(unit.around[star]) != 1 for star in stars):
        raise ChemistryError(f"A unit has two attachment points with one bond each; got {len(stars)} of them.")
    root = _Node((stars[0],))
    unit.hang(root)
    steps: list[Step] = []
    _walk(unit, root, {stars[0]: 0}, 0, steps)
    return steps


@dataclass
class _Node:
    """A cluster of a unit: its atoms, which of them it shares with what it hangs on, and what hangs on it.

    A bond cluster's only atom is the one that it brings, and `shared` the other end.
    """

    atoms: tuple[int, ...]
    shared: tuple[int, ...] = ()
    bonds: tuple[Bond, ...] = ()
    order: int = 0
    hanging: list[_Node] = field(default_factory=list)
    size: int = 1
    ends: bool = False  # whether the second attachment point is in it or beyond


class _Unit:
    """A graph as rings and other bonds."""

    def __init__(self, graph: HeavyGraph) -> None:
        self.kinds = graph.kinds
        mol = Chem.RWMol()
        for _ in graph.kinds:
            mol.AddAtom(Chem.Atom(6))
        for i, j, _ in graph.bonds:
            mol.AddBond(i, j, Chem.BondType.SINGLE)
        Chem.GetSymmSSSR(mol)
        bonds_of_rings = [set(ring) for ring in mol.GetRingInfo().BondRings()]
        self.rings = [
            (atoms, tuple(sorted(graph.bonds[number] for number in numbers)))
            for atoms, numbers in _clusters(graph.bonds, bonds_of_rings)
        ]
        self.rings_at: dict[int, list[int]] = {}
        for number, (atoms, _) in enumerate(self.rings):
            for atom in atoms:
                self.rings_at.setdefault(atom, []).append(number)
        in_ring = set().union(*bonds_of_rings)
        self.around: list[list[tuple[int, int]]] = [[] for _ in graph.kinds]
        for number, (i, j, order) in enumerate(graph.bonds):
            if number not in in_ring:
                self.around[i].append((j, order))
                self.around[j].append((i, order))
        self.hung: set[int] = set()

    def hang(self, node: _Node) -> None:
        """Find what hangs on a node, and on that; measure it."""
        for i, j, _ in node.bonds:
            for number in self.rings_at[i]:
                if number not in self.hung and j in self.rings[number][0]:
                    self._add_ring(node, number, (i, j))
        own = [atom for atom in node.atoms if atom not in node.shared]
        for atom in own:
            for number in self.rings_at.get(atom, ()):
                if number not in self.hung:
                    self._add_ring(node, number, (atom,))
            for other, order in self.around[atom]:
                if not (node.order and other == node.shared[0]):
                    self._add(node, _Node((other,), (atom,), order=order))
        node.ends |= node.order > 0 and self.kinds[node.atoms[0]] == STAR

    def _add_ring(self, node: _Node, number: int, shared: tuple[int, ...]) -> None:
        self.hung.add(number)
        atoms, bonds = self.rings[number]
        self._add(node, _Node(tuple(sorted(atoms)), shared, bonds))

    def _add(self, node: _Node, child: _Node) -> None:
        node.hanging.append(child)
        self.hang(child)
        node.size += child.size
        node.ends |= child.ends


def _clusters(bonds: Sequence[Bond], rings: Sequence[set[int]]) -> list[tuple[set[int], set[int]]]:
    """Return the atoms and the numbers of the bonds of each ring cluster; see the module for which rings are one."""
    found = [({atom for number in ring for atom in bonds[number][:2]}, set(ring)) for ring in rings]
    while True:
        touching = [(i, j) for j in range(len(found)) for i in range(j) if found[i][0] & found[j][0]]
        close = [
            (i, j)
            for i, j in touching
            if len(found[i][0] & found[j][0]) > 1
            and (len(found[i][0] & found[j][0]) > 2 or not found[i][1] & found[j][1])
        ]
        one = close or _in_circles(touching, len(found))
        if not one:
            return found
        label = list(range(len(found)))
        for i, j in one:
            label = [label[i] if name == label[j] else name for name in label]
        found = [
            (
                set().union(*(found[k][0] for k in range(len(found)) if label[k] == name)),
                set().union(*(found[k][1] for k in range(len(found)) if label[k] == name)),
            )
            for name in dict.fromkeys(label)
        ]


def _in_circles(edges: Sequence[tuple[int, int]], n: int) -> list[tuple[int, int]]:
    """Return the edges of a graph of `n` nodes without which it still hangs together as before: those in circles."""

    def parts(chosen: Sequence[tuple[int, int]]) -> int:
        label = list(range(n))
        for i, j in chosen:
            label = [label[i] if name == label[j] else name for name in label]
        return len(set(label))

    whole = parts(edges)
    if len(edges) == n - whole:
        return []
    return [edge for edge in edges if parts([other for other in edges if other != edge]) == whole]


def _walk(unit: _Unit, node: _Node, place: dict[int, int], number: int, steps: list[Step]) -> None:
    """Add the steps of all that hangs on a node, whose atoms stand at `place` and whose number is `number`."""

    def site(child: _Node) -> int:
        return _site(node, child.shared, place)

    for child in sorted(node.hanging, key=lambda child: (child.ends, child.size, site(child), child.atoms)):
        if child.order:
            cluster, glue, places = Cluster((unit.kinds[child.atoms[0]],), (), child.order), 0, {child.atoms[0]: 0}
        else:
            cluster, glue, places = _placed(unit, child, sorted(child.shared, key=place.__getitem__))
        steps.append(Step(number, site(child), cluster, glue))
        _walk(unit, child, places, len(steps), steps)


def _site(node: _Node, shared: tuple[int, ...], place: dict[int, int]) -> int:
    if len(shared) == 1:
        return place[shared[0]]
    ends = sorted(place[atom] for atom in shared)
    pairs = sorted(sorted((place[i], place[j])) for i, j, _ in node.bonds)
    return len(node.atoms) + pairs.index(ends)


def _placed(unit: _Unit, node: _Node, shared: Sequence[int]) -> tuple[Cluster, int, dict[int, int]]:
    """Return the canonical ring of a node, its glue, and the place of each atom.

    Of the orders that symmetry leaves open it is the one with the lowest glue, then with the lowest sites.
    """
    local = {atom: number for number, atom in enumerate(node.atoms)}
    cluster, orders = canonical_form(
        tuple(unit.kinds[atom] for atom in node.atoms),
        tuple((local[i], local[j], order) for i, j, order in node.bonds),
    )
    best = None
    for order in orders:
        place = {node.atoms[atom]: number for number, atom in enumerate(order)}
        glue = cluster.glues.index(tuple(place[atom] for atom in shared))
        used = sorted((_site(node, child.shared, place), child.atoms) for child in node.hanging)
        if best is None or (glue, used) < best[:2]:
            best = (glue, used, place)
    assert best is not None  # a ring has at least the order in which it was read
    return cluster, best[0], best[2]
