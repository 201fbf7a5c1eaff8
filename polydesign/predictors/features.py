"""Turn repeat units into the numbers that property models read, all blind to how the chain is cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from polydesign.chem.fingerprints import QUICK_DESCRIPTOR_NAMES, chain_counts, features
from polydesign.core.errors import ChemistryError

# Environments are folded to so many bits; shorter fingerprints are folded further from these.
FINE_BITS = 16384
LONG_RADIUS = 3
_CACHE = 1 << 12


@dataclass(frozen=True)
class Features:
    """What is known of N repeat units.

    Attributes:
        counts: (N, FINE_BITS) uint8 counts of atom environments per shortest unit; zeros when unreadable.
        quick: (N, M) float32 quick descriptors; zeros when unreadable.
        readable: (N,) bool, whether the text is a valid repeat unit.
    """

    counts: np.ndarray
    quick: np.ndarray
    readable: np.ndarray

    def folded(self, n_bits: int) -> np.ndarray:
        """Return (N, n_bits) float32 logarithms of one plus the counts of a shorter fingerprint.

        RDKit folds a hash by its remainder, so that the counts of a divisor of FINE_BITS are sums.
        """
        if n_bits <= 0 or FINE_BITS % n_bits:
            raise ValueError(f"n_bits must divide {FINE_BITS}; got {n_bits}.")
        counts = self.counts.reshape(len(self.counts), -1, n_bits).sum(axis=1, dtype=np.float32)
        return np.log1p(counts)

    def inputs(self, n_bits: int) -> np.ndarray:
        """Return (N, n_bits + M) float32: the folded fingerprint, then the quick descriptors."""
        return np.concatenate([self.folded(n_bits), self.quick], axis=1)

    def rows(self, index: np.ndarray | slice) -> Features:
        """Return the features of some of the units."""
        return Features(self.counts[index], self.quick[index], self.readable[index])


def featurise(psmiles: Sequence[str], radius: int) -> Features:
    """Compute the features of `psmiles`, with environments of up to `radius` bonds; never raises."""
    counts = np.zeros((len(psmiles), FINE_BITS), dtype=np.uint8)
    quick = np.zeros((len(psmiles), len(QUICK_DESCRIPTOR_NAMES)), dtype=np.float32)
    readable = np.zeros(len(psmiles), dtype=bool)
    for row, text in enumerate(psmiles):
        try:
            bits, repeats, quick[row] = _described(text)
            if radius != LONG_RADIUS:
                counts[row] = chain_counts(text, radius=radius, n_bits=FINE_BITS)
            else:
                counts[row, bits] = repeats
        except ChemistryError:
            continue
        readable[row] = True
    return Features(counts, quick, readable)


@lru_cache(maxsize=_CACHE)
def _described(psmiles: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return set bits and counts of the environments of up to `LONG_RADIUS` bonds, and the quick descriptors.

    Kept for a while, because guide and checker are asked about the same polymers one after the other.
    """
    counts, quick = features(psmiles, radius=LONG_RADIUS, n_bits=FINE_BITS)
    bits = np.flatnonzero(counts).astype(np.uint16)
    return bits, counts[bits], quick
