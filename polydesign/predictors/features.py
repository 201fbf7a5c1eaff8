"""Turn repeat units into the numbers that property models read, all blind to how the chain is cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from polydesign.chem.describe.fingerprints import QUICK_DESCRIPTOR_NAMES
from polydesign.predictors.described import FINE_BITS, described

_PROBES = ("*CC*", "*CC(*)c1ccccc1", "*OCCOC(=O)c1ccc(C(*)=O)cc1", "*[Si](C)(C)O*", "*N=P(*)(OCC(F)(F)F)OCC(F)(F)F")
_PROBE_BITS = 256


@dataclass(frozen=True)
class Features:
    """What is known of N repeat units.

    Attributes:
        counts: (N, FINE_BITS) uint8 counts of atom environments per shortest unit; zeros when unreadable.
        quick: (N, M) float32 quick descriptors; zeros when unreadable.
        readable: (N,) bool, whether the text is a valid repeat unit.
        place: (N,) float64 in [0, 1), a hash of the chain; 0 when unreadable.
    """

    counts: np.ndarray
    quick: np.ndarray
    readable: np.ndarray
    place: np.ndarray

    def parts(self, n_folds: int) -> np.ndarray:
        """Return (N,) int64, the part of the training chains, 0 to `n_folds` - 1, to which a chain belongs or would."""
        return (self.place * n_folds).astype(np.int64)

    def log_counts(self, n_bits: int) -> np.ndarray:
        """Return (N, n_bits) float32 logarithms of one plus the counts of a shorter fingerprint."""
        return np.log1p(self._folded(n_bits))

    def shares(self, n_bits: int) -> np.ndarray:
        """Return (N, n_bits) float32 shares of all environments, from a shorter fingerprint."""
        counts = self._folded(n_bits)
        return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0)

    def rows(self, index: np.ndarray | slice) -> Features:
        """Return the features of some of the units."""
        return Features(self.counts[index], self.quick[index], self.readable[index], self.place[index])

    def _folded(self, n_bits: int) -> np.ndarray:
        # RDKit folds a hash by its remainder, so that the counts of a divisor of FINE_BITS are sums.
        if n_bits <= 0 or FINE_BITS % n_bits:
            raise ValueError(f"n_bits must divide {FINE_BITS}; got {n_bits}.")
        return self.counts.reshape(len(self.counts), -1, n_bits).sum(axis=1, dtype=np.float32)


def featurise(psmiles: Sequence[str]) -> Features:
    """Compute the features of `psmiles`; never raises."""
    counts = np.zeros((len(psmiles), FINE_BITS), dtype=np.uint8)
    quick = np.zeros((len(psmiles), len(QUICK_DESCRIPTOR_NAMES)), dtype=np.float32)
    readable, place = np.zeros(len(psmiles), dtype=bool), np.zeros(len(psmiles))
    for row, unit in enumerate(described(psmiles)):
        if unit is not None:
            counts[row, unit.bits] = unit.counts
            quick[row], place[row], readable[row] = unit.quick, unit.place, True
    return Features(counts, quick, readable, place)


@lru_cache(maxsize=1)
def probes() -> np.ndarray:
    """Return (5, 256 + M) float32 features of a few polymers: models for other features are told by them."""
    features = featurise(_PROBES)
    return np.concatenate([features.shares(_PROBE_BITS), features.quick], axis=1)
