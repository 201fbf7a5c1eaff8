"""Figures of property models on chains they have not seen: errors over folds, intervals, distance from the data."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from polydesign.evaluation.distribution import fingerprint_bits, nearest_similarity
from polydesign.evaluation.statistics import Figure, rate

Z80 = NormalDist().inv_cdf(0.9)
FAR = 0.6
_FEWEST = 10  # values in a fold below which its R2 says nothing
_LEVELS = np.arange(1, 10) / 10
_BINS = ((0.0, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1.0 + 1e-9))


def error_figures(
    value: np.ndarray, predicted: np.ndarray, folds: np.ndarray, prefix: str, nearest: np.ndarray | None
) -> dict[str, Figure]:
    """Return R2, RMSE and MAE, each the mean over folds and its standard deviation.

    Args:
        value, predicted: (N,) on the scale, NaN where unknown.
        folds: (N,) fold of each chain; one fold gives no standard deviation.
        prefix: put before the names of the figures.
        nearest: (N,) similarity to the nearest labelled chain; with it, R2 over all chains below `FAR` is added.
    """
    finite = np.isfinite(value) & np.isfinite(predicted)
    each: dict[str, list[float]] = {"r2": [], "rmse": [], "mae": []}
    for fold in range(int(folds.max(initial=0)) + 1):
        rows = finite & (folds == fold)
        if rows.sum() >= _FEWEST:
            error = predicted[rows] - value[rows]
            each["r2"].append(_r2(value[rows], predicted[rows]))
            each["rmse"].append(float(np.sqrt(np.mean(error**2))))
            each["mae"].append(float(np.mean(np.abs(error))))
    n = int(finite.sum())
    figures = {f"{prefix}n": Figure(n, n)}
    for name, per_fold in each.items():
        figures[prefix + name] = Figure(float(np.mean(per_fold)) if per_fold else math.nan, n)
        figures[f"{prefix}{name}_sd"] = Figure(float(np.std(per_fold, ddof=1)) if len(per_fold) > 1 else math.nan, n)
    if nearest is not None:
        far = finite & (nearest < FAR)
        figures[f"{prefix}r2_far"] = Figure(_r2(value[far], predicted[far]), int(far.sum()))
    return figures


def _r2(value: np.ndarray, predicted: np.ndarray) -> float:
    """Return the coefficient of determination; NaN for too few values, or values that do not vary."""
    total = float(((value - value.mean()) ** 2).sum()) if len(value) >= _FEWEST else 0.0
    return 1.0 - float(((predicted - value) ** 2).sum()) / total if total > 0 else math.nan


def coverage(value: np.ndarray, predicted: np.ndarray, std: np.ndarray) -> Figure:
    """Return the share of values inside their 80 % intervals, with its Wilson interval."""
    finite = np.isfinite(value) & np.isfinite(predicted)
    hits = np.abs(value - predicted)[finite] <= Z80 * std[finite]
    return rate(int(hits.sum()), int(finite.sum()))


def calibration_error(value: np.ndarray, predicted: np.ndarray, std: np.ndarray) -> Figure:
    """Return the mean distance between the shares of central normal intervals and what lies inside them."""
    finite = np.isfinite(value) & np.isfinite(predicted)
    if not finite.any():
        return Figure(math.nan, 0)
    z = np.abs(value - predicted)[finite] / std[finite]
    inside = [float((z <= NormalDist().inv_cdf(0.5 + level / 2)).mean()) for level in _LEVELS.tolist()]
    return Figure(float(np.abs(np.array(inside) - _LEVELS).mean()), int(finite.sum()))


def nearest_labelled(psmiles: list[str], labelled: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """Return (N, K) similarity of each chain to the nearest chain of another fold with a value; NaN where none."""
    bits = fingerprint_bits(psmiles)
    result = np.full(labelled.shape, np.nan)
    for column in range(labelled.shape[1]):
        for fold in range(int(folds.max(initial=0)) + 1):
            rows = labelled[:, column] & (folds == fold)
            if rows.any():
                result[rows, column] = nearest_similarity(bits[rows], bits[labelled[:, column] & (folds != fold)])
    return result


def distance_figures(
    values: np.ndarray, predicted: np.ndarray, std: np.ndarray, nearest: np.ndarray
) -> dict[tuple[float, float], dict[str, Figure]]:
    """Return range of similarity -> figures over all properties, in units of each one's standard deviation."""
    scale = np.nanstd(values, axis=0)
    error, stated = (predicted - values) / scale, std / scale
    ranges = {}
    for low, high in _BINS:
        chosen = np.isfinite(error) & (nearest >= low) & (nearest < high)
        n = int(chosen.sum())
        if n:
            ranges[low, min(high, 1.0)] = {
                "n": Figure(n, n),
                "error": Figure(float(np.sqrt(np.mean(error[chosen] ** 2))), n),
                "stated": Figure(float(np.sqrt(np.mean(stated[chosen] ** 2))), n),
                "coverage": rate(int((np.abs(error) <= Z80 * stated)[chosen].sum()), n),
            }
    return ranges
