"""Find the common polymers that a chain resembles most, so that a prediction stands beside known values.

Similarity is that of Tanimoto between counts of the chains' atom environments, each divided by their sum, so that a
chain is as similar to its copolymers as the shares of common environments say: 1 for the same chain however it is cut,
0 for nothing in common.
With shares p and q that each add up to 1, sum of minima over sum of maxima is c / (2 - c), c = sum min(p, q),
and c needs only the environments that the chain itself has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from polydesign.chem.common import COMMON_POLYMERS, CommonPolymer
from polydesign.core.progress import ShouldStop, stop_if_asked
from polydesign.predictors.described import Described, described

N_NEAREST = 3
_AT_ONCE = 500  # polymers between two looks at Stop


@dataclass(frozen=True)
class Neighbour:
    """A common polymer and how similar it is, from 0 to 1 (the same chain)."""

    polymer: CommonPolymer
    similarity: float

    @property
    def same_chain(self) -> bool:
        """Whether nothing tells the two chains apart: the same environments in the same shares."""
        return self.similarity > 1 - 1e-6


@dataclass(frozen=True)
class Nearest:
    """The closest common polymers of N chains, most similar first.

    Attributes:
        rows: (N, n) indices into `COMMON_POLYMERS`; -1 where the chain could not be read.
        similarity: (N, n) from 0 to 1; 0 where it could not be read.
    """

    rows: np.ndarray
    similarity: np.ndarray

    def of(self, index: int) -> list[Neighbour]:
        """Return the neighbours of one chain; none when it could not be read."""
        pairs = zip(self.rows[index], self.similarity[index], strict=True)
        return [Neighbour(COMMON_POLYMERS[row], float(similarity)) for row, similarity in pairs if row >= 0]


def nearest(psmiles: Sequence[str], n: int = N_NEAREST, *, should_stop: ShouldStop | None = None) -> Nearest:
    """Return the `n` common polymers nearest to each of (N,) repeat units.

    Each distinct structure is compared once; one that was predicted just before has been described already.
    Raises `Stopped` when `should_stop()` turns true.
    """
    from polydesign.chem.notation.psmiles import validate  # RDKit: not before there is a polymer

    rows = np.full((len(psmiles), n), -1, dtype=np.int16)
    similarity = np.zeros((len(psmiles), n), dtype=np.float32)
    places: dict[str, list[int]] = {}
    for place, text in enumerate(psmiles):
        if (unit := validate(text).psmiles) is not None:
            places.setdefault(unit, []).append(place)
    units = list(places)
    for start in range(0, len(units), _AT_ONCE):
        stop_if_asked(should_stop, "The search for common polymers")
        piece = units[start : start + _AT_ONCE]
        for unit, found in zip(piece, described(piece), strict=True):
            if found is not None:
                rows[places[unit]], similarity[places[unit]] = _nearest(found, n)
    return Nearest(rows, np.minimum(similarity, 1.0))


def _nearest(found: Described, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the (n,) places of the nearest common polymers, and their (n,) similarities."""
    common = _shares()
    # The hash of an environment is folded by its remainder.
    bits, where = np.unique(found.bits % len(common), return_inverse=True)
    share = np.bincount(where, found.counts).astype(np.float32)
    share /= share.sum()
    overlap = np.minimum(common[bits], share[:, None]).sum(axis=0)
    order = np.argsort(-overlap, kind="stable")[:n]
    return order, overlap[order] / (2 - overlap[order])


@cache
def _shares() -> np.ndarray:
    """Return (n_bits, n_common) float32 shares of the environments of the common polymers."""
    from polydesign.chem.describe.fingerprints import chain_count_matrix

    counts = chain_count_matrix([polymer.psmiles for polymer in COMMON_POLYMERS]).astype(np.float32)
    return np.ascontiguousarray((counts / counts.sum(axis=1, keepdims=True)).T)
