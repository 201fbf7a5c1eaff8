"""Prepared arrays as endless, reproducible, length-bucketed batches. Reads neither RDKit nor Parquet.

A prepared folder holds, for N strings:

    tokens.npy (total,) uint16        token ids, one string after another, without start and end
    offsets.npy (N + 1,) int64        where each string begins and ends in tokens.npy
    conditions.npy (N, C) float32     property values on their scales, NaN where unknown
    split.npy (N,) uint8              0 train, 1 valid, 2 test: by chain
    weight.npy (N,) float32           how often a string is drawn, relative to the others
    meta.json, tokenizer.json         names, standardisation, sources
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeAlias, TypedDict, TypeVar

import numpy as np

from polydesign.core.errors import DataError
from polydesign.data.encodings.meta import Meta, read_meta
from polydesign.data.encodings.tokenizer import END_ID, PAD_ID, START_ID

SPLITS = ("train", "valid", "test")
_BUCKET = 64  # batches whose strings are sorted by length together
Array = TypeVar("Array")  # of NumPy where batches are made, of torch where they are learnt from
Batch = TypeVar("Batch", covariant=True)


class TokenBatch(TypedDict, Generic[Array]):
    """B strings and their C conditions.

    Attributes:
        tokens: (B, T) int64 from <start> to <end>, padded.
        values: (B, C) float32 standardised, 0 where unknown.
        given: (B, C) bool, where known.
    """

    tokens: Array
    values: Array
    given: Array


TokenArrays: TypeAlias = TokenBatch[np.ndarray]


class Batches(Protocol[Batch]):
    """What the training loop learns from, and what it watches."""

    def endless(self, seed: int, start: int = 0) -> Iterator[Batch]:
        """Yield training batches for ever, from batch number `start` on; the same seed gives the same batches."""

    def held_out(self) -> Iterator[tuple[Batch, float]]:
        """Yield batches that are never trained on, each once and with its weight in a mean; always the same ones."""


@dataclass(frozen=True)
class PreparedData:
    """A prepared folder in memory; see the module's docstring for shapes."""

    folder: Path
    meta: Meta
    tokens: np.ndarray
    offsets: np.ndarray
    conditions: np.ndarray
    split: np.ndarray
    weight: np.ndarray

    @classmethod
    def load(cls, folder: Path) -> PreparedData:
        """Read a folder that ``python -m polydesign.data prepare`` wrote."""
        try:
            meta = read_meta(folder, Meta)
            names = ("tokens", "offsets", "conditions", "split", "weight")
            arrays = {name: np.load(folder / f"{name}.npy", allow_pickle=False) for name in names}
        except (OSError, ValueError) as error:
            raise DataError(
                f"{folder} holds no prepared data ({error}). Run: python -m polydesign.data prepare {folder.name}"
            ) from error
        return cls(folder, meta, **arrays)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> np.ndarray:
        """Number of tokens of each string with start and end, (N,)."""
        return np.diff(self.offsets) + 2

    def batch(self, index: np.ndarray) -> TokenArrays:
        """Return the arrays of the strings at (B,) `index`."""
        tokens = np.full((len(index), int(self.lengths[index].max())), PAD_ID, dtype=np.int64)
        tokens[:, 0] = START_ID
        for row, i in enumerate(index):
            ids = self.tokens[self.offsets[i] : self.offsets[i + 1]]
            tokens[row, 1 : len(ids) + 1] = ids
            tokens[row, len(ids) + 1] = END_ID
        values = self.conditions[index]
        given = np.isfinite(values)
        mean, std = (np.array(v, np.float32) for v in (self.meta["condition_mean"], self.meta["condition_std"]))
        return {
            "tokens": tokens,
            "values": np.where(given, (values - mean) / std, 0.0).astype(np.float32),
            "given": given,
        }

    def endless(self, batch_tokens: int, max_length: int, seed: int, start: int = 0) -> Iterator[TokenArrays]:
        """Yield training batches for ever, from batch number `start` on; the same seed gives the same batches.

        Strings are drawn by weight, sorted by length within a bucket of 64 batches, and cut into
        batches of about `batch_tokens` tokens; strings longer than `max_length` are left out.
        """
        usable = np.flatnonzero((self.split == 0) & (self.lengths <= max_length))
        if len(usable) == 0:
            raise DataError(f"{self.folder} has no training string of at most {max_length} tokens.")
        weight = self.weight[usable].astype(np.float64)
        probability = weight / weight.sum()
        per_batch = max(1, int(batch_tokens / (self.lengths[usable] * probability).sum()))
        number, bucket = 0, 0
        while True:
            rng = np.random.default_rng([seed, bucket])
            drawn = usable[rng.choice(len(usable), size=_BUCKET * per_batch, p=probability)]
            drawn = drawn[np.argsort(self.lengths[drawn], kind="stable")]
            batches = cut_by_tokens(drawn, self.lengths, batch_tokens)
            for position in rng.permutation(len(batches)):
                if number >= start:
                    yield self.batch(batches[position])
                number += 1
            bucket += 1

    def held_out(self, split: str, batch_tokens: int, max_length: int, limit: int) -> Iterator[TokenArrays]:
        """Yield at most `limit` strings of "valid" or "test" once, in batches; always the same ones."""
        index = np.flatnonzero((self.split == SPLITS.index(split)) & (self.lengths <= max_length))
        index = np.random.default_rng(0).permutation(index)[:limit]
        index = index[np.argsort(self.lengths[index], kind="stable")]
        for part in cut_by_tokens(index, self.lengths, batch_tokens):
            yield self.batch(part)


@dataclass(frozen=True)
class StringBatches:
    """Strings as `Batches`: about `batch_tokens` tokens each, strings of more than `max_length` left out.

    Held out are at most `watched` strings of the valid side; a batch weighs as much as it has tokens.
    """

    data: PreparedData
    batch_tokens: int
    max_length: int
    watched: int = 1000

    def endless(self, seed: int, start: int = 0) -> Iterator[TokenArrays]:
        """See `Batches`."""
        return self.data.endless(self.batch_tokens, self.max_length, seed, start)

    def held_out(self) -> Iterator[tuple[TokenArrays, float]]:
        """See `Batches`."""
        for batch in self.data.held_out("valid", self.batch_tokens, self.max_length, self.watched):
            yield batch, float((batch["tokens"][:, 1:] != PAD_ID).sum())


def cut_by_tokens(index: np.ndarray, lengths: np.ndarray, batch_tokens: int) -> list[np.ndarray]:
    """Cut an index sorted by length into parts whose padded size stays within `batch_tokens`."""
    parts, start = [], 0
    for end in range(1, len(index) + 1):
        full = end < len(index) and (end - start + 1) * lengths[index[end]] > batch_tokens
        if full or end == len(index):
            parts.append(index[start:end])
            start = end
    return parts
