"""Fit a property model on labelled chains and calibrate its intervals by what its parts had not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from polydesign.core import registry
from polydesign.core.errors import TrainingError
from polydesign.core.properties import SELECTIVITIES
from polydesign.predictors.chain_predictor import ChainPredictor
from polydesign.predictors.domain import Domain
from polydesign.predictors.features import Features
from polydesign.predictors.intervals import Intervals, fit_floor, fit_widening
from polydesign.training.property_figures import errors

_CUT = 5.0  # standard deviations at which training values are cut, so that one outlier does not rule a loss
_ENOUGH = 100  # chains known for both permeabilities


@dataclass(frozen=True)
class Fitted:
    """A calibrated model and what its parts said of the chains they had not seen.

    Attributes:
        predictor: the model.
        out_of_fold: key -> figures of `errors`.
        error_correlation: selectivity -> correlation of the errors of its two permeabilities.
    """

    predictor: ChainPredictor
    out_of_fold: Mapping[str, dict]
    error_correlation: Mapping[str, float]


def fit_predictor(
    family: str,
    config: Any,
    features: Features,
    values: np.ndarray,
    taught: np.ndarray,
    own: Sequence[bool],
    seed: int,
    minutes: float | None = None,
) -> Fitted:
    """Fit and calibrate a model.

    Args:
        family: a family with a module ``fit``.
        config: its settings, with K keys.
        features: of N chains.
        values: (N, K) on each property's scale, NaN where unknown.
        taught: (N, K) bool, which values the model learns from.
        own: for each property, whether its taught chains teach no other model.
        seed: seed of everything random.
        minutes: wall-clock budget; the length that `config` says when None.

    Raises `TrainingError` when a property has no value to learn from.
    """
    missing = [key for column, key in enumerate(config.keys) if not taught[:, column].any()]
    if missing:
        raise TrainingError(f"No training chain has a value of {', '.join(missing)}. Add values or leave the key out.")
    rows = np.flatnonzero(taught.any(axis=1))
    wanted = np.where(taught[rows], values[rows], np.nan)
    # Half precision, because that is how they are stored.
    center = np.nanmean(wanted, axis=0).astype(np.float16).astype(np.float32)
    scale = np.maximum(np.nanstd(wanted, axis=0), 1e-3).astype(np.float16).astype(np.float32)
    standard = (wanted - center) / scale
    fit = import_module(f"polydesign.predictors.{family}.fit").fit
    model, mean, spread = fit(config, features.rows(rows), np.clip(standard, -_CUT, _CUT), own, seed, minutes)
    floor, widen = _widths(standard, mean, spread)
    domain = Domain.fit(features.counts[rows], taught[rows])
    predictor = registry.model_class(family)(model, Intervals(center, scale, floor, widen), domain)
    blind = center + scale * mean
    correlation = _error_correlation(config.keys, mean - standard)
    predictor.error_correlation = correlation
    return Fitted(predictor, {key: errors(wanted[:, k], blind[:, k]) for k, key in enumerate(config.keys)}, correlation)


def _widths(standard: np.ndarray, mean: np.ndarray, spread: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (K,) floors and widenings from out-of-fold errors."""
    floor, widen = [], []
    for target, predicted, width in zip(standard.T, mean.T, spread.T, strict=True):
        known = np.isfinite(target) & np.isfinite(predicted)
        error, width = (predicted - target)[known], width[known]
        floor.append(fit_floor(error, width))
        widen.append(fit_widening(error, width, floor[-1]))
    return np.array(floor, dtype=np.float32), np.array(widen, dtype=np.float32)


def _error_correlation(keys: Sequence[str], error: np.ndarray) -> dict[str, float]:
    """Return selectivity -> correlation between the (N, K) out-of-fold errors of its two permeabilities."""
    found = {}
    for name, pair in SELECTIVITIES.items():
        if set(pair) <= set(keys):
            both = error[:, [keys.index(key) for key in pair]]
            both = both[np.isfinite(both).all(axis=1)]
            if len(both) >= _ENOUGH:
                found[name] = float(f"{np.corrcoef(both.T)[0, 1]:.3g}")
    return found
