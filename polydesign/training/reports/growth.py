"""How the errors of a property model grow with the distance to its training chains."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from polydesign.core.properties import property_spec
from polydesign.core.results import PredictionColumns
from polydesign.predictors.intervals import Z80

EDGES = (0.0, 0.25, 0.5, 1.0, 2.0, np.inf)  # distances; 1 is the edge of the domain
BINS = ("below 0.25", "0.25 to 0.5", "0.5 to 1", "1 to 2", "above 2")
_FEWEST = 10  # values for which an error is stated


def growth(
    predicted: Mapping[str, PredictionColumns],
    truth: Mapping[str, np.ndarray],
    distance: np.ndarray,
    scale: np.ndarray,
) -> dict[str, Any]:
    """Return figures of unseen chains by their distance to the training chains, for each of `BINS`.

    Args:
        predicted: K keys, N predictions each.
        truth: key -> (N,) values in the unit, NaN where unknown.
        distance: (N, K), see `ChainPredictor.distance`.
        scale: (K,) standard deviations of the training values, on each property's scale.

    Returns, under "by_distance", key -> bin -> root mean squared error on the property's scale; under
    "by_distance_together", for all properties, bin -> n, rmse, half_width (of the 80 % interval; both root mean
    squares in training standard deviations) and coverage80. A bin of fewer than 10 values has None.
    """
    errors, widths, covered = (np.full(distance.shape, np.nan) for _ in range(3))
    for k, (key, columns) in enumerate(predicted.items()):
        spec = property_spec(key)
        errors[:, k] = spec.to_scale(columns.mean) - spec.to_scale(truth[key])
        widths[:, k] = Z80 * columns.std
        covered[:, k] = (truth[key] >= columns.lo80) & (truth[key] <= columns.hi80)
    place = np.digitize(distance, EDGES[1:-1])
    known = np.isfinite(errors) & np.isfinite(distance)
    within = [known & (place == number) for number, _ in enumerate(pairwise(EDGES))]
    together, each = {}, {}
    for name, chosen in zip(BINS, within, strict=True):
        enough = int(chosen.sum()) >= _FEWEST
        together[name] = {
            "n": int(chosen.sum()),
            "rmse": _root_mean_square((errors / scale)[chosen]) if enough else None,
            "half_width": _root_mean_square((widths / scale)[chosen]) if enough else None,
            "coverage80": float(f"{covered[chosen].mean():.4g}") if enough else None,
        }
    for k, key in enumerate(predicted):
        own = [errors[chosen[:, k], k] for chosen in within]
        each[key] = {
            name: _root_mean_square(values) if len(values) >= _FEWEST else None
            for name, values in zip(BINS, own, strict=True)
        }
    return {"by_distance": each, "by_distance_together": together}


def _root_mean_square(values: np.ndarray) -> float:
    return float(f"{np.sqrt(np.mean(values**2)):.4g}")
