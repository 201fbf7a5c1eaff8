"""Graphs of molecules or chains as flat arrays, and endless batches of them. Reads neither RDKit nor Parquet.

A prepared folder holds, for N graphs of A atoms and E bonds in all:

    atoms.npy (A, C) uint8            columns as in `polydesign.chem.describe.graphs`
    bonds.npy (E, 2) int32            ends of each bond, numbered within the graph
    codes.npy (E,) uint8              bond codes
    atom_offsets.npy (N + 1,) int64   where each graph begins and ends in atoms.npy
    bond_offsets.npy (N + 1,) int64   the same for bonds.npy and codes.npy
    values.npy (N, K) float32         properties on their scales, NaN where unknown
    texts.txt, names.txt              SMILES and chain or molecule key, one a line
    meta.json                         property keys, sources, counts
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypedDict

import numpy as np

from polydesign.core.errors import DataError
from polydesign.data.encodings.batches import Array
from polydesign.data.encodings.meta import GraphMeta, read_meta
from polydesign.data.encodings.stream import Batch, cut

if TYPE_CHECKING:
    from polydesign.chem.describe.graphs import Graph

_ARRAYS = ("atoms", "bonds", "codes", "atom_offsets", "bond_offsets")


class JoinedGraphs(TypedDict, Generic[Array]):
    """B graphs of n atoms and e bonds in all, joined to one of parts that have no bond with each other.

    Attributes:
        atoms: (n, C) int64.
        bonds: (2, e) int64, numbered within the batch.
        codes: (e,) int64.
        graph: (n,) int64, to which of the B graphs an atom belongs.
    """

    atoms: Array
    bonds: Array
    codes: Array
    graph: Array


class GraphBatch(JoinedGraphs[Array], Generic[Array]):
    """B graphs with (B, K) float32 `values`, 0 where unknown, and the (B, K) `weight` of each, 0 there."""

    values: Array
    weight: Array


@dataclass(frozen=True)
class Graphs:
    """N graphs one after another; see the module for shapes."""

    atoms: np.ndarray
    bonds: np.ndarray
    codes: np.ndarray
    atom_offsets: np.ndarray
    bond_offsets: np.ndarray

    @classmethod
    def pack(cls, graphs: Sequence[Graph]) -> Graphs:
        """Lay single graphs, at least one, after one another."""
        return cls(
            np.concatenate([graph.atoms for graph in graphs]),
            np.concatenate([graph.bonds for graph in graphs]),
            np.concatenate([graph.codes for graph in graphs]),
            _offsets([len(graph.atoms) for graph in graphs]),
            _offsets([len(graph.bonds) for graph in graphs]),
        )

    def __len__(self) -> int:
        return len(self.atom_offsets) - 1

    @property
    def sizes(self) -> np.ndarray:
        """Number of atoms of each graph, (N,)."""
        return np.diff(self.atom_offsets)

    def batch(self, index: np.ndarray) -> JoinedGraphs[np.ndarray]:
        """Join the graphs at (B,) `index`."""
        n_atoms, n_bonds = self.sizes[index], np.diff(self.bond_offsets)[index]
        first = np.cumsum(n_atoms) - n_atoms
        picked = _ranges(self.bond_offsets[index], n_bonds)
        return {
            "atoms": self.atoms[_ranges(self.atom_offsets[index], n_atoms)].astype(np.int64),
            "bonds": (self.bonds[picked] + np.repeat(first, n_bonds)[:, None]).T.astype(np.int64),
            "codes": self.codes[picked].astype(np.int64),
            "graph": np.repeat(np.arange(len(index)), n_atoms),
        }

    def composition(self, n_elements: int = 119) -> np.ndarray:
        """Return (N, n_elements) float32 number of atoms of each element."""
        counts = np.zeros((len(self), n_elements), dtype=np.float32)
        np.add.at(counts, (np.repeat(np.arange(len(self)), self.sizes), self.atoms[:, 0]), 1)
        return counts

    def parts(self, index: np.ndarray, batch_atoms: int) -> list[np.ndarray]:
        """Cut an index into consecutive parts of at most `batch_atoms` atoms each, or a single larger graph."""
        return cut(index, self.sizes, batch_atoms, padded=False)


@dataclass(frozen=True)
class GraphRows:
    """Graphs with values, as a training run reads them (`stream.Rows`).

    Attributes:
        graphs: N graphs.
        values: (N, K) standardised values, NaN where unknown or not to be learnt.
        value_weight: (K,) how much a value of each property counts in the loss.
        train, valid: indices of the graphs to learn from, and to watch.
    """

    graphs: Graphs
    values: np.ndarray
    value_weight: np.ndarray
    train: np.ndarray
    valid: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    padded: bool = False

    def __len__(self) -> int:
        return len(self.graphs)

    @property
    def sizes(self) -> np.ndarray:
        """Number of atoms of each graph, (N,)."""
        return self.graphs.sizes

    @property
    def weight(self) -> np.ndarray:
        """All graphs alike, (N,)."""
        return np.ones(len(self), dtype=np.float32)

    @property
    def split(self) -> np.ndarray:
        """0 for graphs to learn from, 1 for those to watch, 2 for the others, (N,)."""
        side = np.full(len(self), 2, dtype=np.uint8)
        side[self.valid], side[self.train] = 1, 0
        return side

    def batch(self, index: np.ndarray) -> GraphBatch[np.ndarray]:
        """Return the graphs at (B,) `index` with their values."""
        values = self.values[index]
        known = np.isfinite(values)
        return {
            **self.graphs.batch(index),
            "values": np.where(known, values, 0.0).astype(np.float32),
            "weight": (known * self.value_weight).astype(np.float32),
        }

    def count(self, batch: Batch) -> float:
        """Return the weight of the known values."""
        return float(batch["weight"].sum())


@dataclass(frozen=True)
class PreparedGraphs:
    """A prepared folder in memory; see the module."""

    graphs: Graphs
    values: np.ndarray
    texts: list[str]
    names: list[str]
    meta: GraphMeta

    @classmethod
    def load(cls, folder: Path) -> PreparedGraphs:
        """Read a folder; raise `DataError` when it is not whole."""
        try:
            arrays = [np.load(folder / f"{name}.npy", allow_pickle=False) for name in _ARRAYS]
            values = np.load(folder / "values.npy", allow_pickle=False)
            texts, names = ((folder / f"{name}.txt").read_text().splitlines() for name in ("texts", "names"))
            meta = read_meta(folder, GraphMeta)
        except (OSError, ValueError) as error:
            raise DataError(f"{folder} holds no prepared graphs ({error}). Delete it and train again.") from error
        return cls(Graphs(*arrays), values, texts, names, meta)

    def save(self, folder: Path) -> None:
        """Write the folder, meta.json last."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in _ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self.graphs, name))
        np.save(folder / "values.npy", self.values.astype(np.float32))
        for name in ("texts", "names"):
            (folder / f"{name}.txt").write_text("".join(f"{line}\n" for line in getattr(self, name)))
        (folder / "meta.json").write_text(json.dumps(self.meta, indent=1))


