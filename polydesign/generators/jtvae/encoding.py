"""Repeat units as the steps that build them from clusters (`polydesign.chem.clusters`). Read without RDKit or Parquet.

Beside what every encoding has, a folder holds, for N units of S steps, A atoms and E bonds in all:

    steps.npy (S, 7) uint16           columns `STEP`, step after step
    atoms.npy (A, 2) uint8            code of each atom's kind, from 1; the step that brought it, 0 for the first star
    bonds.npy (E, 3) uint8            two ends, numbered within the unit, and the order 1, 2 or 3
    step_offsets.npy, atom_offsets.npy, bond_offsets.npy (N + 1,) int64

The vocabulary, in meta.json, holds the clusters of most training units in a canonical form of our own (`Cluster.text`),
and the RDKit version with which units were read. A unit with another cluster is left out and counted.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, TypedDict

import numpy as np

from polydesign.core.errors import ChemistryError, DataError
from polydesign.data.encodings.encoding import Encoded, Encoding
from polydesign.data.encodings.meta import CorpusMeta
from polydesign.data.encodings.packed import AtomRows, offsets, padded_rows, read_folder
from polydesign.data.encodings.stream import Batch
from polydesign.data.processes import in_processes

STEP = ("parent", "levels", "site", "cluster", "glue", "kind", "room")
"""Columns of a step (`chem.clusters.cluster`).

`levels`: how many open clusters it goes up; `cluster`, from 1; `kind`, from 1, and `room` of the site's (first) atom.
"""

_ARRAYS = ("steps", "atoms", "bonds", "step_offsets", "atom_offsets", "bond_offsets")


class Unit(TypedDict):
    """One unit as arrays: `steps` (T, 7), `atoms` (A, 2), `bonds` (E, 3); see the module."""

    steps: np.ndarray
    atoms: np.ndarray
    bonds: np.ndarray


@dataclass(frozen=True)
class ClusterRows(AtomRows):
    """A folder in memory; see the module for shapes."""

    steps: np.ndarray
    atoms: np.ndarray
    bonds: np.ndarray
    step_offsets: np.ndarray
    bond_offsets: np.ndarray

    def batch(self, index: np.ndarray) -> dict[str, np.ndarray]:
        """Return the units at (B,) `index`: ``steps`` (B, T, 7), ``atoms`` (B, A, 2), ``bonds`` (B, E, 3), int64.

        Rows are padded with zeros to the longest; no step, atom or bond that is there has a cluster, kind or order 0.
        """
        return {name: self._padded(name, index) for name in ("steps", "atoms", "bonds")}

    def count(self, batch: Batch) -> float:
        """Return the number of units."""
        return float(len(batch["atoms"]))

    def _padded(self, name: str, index: np.ndarray) -> np.ndarray:
        array, ends = getattr(self, name), getattr(self, f"{name[:-1]}_offsets")
        return padded_rows(array, ends[index], ends[index + 1] - ends[index])


@dataclass(frozen=True)
class ClusterEncoding(Encoding):
    """Units of at most `most` atoms, attachment points among them, made of at most `vocabulary` kinds of clusters.

    Attributes:
        most: atoms of the largest unit.
        vocabulary: clusters, those of most training units.
    """

    name: ClassVar[str] = "clusters"
    most: int = 62
    vocabulary: int = 800

    def encode(
        self, psmiles: Sequence[str], is_train: np.ndarray, conditions: Sequence[str], like: Path | None
    ) -> Encoded:
        """See `Encoding`."""
        from rdkit import rdBase

        from polydesign.chem.clusters.vocabulary import Clusters

        read = in_processes(_read_all, list(psmiles))
        small = [unit if unit is not None and unit.n_atoms <= self.most else None for unit in read]
        trained = [unit for unit, train in zip(small, is_train, strict=True) if unit and train]
        if like is not None:
            clusters = read_vocabulary(_record(like))
        else:
            counts = Counter(text for unit in trained for text in set(unit.clusters))
            ordered = sorted(counts, key=lambda text: (-counts[text], text))[: self.vocabulary]
            clusters = Clusters([_cluster(text) for text in ordered], _room(trained))
        number = {cluster.text: place for place, cluster in enumerate(clusters.clusters)}
        kept, units, unknown, crowded = [], [], 0, 0
        for row, unit in enumerate(small):
            if unit is None:
                continue
            if not all(text in number for text in unit.clusters):
                unknown += 1
                continue
            try:
                units.append(_encoded(unit, clusters))
                kept.append(row)
            except ChemistryError:
                crowded += 1
        if not kept:
            raise DataError(f"No structure of the corpus is a repeat unit of at most {self.most} atoms.")
        return Encoded(
            kept=np.array(kept, dtype=np.int64),
            arrays={
                "steps": np.concatenate([unit["steps"] for unit in units]).astype(np.uint16),
                "atoms": np.concatenate([unit["atoms"] for unit in units]).astype(np.uint8),
                "bonds": np.concatenate([unit["bonds"] for unit in units]).astype(np.uint8),
                **{
                    f"{name[:-1]}_offsets": offsets([len(unit[name]) for unit in units])
                    for name in ("steps", "atoms", "bonds")
                },
            },
            meta={
                "clusters": [cluster.text for cluster in clusters.clusters],
                "room": clusters.room,
                "rdkit": rdBase.rdkitVersion,
                "max_atoms": max(len(unit["atoms"]) for unit in units),
                "max_steps": max(len(unit["steps"]) for unit in units),
                "max_levels": max(int(unit["steps"][:, STEP.index("levels")].max()) for unit in units),
                "not_expressed": sum(unit is None for unit in read),
                "too_large": sum(unit is not None and unit.n_atoms > self.most for unit in read),
                "unknown_cluster": unknown,
                "unknown_valence": crowded,
            },
        )

    def load(self, folder: Path) -> ClusterRows:
        """See `Encoding`."""
        meta, arrays = read_folder(folder, CorpusMeta, _ARRAYS, "clusters")
        return ClusterRows(folder, meta, **arrays)


def read_vocabulary(record: Mapping[str, Any]) -> Any:
    """Return the `chem.clusters.vocabulary.Clusters` of meta.json or of a network's settings."""
    from polydesign.chem.clusters.vocabulary import Clusters

    return Clusters([_cluster(text) for text in record["clusters"]], record["room"])


