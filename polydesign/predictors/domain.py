"""Tell whether a polymer is built of pieces that a model has seen with a measured value.

The rarity of a polymer for one property is the mean, over the atom environments of its unit, of
1 / (1 + s), where s is the number of labelled training chains that contain the environment. It needs
counts only, no training structures, and costs one matrix product. A polymer is in the domain when
its rarity does not exceed what `SHARE` of the training chains would show if they were left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

SHARE = 0.95
_LEAST_LIMIT = 1e-6  # so that a property without training chains has a distance
_MOST = 255  # beyond so many chains an environment is familiar anyway


@dataclass(frozen=True)
class Domain:
    """The neighbourhood of the training chains of K properties.

    Attributes:
        seen: (K, B) uint8 number of labelled chains that contain an environment, 255 for more.
        limit: (K,) largest rarity that counts as in the domain.
    """

    seen: np.ndarray
    limit: np.ndarray

    @classmethod
    def fit(cls, counts: np.ndarray, labelled: np.ndarray) -> Domain:
        """Build from (N, B) counts of the training chains and (N, K) flags of which properties they teach."""
        seen, rarity = _n_seen(counts, labelled), left_out_rarity(counts, labelled)
        limits = [
            np.quantile(column[flags], SHARE) if flags.any() else 0.0
            for column, flags in zip(rarity.T, labelled.T, strict=True)
        ]
        return cls(np.minimum(seen, _MOST).astype(np.uint8), np.array(limits, dtype=np.float32))

    @classmethod
    def from_weights(cls, weights: Mapping[str, Tensor]) -> Domain:
        """Build from the tensors of a checkpoint."""
        return cls(weights["domain.seen"].numpy(), weights["domain.limit"].float().numpy())

    def weights(self) -> dict[str, np.ndarray]:
        """Return the arrays that a checkpoint stores."""
        return {"domain.seen": self.seen, "domain.limit": self.limit}

    def rarity(self, counts: np.ndarray) -> np.ndarray:
        """Return (N, K) mean rarity in [0, 1] of the environments of (N, B) counts; 1 for no environments."""
        return _rarity(counts, 1.0 / (1.0 + self.seen.astype(np.float32)))

    def distance(self, counts: np.ndarray) -> np.ndarray:
        """Return (N, K) rarities in units of the limit for (N, B) counts: in the domain up to 1."""
        return self.rarity(counts) / np.maximum(self.limit, _LEAST_LIMIT)

    def contains(self, counts: np.ndarray) -> np.ndarray:
        """Return (N, K) bool for (N, B) counts."""
        return self.rarity(counts) <= self.limit


def left_out_rarity(counts: np.ndarray, labelled: np.ndarray) -> np.ndarray:
    """Return (N, K) rarity of each training chain if it were left out; NaN where it is not labelled.

    Arguments as for `Domain.fit`.
    """
    rarity = np.full(labelled.shape, np.nan, dtype=np.float32)
    for column, (flags, total) in enumerate(zip(labelled.T, _n_seen(counts, labelled), strict=True)):
        # Without the chain itself: one less for each environment that it has.
        left_out = np.minimum(np.maximum(total - 1, 0), _MOST)[None]
        rarity[flags, column] = _rarity(counts[flags], 1.0 / (1.0 + left_out))[:, 0]
    return rarity


def _n_seen(counts: np.ndarray, labelled: np.ndarray) -> np.ndarray:
    """Return (K, B) numbers of labelled chains that contain an environment."""
    present = counts > 0
    return np.stack([present[column].sum(axis=0) for column in labelled.T])


def _rarity(counts: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return (N, K) means of (K, B) `weight` over the environments in (N, B) `counts`."""
    rows, bits = np.nonzero(counts)
    repeats = counts[rows, bits].astype(np.float32)
    starts = np.searchsorted(rows, np.arange(len(counts) + 1))
    total = np.ones((len(counts), len(weight)), dtype=np.float32)
    weight = np.ascontiguousarray(weight.T, dtype=np.float32)  # (B, K)
    for row, (begin, end) in enumerate(pairwise(starts)):
        if end > begin:
            share = repeats[begin:end] / repeats[begin:end].sum()
            total[row] = share @ weight[bits[begin:end]]
    return total
