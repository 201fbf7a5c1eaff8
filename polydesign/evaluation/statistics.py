"""Figures with their uncertainty: a rate with its Wilson interval, R2 and MAE with bootstrap intervals.

All intervals are 95 % intervals. A figure that cannot be had (no samples, a target that never varies)
is NaN, never 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

Z95 = 1.959963984540054
N_RESAMPLES = 500
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Figure:
    """A measured number, the number of observations behind it and its 95 % interval (NaN: none stated)."""

    value: float
    n: int
    low: float = math.nan
    high: float = math.nan

    def to_dict(self) -> dict[str, float | int | None]:
        """Return a JSON-ready dictionary; NaN becomes None."""
        numbers = {"value": self.value, "n": self.n, "low": self.low, "high": self.high}
        return {name: number if math.isfinite(number) else None for name, number in numbers.items()}

    @classmethod
    def from_dict(cls, data: Mapping[str, float | int | None]) -> Figure:
        """Rebuild a figure from `to_dict`."""
        value, low, high = (math.nan if data[k] is None else float(data[k] or 0) for k in ("value", "low", "high"))
        return cls(value, int(data["n"] or 0), low, high)


def rate(hits: int, n: int) -> Figure:
    """Return hits / n with the Wilson score interval (Wilson, J. Am. Stat. Assoc. 22, 209, 1927)."""
    if not 0 <= hits <= n:
        raise ValueError(f"A rate needs 0 <= hits <= n; got {hits} of {n}.")
    if n == 0:
        return Figure(math.nan, 0)
    share, z2 = hits / n, Z95**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    # At 0 and at n the bound is the rate itself, up to rounding of the square root.
    low = 0.0 if hits == 0 else centre - half
    high = 1.0 if hits == n else centre + half
    return Figure(share, n, low, high)


def r2(wanted: np.ndarray, reached: np.ndarray) -> np.ndarray:
    """Return 1 - sum (reached - wanted)^2 / sum (wanted - mean wanted)^2 of each column.

    Args:
        wanted, reached: (N,) or (N, K) finite values.

    Returns (K,) float64; NaN where `wanted` does not vary.
    """
    wanted, reached = _columns(wanted, reached)
    return _weighted_r2(np.ones((1, len(wanted))), wanted, reached)[0]


def r2_figures(wanted: np.ndarray, reached: np.ndarray, *, seed: int = 0) -> tuple[list[Figure], Figure]:
    """Return the R2 of each column and the mean over columns, with percentile bootstrap intervals.

    Rows are resampled whole, so that the interval of the mean respects the correlation of columns.
    Columns in which `wanted` does not vary are NaN and do not count in the mean.
    """
    wanted, reached = _columns(wanted, reached)
    values = r2(wanted, reached)
    resampled = _weighted_r2(_resampling_weights(len(wanted), seed), wanted, reached)
    figures = [_with_interval(value, len(wanted), resampled[:, k]) for k, value in enumerate(values)]
    counted = np.isfinite(values)
    if not counted.any():
        return figures, Figure(math.nan, len(wanted))
    # In a resample a column may happen not to vary; its mean is over the others.
    kept = np.where(np.isfinite(resampled[:, counted]), resampled[:, counted], 0.0)
    n_kept = np.isfinite(resampled[:, counted]).sum(axis=1)
    means = kept.sum(axis=1)[n_kept > 0] / n_kept[n_kept > 0]
    return figures, _with_interval(values[counted].mean(), len(wanted), means)


def mean_figure(values: np.ndarray, *, seed: int = 0) -> Figure:
    """Return the mean of (N,) values with its percentile bootstrap interval (MAE: pass absolute errors)."""
    values = np.asarray(values, dtype=np.float64)
    if len(values) == 0:
        return Figure(math.nan, 0)
    weights = _resampling_weights(len(values), seed)
    return _with_interval(values.mean(), len(values), weights @ values / len(values))


def _columns(wanted: np.ndarray, reached: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    pair = [np.asarray(values, dtype=np.float64) for values in (wanted, reached)]
    if pair[0].shape != pair[1].shape or pair[0].ndim not in (1, 2):
        raise ValueError(f"wanted and reached need one shape, (N,) or (N, K); got {pair[0].shape} and {pair[1].shape}.")
    first, second = (values if values.ndim == 2 else values[:, None] for values in pair)
    return first, second


def _resampling_weights(n: int, seed: int) -> np.ndarray:
    """Return (N_RESAMPLES, n) float64: how often each row is drawn in each bootstrap resample."""
    if n == 0:
        return np.zeros((N_RESAMPLES, 0))
    random = np.random.default_rng(seed)
    drawn = random.integers(0, n, size=(N_RESAMPLES, n))
    return np.stack([np.bincount(rows, minlength=n) for rows in drawn]).astype(np.float64)


def _weighted_r2(weights: np.ndarray, wanted: np.ndarray, reached: np.ndarray) -> np.ndarray:
    """Return (B, K) R2 for (B, N) row weights; a resample is a row of integer weights."""
    n = weights.sum(axis=1, keepdims=True)
    if len(wanted) == 0:
        return np.full((len(weights), wanted.shape[1]), math.nan)
    varies = np.ptp(wanted, axis=0) > 0
    centred = wanted - wanted.mean(axis=0)  # keeps the difference of squares below exact enough
    residual = weights @ (reached - wanted) ** 2
    squares = weights @ centred**2
    total = squares - (weights @ centred) ** 2 / n
    varies = varies & (total > _ROUNDING * squares)  # a difference of equal numbers is seldom exactly 0
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(varies, 1 - residual / total, math.nan)


def _with_interval(value: float, n: int, resampled: np.ndarray) -> Figure:
    finite = resampled[np.isfinite(resampled)]
    if not math.isfinite(value) or len(finite) == 0:
        return Figure(float(value), n)
    low, high = np.percentile(finite, [2.5, 97.5])
    return Figure(float(value), n, float(low), float(high))
