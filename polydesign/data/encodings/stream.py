"""Rows of any encoding as endless, weighted, reproducible batches: the one stream that every training reads.

A batch has a budget: of padded size where rows are padded to the longest (strings), of summed size where they are
packed one after another (graphs). Rows that are padded are drawn by weight, sorted by size within a bucket of batches
and cut, so that little is padding; packed rows come once an epoch, in random order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from polydesign.core.errors import DataError

SPLITS = ("train", "valid", "test")
_BUCKET = 64  # batches whose rows are sorted by size together

Batch = Mapping[str, Any]
"""Name -> array, of B rows each."""


@dataclass(frozen=True)
class Share:
    """Which rows of each batch a process of several takes: every `world`-th, from `rank` on."""

    rank: int = 0
    world: int = 1

    def of(self, index: np.ndarray) -> np.ndarray:
        """Return this process's part of a batch; its first row where the batch has too few for all."""
        part = index[self.rank :: self.world]
        return part if len(part) else index[:1]


class Rows(Protocol):
    """A corpus as one encoding sees it.

    Attributes:
        split: (N,) uint8, place in `SPLITS`.
        weight: (N,) how often a row is drawn, relative to the others.
        sizes: (N,) how much of the budget of a batch a row takes.
        padded: whether the rows of a batch are padded to the largest.
    """

    @property
    def split(self) -> np.ndarray: ...  # noqa: D102 - see above
    @property
    def weight(self) -> np.ndarray: ...  # noqa: D102
    @property
    def sizes(self) -> np.ndarray: ...  # noqa: D102
    @property
    def padded(self) -> bool: ...  # noqa: D102

    def batch(self, index: np.ndarray) -> Batch:
        """Return the arrays of the rows at (B,) `index`."""
        ...

    def count(self, batch: Batch) -> float:
        """Return how much a batch weighs in a mean over batches, for example its number of tokens."""
        ...


class Batches(Protocol):
    """What the training loop learns from, and what it watches."""

    def endless(self, seed: int, start: int = 0, share: Share = Share()) -> Iterator[Batch]:
        """Yield training batches for ever, from batch number `start` on; the same seed gives the same batches."""
        ...

    def held_out(self) -> Iterator[tuple[Batch, float]]:
        """Yield batches that are never trained on, each once and with its weight in a mean; always the same ones."""
        ...

    def count(self, batch: Batch) -> float:
        """See `Rows`."""
        ...


@dataclass(frozen=True)
class Stream:
    """Rows as `Batches`.

    Attributes:
        rows: a corpus in some encoding.
        budget: size of a batch.
        largest: rows of a larger size are left out.
        watched: rows of the valid side that are watched at most.
    """

    rows: Rows
    budget: int
    largest: int
    watched: int = 1000

    def endless(self, seed: int, start: int = 0, share: Share = Share()) -> Iterator[Batch]:
        """See `Batches`."""
        rows = self.rows
        usable = np.flatnonzero((rows.split == 0) & (rows.sizes <= self.largest))
        if len(usable) == 0:
            raise DataError(f"There is no training row of a size of at most {self.largest}. Allow larger ones.")
        batches = self._buckets(usable, seed) if rows.padded else self._epochs(usable, seed)
        for number, index in enumerate(batches):
            if number >= start:
                yield rows.batch(share.of(index))

    def held_out(self) -> Iterator[tuple[Batch, float]]:
        """See `Batches`."""
        rows = self.rows
        index = np.flatnonzero((rows.split == 1) & (rows.sizes <= self.largest))
        index = np.random.default_rng(0).permutation(index)[: self.watched]
        if rows.padded:
            index = index[np.argsort(rows.sizes[index], kind="stable")]
        for part in self._cut(index):
            batch = rows.batch(part)
            yield batch, rows.count(batch)

    def count(self, batch: Batch) -> float:
        """See `Batches`."""
        return self.rows.count(batch)

    def _buckets(self, usable: np.ndarray, seed: int) -> Iterator[np.ndarray]:
        weight = self.rows.weight[usable].astype(np.float64)
        probability = weight / weight.sum()
        per_batch = max(1, int(self.budget / (self.rows.sizes[usable] * probability).sum()))
        bucket = 0
        while True:
            rng = np.random.default_rng([seed, bucket])
            drawn = usable[rng.choice(len(usable), size=_BUCKET * per_batch, p=probability)]
            batches = self._cut(drawn[np.argsort(self.rows.sizes[drawn], kind="stable")])
            for position in rng.permutation(len(batches)):
                yield batches[position]
            bucket += 1

    def _epochs(self, usable: np.ndarray, seed: int) -> Iterator[np.ndarray]:
        epoch = 0
        while True:
            yield from self._cut(np.random.default_rng([seed, epoch]).permutation(usable))
            epoch += 1

    def _cut(self, index: np.ndarray) -> list[np.ndarray]:
        return cut(index, self.rows.sizes, self.budget, padded=self.rows.padded)


def cut(index: np.ndarray, sizes: np.ndarray, budget: int, *, padded: bool) -> list[np.ndarray]:
    """Cut an index into consecutive parts within a budget, or of a single row that is larger.

    With `padded`, `index` is sorted by size and a part counts as its rows times its largest one; otherwise as the sum
    of its sizes.
    """
    parts, start, total = [], 0, 0
    for end, size in enumerate(sizes[index].tolist()):
        total = (end - start + 1) * size if padded else total + size
        if total > budget and end > start:
            parts.append(index[start:end])
            start, total = end, size
    return [*parts, index[start:]] if start < len(index) else parts
