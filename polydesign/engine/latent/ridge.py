"""Where in a latent space properties lie: ridge regression from codes, and the way up.

    y_k(z) = w_k (z - m) / s + b_k      on the property's scale (decades for log10)

with m and s of the codes it is fitted to. One strength of shrinkage for all properties, chosen by generalised
cross-validation (Golub, Heath and Wahba, 1979, https://doi.org/10.1080/00401706.1979.10489751). A line is what the
map can carry along and what a reader can follow: its steepest way up is the same everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from polydesign.core.errors import DataError
from polydesign.core.properties import PROPERTIES

_HELD_OUT = 0.2
_STRENGTHS = np.logspace(-2, 5, 29)


@dataclass(frozen=True)
class Ridge:
    """A fitted regression for K properties; see the module.

    Attributes:
        keys: the K properties.
        weights: (K, d) on the properties' scales, a standard deviation of the codes.
        offset: (K,) values at the mean code, on the properties' scales.
        mean, scale: (d,) mean m and standard deviations s of the codes.
        r2: (K,) coefficients of determination on rows that were held out; the weights are then those of all rows.
        n, n_held_out: rows it was fitted to for `r2`, and those held out.
    """

    keys: tuple[str, ...]
    weights: np.ndarray
    offset: np.ndarray
    mean: np.ndarray
    scale: np.ndarray
    r2: np.ndarray
    n: int
    n_held_out: int

    def quality(self, key: str) -> float:
        """Return the R2 of a property on held-out rows."""
        return float(self.r2[self._place(key)])

    def read(self, key: str, codes: np.ndarray) -> np.ndarray:
        """Return the (n,) values, in the unit, that the line gives to (n, d) codes."""
        place = self._place(key)
        scaled = (codes - self.mean) / self.scale @ self.weights[place] + self.offset[place]
        return PROPERTIES[key].from_scale(scaled)

    def uphill(self, key: str) -> np.ndarray:
        """Return the (d,) step of one standard deviation of the codes in which the property grows most."""
        direction = self.weights[self._place(key)]
        length = float(np.linalg.norm(direction))
        if not length > 0:
            raise DataError(f"The codes say nothing of {PROPERTIES[key].label}; there is no way up.")
        return direction / length * self.scale

    def _place(self, key: str) -> int:
        if key not in self.keys:
            raise DataError(f"The map knows nothing of '{key[:60]}'. It knows {', '.join(self.keys)}.")
        return self.keys.index(key)


def fit_ridge(codes: np.ndarray, values: np.ndarray, keys: Sequence[str], *, seed: int = 0) -> Ridge:
    """Fit (n, d) codes to (n, K) values on the properties' scales; rows with a value missing are left out."""
    known = np.isfinite(values).all(axis=1)
    z, y = codes[known].astype(float), values[known]
    order = np.random.default_rng(seed).permutation(len(z))
    n_held_out = round(_HELD_OUT * len(z))
    held_out, rest = order[:n_held_out], order[n_held_out:]
    first = _fit(z[rest], y[rest])
    errors = (z[held_out] - first[0]) / first[1] @ first[2].T + first[3] - y[held_out]
    spread = y[held_out].var(axis=0)
    r2 = 1 - (errors**2).mean(axis=0) / np.where(spread > 0, spread, np.nan)
    mean, scale, weights, offset = _fit(z, y)
    return Ridge(tuple(keys), weights, offset, mean, scale, np.nan_to_num(r2, nan=0.0), len(rest), n_held_out)


def _fit(z: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return mean and standard deviation of the codes, (K, d) weights and (K,) offsets."""
    mean, scale = z.mean(axis=0), np.maximum(z.std(axis=0), 1e-3)  # a dimension that says nothing is not blown up
    offset, width = y.mean(axis=0), np.maximum(y.std(axis=0), 1e-12)
    u, d, vt = np.linalg.svd((z - mean) / scale, full_matrices=False)
    target = u.T @ ((y - offset) / width)
    unexplained = (((y - offset) / width) ** 2).sum() - (target**2).sum()
    best, chosen = np.inf, 1.0
    for strength in _STRENGTHS:
        left = strength / (d**2 + strength)
        error = unexplained + ((left[:, None] * target) ** 2).sum()
        score = error / (len(z) - (1 - left).sum()) ** 2
        if score < best:
            best, chosen = score, strength
    weights = vt.T @ ((d / (d**2 + chosen))[:, None] * target)
    return mean, scale, (weights * width).T, offset
