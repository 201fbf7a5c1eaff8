"""Say how well predicted properties meet the targets, uncertainty included.

A property x of a candidate is known as a Gaussian of mean m and standard deviation s on the
property's scale (s = 0 for what is computed from the string). A target with value t and tolerance d
is met when |x - t| <= d; at least t, when x >= t. Its closeness is

    c(x) = exp(-(x - t)^2 / 2 d^2)        (1 on the wished-for side of a one-sided target)

and what counts is the expected closeness over the Gaussian, with v = d^2 + s^2, z = (t - m) / sqrt(v):

    value:      E c = d / sqrt(v) exp(-z^2 / 2)
    at least:   E c = P(x >= t) + d / sqrt(v) exp(-z^2 / 2) P(u <= z d / s),   u standard normal

so that the distance is measured in units of tolerance and uncertainty combined, and a vague
prediction is worth less than a sure one. The score is the weighted geometric mean over the targets:
missing one of them altogether cannot be made up for by the others.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from polydesign.core.properties import PropertySpec, property_spec
from polydesign.core.targets import Target, Targets

_erfc = np.vectorize(math.erfc, otypes=[float])
_SURE = 1e-12  # smallest standard deviation that is divided by


class Assessment(NamedTuple):
    """How N candidates meet the targets; NaN where a property is unknown.

    Attributes:
        score: (N,) weighted closeness in [0, 1].
        p_all: (N,) probability that every target is met, properties taken as independent.
    """

    score: np.ndarray
    p_all: np.ndarray


class Interval(NamedTuple):
    """The values on a property's scale that meet a target."""

    low: float
    high: float


def tolerance(spec: PropertySpec, target: Target) -> float:
    """Return the target's tolerance on the property's scale: its own, or the property's default."""
    return spec.tolerance if target.tolerance is None else target.tolerance


def interval(key: str, target: Target) -> Interval:
    """Return the interval, on the property's scale, that meets `target`."""
    spec = property_spec(key)
    centre = float(spec.to_scale(target.central))
    if target.minimum is not None:
        return Interval(centre, math.inf)
    if target.maximum is not None:
        return Interval(-math.inf, centre)
    reach = tolerance(spec, target)
    return Interval(centre - reach, centre + reach)


def assess(targets: Targets, means: Mapping[str, np.ndarray], stds: Mapping[str, np.ndarray], n: int) -> Assessment:
    """Score `n` candidates.

    Args:
        targets: property key -> target; with none, every candidate scores 1.
        means: key -> (N,) central values in the property's unit, for every key of `targets`.
        stds: key -> (N,) standard deviations on the property's scale.
        n: number N of candidates.
    """
    log_score, log_p, weights = np.zeros(n), np.zeros(n), 0.0
    # log 0 is -inf and stays so; a target absurdly far away may overflow on its way to closeness 0.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for key, target in targets.items():
            spec = property_spec(key)
            mean = spec.to_scale(means[key])
            std = np.asarray(stds[key], dtype=float)
            closeness = expected_closeness(mean, std, tolerance(spec, target), interval(key, target))
            log_score += target.weight * np.log(closeness)
            log_p += np.log(probability(mean, std, interval(key, target)))
            weights += target.weight
    return Assessment(np.exp(log_score / weights) if weights else np.ones(n), np.exp(log_p))


def best_first(assessment: Assessment) -> np.ndarray:
    """Return indices by falling score, then falling probability, then order of generation; unknown ones last."""
    score, p_all = (np.nan_to_num(values, nan=-1.0) for values in assessment)
    return np.lexsort((np.arange(len(score)), -p_all, -score))


def probability(mean: np.ndarray, std: np.ndarray, wanted: Interval) -> np.ndarray:
    """Return P(low <= x <= high) for Gaussians; far tails keep their relative precision.

    An exact value (std 0) is inside, bounds included, or outside.
    """
    inside = np.where(np.isnan(mean), np.nan, (wanted.low <= mean) & (mean <= wanted.high))
    scale = np.maximum(std, _SURE)
    low, high = (wanted.low - mean) / scale, (wanted.high - mean) / scale
    # Mirrored so that the interval lies on the side where erfc is small: no difference of numbers near 1.
    mirrored = low + high < 0
    low, high = np.where(mirrored, -high, low), np.where(mirrored, -low, high)
    p = np.clip(0.5 * (_erfc(low / math.sqrt(2)) - _erfc(high / math.sqrt(2))), 0.0, 1.0)
    return np.where(std <= _SURE, inside, p)


def expected_closeness(mean: np.ndarray, std: np.ndarray, reach: float, wanted: Interval) -> np.ndarray:
    """Return the (N,) expected closeness of the module's equations, in [0, 1].

    Args:
        mean, std: (N,) on the property's scale.
        reach: tolerance d on that scale.
        wanted: the interval that meets the target.
    """
    at_least, at_most = math.isinf(wanted.high), math.isinf(wanted.low)
    edge = wanted.low if at_least else wanted.high if at_most else (wanted.low + wanted.high) / 2
    spread = np.hypot(reach, std)
    z = (edge - mean) / spread
    near = reach / spread * np.exp(-0.5 * z**2)
    if not (at_least or at_most):
        return near
    outside = z * reach / np.maximum(std, _SURE) * (1 if at_least else -1)
    below = 0.5 * _erfc(-outside / math.sqrt(2))  # share of `near` that comes from the unwanted side
    return np.clip(probability(mean, std, wanted) + near * below, 0.0, 1.0)
