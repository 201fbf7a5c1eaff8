"""How a family sees a corpus: prepared once with all the chemistry there is, then read as plain arrays.

A prepared folder holds what every encoding has in common, and an encoding's own arrays beside it:

    table.parquet                     the structures, with their values; read by `prepare` alone
    conditions.npy (N, C) float32     property values on their scales, NaN where unknown
    split.npy (N,) uint8              0 train, 1 valid, 2 test: by chain
    weight.npy (N,) float32           how often a row is drawn, relative to the others
    known_chains.npy (M,) uint32      hashes of the training chains
    joint.json, meta.json             how properties go together; names, standardisation, sources

Tokens are the default and lie in the folder itself; another encoding has a folder of its name inside.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np

from polydesign.data.encodings.meta import CorpusMeta
from polydesign.data.encodings.stream import Rows


@dataclass(frozen=True)
class Encoded:
    """What an encoding makes of a table.

    Attributes:
        kept: (M,) rows of the table that it can express, in order.
        arrays: name -> array, written as NAME.npy.
        meta: what meta.json says of it.
        files: name -> content of further files.
        mean, std: standardisation of the conditions that is taken over from another model; None for the corpus' own.
    """

    kept: np.ndarray
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    meta: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    mean: Sequence[float] | None = None
    std: Sequence[float] | None = None


class PreparedRows(Rows, Protocol):
    """Rows that were read from a prepared folder.

    Attributes:
        folder: where they lie.
        meta: meta.json.
        conditions: (N, C) values on their scales, NaN where unknown.
        files: name -> path of what a checkpoint trained on them has to carry.
    """

    @property
    def folder(self) -> Path: ...  # noqa: D102 - see above
    @property
    def meta(self) -> CorpusMeta: ...  # noqa: D102
    @property
    def conditions(self) -> np.ndarray: ...  # noqa: D102

    def __len__(self) -> int:
        """Return N."""
        ...

    @property
    def files(self) -> Mapping[str, Path]: ...  # noqa: D102 - see above


class Encoding(ABC):
    """Turns structures into arrays and arrays into rows.

    Attributes:
        name: of the folder inside the prepared one; "" for the folder itself.
        writes_tokens: whether it shares the vocabulary of the tokens that lie in the folder.
    """

    name: ClassVar[str] = ""
    writes_tokens: ClassVar[bool] = False

    @abstractmethod
    def encode(
        self, psmiles: Sequence[str], is_train: np.ndarray, conditions: Sequence[str], like: Path | None
    ) -> Encoded:
        """Encode (N,) structures; may use RDKit.

        Args:
            psmiles: structures, canonical.
            is_train: (N,) bool; vocabularies are made of these alone.
            conditions: (C,) keys of the corpus, which a model that is continued must have too.
            like: prepared data or checkpoint whose vocabulary is taken over, None for a new one.
        """

    @abstractmethod
    def load(self, folder: Path) -> PreparedRows:
        """Read a prepared folder, without RDKit; raises `DataError` when it is not whole."""

    def folder_in(self, prepared: Path) -> Path:
        """Return where its arrays lie in a prepared folder."""
        return prepared / self.name if self.name else prepared


def standardised(conditions: np.ndarray, meta: CorpusMeta) -> tuple[np.ndarray, np.ndarray]:
    """Return (B, C) float32 values in training standard deviations, 0 where unknown, and (B, C) bool, where known."""
    known = np.isfinite(conditions)
    mean, std = (np.array(part, np.float32) for part in (meta["condition_mean"], meta["condition_std"]))
    return np.where(known, (conditions - mean) / std, 0.0).astype(np.float32), known
