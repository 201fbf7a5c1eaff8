"""How good property models are on chains that they have not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from polydesign.core.properties import property_spec
from polydesign.core.results import PredictionColumns

_FEWEST = 5  # chains for which an R2 means anything


def figures(predicted: Mapping[str, PredictionColumns], truth: Mapping[str, np.ndarray]) -> dict[str, dict]:
    """Return, for each key, the figures of `errors` and how the intervals and the domain hold up.

    Args:
        predicted: N predictions of each key.
        truth: key -> (N,) values in the unit, NaN where unknown.

    Beside the errors: coverage80 (share of values inside the 80 % interval), in_domain (share of
    chains in the domain), rmse_in_domain and rmse_outside.
    """
    result = {}
    for key, columns in predicted.items():
        spec = property_spec(key)
        value, mean = spec.to_scale(truth[key]), spec.to_scale(columns.mean)
        known = np.isfinite(value) & np.isfinite(mean)
        inside = known & columns.in_domain
        covered = (truth[key] >= columns.lo80) & (truth[key] <= columns.hi80)
        result[key] = {
            **errors(value, mean),
            "coverage80": _share(covered[known]),
            "in_domain": _share(columns.in_domain[known]),
            "rmse_in_domain": errors(value[inside], mean[inside])["rmse"],
            "rmse_outside": errors(value[known & ~inside], mean[known & ~inside])["rmse"],
        }
    return result


def errors(value: np.ndarray, predicted: np.ndarray) -> dict[str, float | int | None]:
    """Return n, r2, rmse and mae of (N,) numbers on the property's scale, over those that are known.

    R2 is the coefficient of determination, not a squared correlation; None below `_FEWEST` numbers.
    """
    known = np.isfinite(value) & np.isfinite(predicted)
    value, predicted = value[known], predicted[known]
    n = len(value)
    if n == 0:
        return {"n": 0, "r2": None, "rmse": None, "mae": None}
    error = predicted - value
    squared = float(np.mean(error**2))
    variance = float(np.var(value))
    return {
        "n": n,
        "r2": _round(1 - squared / variance) if n >= _FEWEST and variance > 0 else None,
        "rmse": _round(np.sqrt(squared)),
        "mae": _round(np.mean(np.abs(error))),
    }


def agreement(
    guide: Mapping[str, PredictionColumns], checker: Mapping[str, PredictionColumns], keys: Sequence[str]
) -> dict[str, dict]:
    """Return n, r2, rmse and mae of the checker's values against the guide's, on the scale, where both are in domain.

    On chains that neither has seen this is the ceiling for any generator that aims by the guide and
    is judged by the checker. "everywhere" holds the figures with the chains outside of a domain.
    """
    result = {}
    for key in keys:
        aimed, judged = (property_spec(key).to_scale(columns[key].mean) for columns in (guide, checker))
        inside = guide[key].in_domain & checker[key].in_domain
        result[key] = {**errors(aimed[inside], judged[inside]), "everywhere": errors(aimed, judged)}
    return result


def _share(flags: np.ndarray) -> float | None:
    return _round(float(np.mean(flags))) if len(flags) else None


def _round(value: float) -> float:
    return float(f"{float(value):.4g}")
