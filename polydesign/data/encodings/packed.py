"""Rows of different sizes that lie one after another in one array, as graphs do, and how they are read back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from polydesign.core.errors import DataError
from polydesign.data.encodings.meta import CorpusMeta, M, read_meta

COMMON = ("conditions", "split", "weight")


@dataclass(frozen=True)
class AtomRows:
    """A folder of structures made of atoms, in memory; what else there is of them is an encoding's own.

    Attributes:
        atom_offsets: (N + 1,) int64, where the atoms of each begin and end.
        folder, meta, conditions, split, weight: see `data.encodings.encoding.PreparedRows`.
    """

    padded: ClassVar[bool] = True
    folder: Path
    meta: CorpusMeta
    atom_offsets: np.ndarray
    conditions: np.ndarray
    split: np.ndarray
    weight: np.ndarray

    def __len__(self) -> int:
        return len(self.atom_offsets) - 1

    @property
    def sizes(self) -> np.ndarray:
        """Number of atoms of each, (N,)."""
        return np.diff(self.atom_offsets)

    @property
    def files(self) -> dict[str, Path]:
        """What a checkpoint carries: how properties go together."""
        return {"joint.json": self.folder / "joint.json"}


def read_folder(folder: Path, form: type[M], names: tuple[str, ...], what: str) -> tuple[M, dict[str, np.ndarray]]:
    """Return meta.json, of the form that is named, and the arrays of a prepared folder.

    Raises `DataError` when it is not whole; `what` says in the message what it should hold.
    """
    try:
        meta = read_meta(folder, form)
        return meta, {name: np.load(folder / f"{name}.npy", allow_pickle=False) for name in (*names, *COMMON)}
    except (OSError, ValueError) as error:
        raise DataError(f"{folder} holds no prepared {what} ({error}). Prepare the corpus again.") from error


def offsets(lengths: list[int]) -> np.ndarray:
    """Return (N + 1,) int64, where each of N rows of these lengths begins and ends."""
    return np.cumsum([0, *lengths]).astype(np.int64)


def counted(lengths: np.ndarray) -> np.ndarray:
    """Return 0, 1, ... length - 1 of every length, one after another."""
    return np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)


def unpadded(array: np.ndarray, starts: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the parts of an array of these (B,) starts and lengths, one after another, and to which each belongs."""
    return array[np.repeat(starts, lengths) + counted(lengths)], np.repeat(np.arange(len(lengths)), lengths)


def padded_rows(array: np.ndarray, starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return (B, L, ...) int64, the parts of an array of these (B,) starts and lengths, padded with zeros."""
    rows = np.zeros((len(lengths), int(lengths.max(initial=1)), *array.shape[1:]), dtype=np.int64)
    parts, row = unpadded(array, starts, lengths)
    rows[row, counted(lengths)] = parts
    return rows
