"""Graphs of heavy atoms, the encoding of families that build graphs. Read without RDKit or Parquet.

Beside what every encoding has (`encoding`), a folder holds, for N graphs of A atoms and E bonds in all:

    kinds.npy (A,) uint8              code of each atom's kind, from 1; graph after graph
    bonds.npy (E, 3) uint8            two ends, the lower first, numbered within the graph, and the order 1, 2 or 3
    atom_offsets.npy (N + 1,) int64   where each graph begins and ends in kinds.npy
    bond_offsets.npy (N + 1,) int64   the same for bonds.npy

Orders of atoms and what a graph can say: `polydesign.chem.notation.heavy_graphs`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from polydesign.core.errors import ChemistryError, DataError
from polydesign.data.encodings.encoding import Encoded, Encoding, standardised
from polydesign.data.encodings.meta import HeavyGraphMeta
from polydesign.data.encodings.packed import AtomRows, offsets, padded_rows, read_folder, unpadded
from polydesign.data.encodings.stream import Batch
from polydesign.data.processes import in_processes

if TYPE_CHECKING:
    from polydesign.chem.notation.heavy_graphs import HeavyGraph

_ARRAYS = ("kinds", "bonds", "atom_offsets", "bond_offsets")
_LEAST = 5  # graphs of the training rows that a kind of atom must be in
_BYTE = 255


@dataclass(frozen=True)
class HeavyGraphRows(AtomRows):
    """A folder in memory; see the module for shapes."""

    meta: HeavyGraphMeta
    kinds: np.ndarray
    bonds: np.ndarray
    bond_offsets: np.ndarray

    def batch(self, index: np.ndarray) -> dict[str, np.ndarray]:
        """Return the graphs at (B,) `index`, padded to the largest, of A atoms.

        ``kinds`` (B, A) int64, 0 where there is no atom; ``bonds`` (B, A, A) int64, symmetric, 0 none or the order;
        ``values`` (B, C) float32 in standard deviations, 0 where unknown; ``given`` (B, C) bool, where known.
        """
        kinds = padded_rows(self.kinds, self.atom_offsets[index], self.sizes[index])
        bonds = np.zeros((*kinds.shape, kinds.shape[1]), dtype=np.int64)
        ends, row = unpadded(self.bonds, self.bond_offsets[index], np.diff(self.bond_offsets)[index])
        bonds[row, ends[:, 0], ends[:, 1]] = bonds[row, ends[:, 1], ends[:, 0]] = ends[:, 2]
        values, given = standardised(self.conditions[index], self.meta)
        return {"kinds": kinds, "bonds": bonds, "values": values, "given": given}

    def count(self, batch: Batch) -> float:
        """Return the number of graphs."""
        return float(len(batch["kinds"]))


@dataclass(frozen=True)
class HeavyGraphEncoding(Encoding):
    """Graphs of at most `most` atoms, attachment points among them, in one order of the atoms.

    Kinds of atoms are those of the training rows, each in at least five of them. What is larger, of another kind, or
    says what a graph cannot, is left out and counted.

    Attributes:
        order: "canonical" or "breadth".
        most: atoms of the largest graph.
    """

    order: Literal["canonical", "breadth"] = "canonical"
    most: int = 48

    @property
    def name(self) -> str:  # type: ignore[override]  # one folder an order and size
        """Of the folder inside a prepared one."""
        return f"graphs-{self.order}-{self.most}"

    def encode(
        self, psmiles: Sequence[str], is_train: np.ndarray, conditions: Sequence[str], like: Path | None
    ) -> Encoded:
        """See `Encoding`."""
        graphs = in_processes(partial(_graphs, order=self.order), list(psmiles))
        small = [graph if graph is not None and len(graph.kinds) <= self.most else None for graph in graphs]
        kinds = _vocabulary([graph for graph, train in zip(small, is_train, strict=True) if graph and train])
        code = {kind: number + 1 for number, kind in enumerate(kinds)}
        kept = [row for row, graph in enumerate(small) if graph and all(kind in code for kind in graph.kinds)]
        if not kept:
            raise DataError(f"No structure of the corpus is a graph of at most {self.most} atoms.")
        chosen = [graph for row in kept if (graph := small[row])]
        expressed = sum(graph is not None for graph in graphs)
        fits = sum(graph is not None for graph in small)
        return Encoded(
            kept=np.array(kept, dtype=np.int64),
            arrays={
                "kinds": np.array([code[kind] for graph in chosen for kind in graph.kinds], dtype=np.uint8),
                "bonds": np.array([bond for graph in chosen for bond in graph.bonds], dtype=np.uint8).reshape(-1, 3),
                "atom_offsets": offsets([len(graph.kinds) for graph in chosen]),
                "bond_offsets": offsets([len(graph.bonds) for graph in chosen]),
            },
            meta={
                "order": self.order,
                "kinds": kinds,
                "room": _room(chosen, kinds),
                "most_of_kind": _most_of_kind(chosen, kinds),
                "max_atoms": max(len(graph.kinds) for graph in chosen),
                "span": max((j - i for graph in chosen for i, j, _ in graph.bonds), default=0),
                "not_expressed": len(psmiles) - expressed,
                "too_large": expressed - fits,
                "unknown_kind": fits - len(kept),
            },
        )

    def load(self, folder: Path) -> HeavyGraphRows:
        """See `Encoding`."""
        meta, arrays = read_folder(folder, HeavyGraphMeta, _ARRAYS, "graphs")
        return HeavyGraphRows(folder, meta, **arrays)


def _graphs(texts: Sequence[str], order: Literal["canonical", "breadth"]) -> list[HeavyGraph | None]:
    """Return the graph of each text, None where it has none."""
    from polydesign.chem.notation.heavy_graphs import heavy_graph

    found: list[HeavyGraph | None] = []
    for text in texts:
        try:
            found.append(heavy_graph(text, order))
        except ChemistryError:
            found.append(None)
    return found


def _vocabulary(graphs: Sequence[HeavyGraph]) -> list[str]:
    """Return the kinds of atoms: the attachment point first where there are any, then by how often they occur."""
    counts = Counter(kind for graph in graphs for kind in set(graph.kinds))
    kinds = [kind for kind, n in counts.most_common(_BYTE) if n >= min(_LEAST, len(graphs))]
    return sorted(kinds, key=lambda kind: (kind != "*", -counts[kind], kind))


def _room(graphs: Sequence[HeavyGraph], kinds: Sequence[str]) -> list[int]:
    """Return the largest sum of bond orders that an atom of each kind has anywhere."""
    from polydesign.chem.notation.heavy_graphs import used

    room = dict.fromkeys(kinds, 0)
    for graph in graphs:
        for kind, n in zip(graph.kinds, used(graph), strict=True):
            room[kind] = max(room[kind], n)
    return list(room.values())


def _most_of_kind(graphs: Sequence[HeavyGraph], kinds: Sequence[str]) -> list[int]:
    """Return how many atoms of each kind a graph has at most."""
    most = dict.fromkeys(kinds, 0)
    for graph in graphs:
        for kind, n in Counter(graph.kinds).items():
            most[kind] = max(most[kind], n)
    return list(most.values())