def environments(batch: JoinedGraphs[np.ndarray], n_graphs: int, radius: int, n_bits: int) -> np.ndarray:
    """Return (B, n_bits) uint8 counts of the atom environments of up to `radius` bonds in a batch of B graphs.

    The colours of Weisfeiler and Leman (1968): an atom's first colour is a hash of its codes, each
    further one a hash of its last and of the sum of its neighbours'; every colour is folded to a bit.
    Sums of hashes are blind to order. On the closed graph of a chain they are those of the endless chain.
    """
    weights = np.random.default_rng(0).integers(1, 2**63, size=batch["atoms"].shape[1], dtype=np.uint64) | np.uint64(1)
    colour = _mixed((batch["atoms"].astype(np.uint64) + np.uint64(1)) @ weights)
    left, right = batch["bonds"]
    counts = np.zeros((n_graphs, n_bits), dtype=np.int64)
    code = _mixed(batch["codes"].astype(np.uint64) + np.uint64(977))
    for step in range(radius + 1):
        np.add.at(counts, (batch["graph"], (colour % np.uint64(n_bits)).astype(np.int64)), 1)
        if step < radius:
            around = np.zeros_like(colour)
            np.add.at(around, left, _mixed(colour[right] ^ code))
            np.add.at(around, right, _mixed(colour[left] ^ code))
            colour = _mixed(colour * np.uint64(3) + around)
    return np.minimum(counts, 255).astype(np.uint8)


def _mixed(x: np.ndarray) -> np.ndarray:
    """Scramble (n,) uint64 so that every bit of the input moves every bit of the output (finaliser of SplitMix64)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _offsets(lengths: Sequence[int]) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def _ranges(starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return the numbers starts[i], ..., starts[i] + lengths[i] - 1 of all i after one another."""
    first = np.cumsum(lengths) - lengths
    return np.arange(lengths.sum()) + np.repeat(starts - first, lengths)
