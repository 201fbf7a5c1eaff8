"""Correlations between properties, each on its own scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from polydesign.data.corpora.labels import on_scale

FEWEST = 20  # polymers with both values, below which a coefficient says nothing


@dataclass(frozen=True)
class Correlations:
    """Pearson's r of K properties.

    Attributes:
        keys: K property keys.
        r: (K, K), NaN where fewer than `FEWEST` polymers have both values or one of them never varies.
        n: (K, K) number of polymers with both values.
    """

    keys: tuple[str, ...]
    r: np.ndarray
    n: np.ndarray

    def strongest(self, count: int) -> list[tuple[str, str, float]]:
        """Return the pairs of different properties with the largest \\|r\\|, the strongest first."""
        rows, columns = np.triu_indices(len(self.keys), 1)
        known = [(i, j) for i, j in zip(rows, columns, strict=True) if np.isfinite(self.r[i, j])]
        ordered = sorted(known, key=lambda pair: -abs(self.r[pair]))
        return [(self.keys[i], self.keys[j], float(self.r[i, j])) for i, j in ordered[:count]]


def correlations(frame: pd.DataFrame, keys: Sequence[str]) -> Correlations:
    """Correlate `keys` over the rows that have both values; logarithms for log10 properties."""
    values = on_scale(frame, keys)
    known = np.isfinite(values)
    n = known.T.astype(int) @ known.astype(int)
    r = np.full(n.shape, np.nan)
    for i in range(len(keys)):
        for j in range(i, len(keys)):
            both = known[:, i] & known[:, j]
            if both.sum() < FEWEST:
                continue
            x, y = (values[both, place] - values[both, place].mean() for place in (i, j))
            norm = np.sqrt((x @ x) * (y @ y))
            if norm > 0:
                r[i, j] = r[j, i] = np.clip((x @ y) / norm, -1, 1)
    return Correlations(tuple(keys), r, n)