def encoded(psmiles: str, clusters: Any, *, in_part: bool = False) -> Unit:
    """Return the arrays of a unit.

    Raises `ChemistryError` where a graph cannot express it, and where the vocabulary cannot. With `in_part` what a
    graph cannot express is left out, and the unit ends before the first step that the vocabulary lacks.
    """
    return _encoded(_read(psmiles, in_part=in_part), clusters, in_part=in_part)


def padded_units(units: Sequence[Unit]) -> dict[str, np.ndarray]:
    """Return units as `ClusterRows.batch` does."""
    rows = {}
    for name in ("steps", "atoms", "bonds"):
        parts = [unit[name] for unit in units]  # type: ignore[literal-required]  # its keys
        lengths = np.array([len(part) for part in parts])
        rows[name] = padded_rows(np.concatenate(parts), np.cumsum(lengths) - lengths, lengths)
    return rows


@dataclass(frozen=True)
class _Read:
    """A unit as it was read, whatever the vocabulary: (T, 3) parent, site and glue; clusters as text."""

    n_atoms: int
    places: np.ndarray
    clusters: list[str]
    room: dict[str, int]


def _read_all(texts: Sequence[str]) -> list[_Read | None]:
    found: list[_Read | None] = []
    for text in texts:
        try:
            found.append(_read(text))
        except ChemistryError:
            found.append(None)
    return found


def _read(psmiles: str, *, in_part: bool = False) -> _Read:
    from polydesign.chem.clusters.tree import steps_of, unit_graph
    from polydesign.chem.notation.heavy_graphs import used

    graph = unit_graph(psmiles, in_part=in_part)
    steps = steps_of(graph)
    room: dict[str, int] = {}
    for kind, n in zip(graph.kinds, used(graph), strict=True):
        room[kind] = max(room.get(kind, 0), n)
    places = np.array([(step.parent, step.site, step.glue) for step in steps], dtype=np.uint8)
    return _Read(len(graph.kinds), places, [step.cluster.text for step in steps], room)


def _encoded(unit: _Read, clusters: Any, *, in_part: bool = False) -> Unit:
    from polydesign.chem.clusters.assembly import Assembly
    from polydesign.chem.clusters.cluster import Step

    code = {kind: number + 1 for number, kind in enumerate(clusters.room)}
    assembly = Assembly(clusters)
    steps, brought = [], [0]
    for number, ((parent, site, glue), text) in enumerate(zip(unit.places.tolist(), unit.clusters, strict=True), 1):
        cluster = _cluster(text)
        try:
            levels, atom, room = assembly.follow(Step(parent, site, cluster, glue))
        except ChemistryError:
            if in_part:
                break
            raise
        place = clusters.number[cluster] + 1
        steps.append((parent, levels, site, place, glue, code[assembly.kinds[atom]], room))
        brought += [number] * (len(assembly.kinds) - len(brought))
    atoms = [(code[kind], step) for kind, step in zip(assembly.kinds, brought, strict=True)]
    return {
        "steps": np.array(steps, dtype=np.int64).reshape(-1, len(STEP)),
        "atoms": np.array(atoms, dtype=np.int64),
        "bonds": np.array(assembly.bonds, dtype=np.int64).reshape(-1, 3),
    }


def _room(units: Sequence[_Read]) -> dict[str, int]:
    """Return the largest sum of bond orders of each kind of atom, kinds in the order of the alphabet."""
    room: dict[str, int] = {}
    for unit in units:
        for kind, n in unit.room.items():
            room[kind] = max(room.get(kind, 0), n)
    return dict(sorted(room.items()))


@cache
def _cluster(text: str) -> Any:
    from polydesign.chem.clusters.cluster import Cluster

    return Cluster.read(text)


def _record(folder: Path) -> Mapping[str, Any]:
    """Return what prepared data or a checkpoint says of its vocabulary."""
    for name, inner in (("clusters/meta.json", None), ("meta.json", None), ("config.json", "config")):
        if (folder / name).exists():
            written = json.loads((folder / name).read_text())
            record = written if inner is None else written.get(inner, {})
            if "clusters" in record:
                return record
    raise DataError(f"{folder} holds neither prepared clusters nor a checkpoint of a family that reads them.")
