"""A target together with its property: which values meet it, how close others come, and how people read it.

A property x of a candidate is known as a Gaussian of mean m and standard deviation s on the property's scale (s = 0
for what is exact). A target with value t and tolerance d is met when |x - t| <= d; at least t, when x >= t. Its
closeness is

    c(x) = exp(-(x - t)^2 / 2 d^2)        (1 on the wished-for side of a one-sided target)

and what counts is the expected closeness over the Gaussian, with v = d^2 + s^2, z = (t - m) / sqrt(v):

    value:      E c = d / sqrt(v) exp(-z^2 / 2)
    at least:   E c = P(x >= t) + d / sqrt(v) exp(-z^2 / 2) P(u <= z d / s),   u standard normal

so that the distance is measured in units of tolerance and uncertainty combined, and a vague prediction is worth less
than a sure one. The score is the weighted geometric mean over the targets: missing one of them altogether cannot be
made up for by the others.

Far from the target this closeness is flat: ten tolerances away it is e^-50, and nobody learns there which way to go.
Its logarithm is a parabola with a slope everywhere, and keeps the order. Whoever climbs takes that: steering in a
latent space the logarithm itself, the reward of a policy `graded`, the logarithm brought back between 0 and 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from polydesign.core.properties import PropertySpec, property_spec
from polydesign.core.targets import Target, Targets

_erfc = np.vectorize(math.erfc, otypes=[float])
_SURE = 1e-12  # smallest standard deviation that is divided by


class Interval(NamedTuple):
    """Values between two ends, either of which may be infinite."""

    low: float
    high: float


@dataclass(frozen=True)
class Goal:
    """A target of one property. Values and standard deviations are on the property's scale (decades for log10).

    Raises `TargetError` where the property is first needed, if there is none of this key.
    """

    key: str
    target: Target

    @cached_property
    def spec(self) -> PropertySpec:
        """The property."""
        return property_spec(self.key)

    @property
    def tolerance(self) -> float:
        """The target's own tolerance, or the property's; of at least and at most, how softly the bound is missed."""
        return self.spec.tolerance if self.target.tolerance is None else self.target.tolerance

    @cached_property
    def centre(self) -> float:
        """The value or bound that is named; NaN where the scale does not have it."""
        return float(self.spec.to_scale(self.target.central))

    @cached_property
    def interval(self) -> Interval:
        """The values that meet the target."""
        if self.target.minimum is not None:
            return Interval(self.centre, math.inf)
        if self.target.maximum is not None:
            return Interval(-math.inf, self.centre)
        return Interval(self.centre - self.tolerance, self.centre + self.tolerance)

    @property
    def band(self) -> Interval:
        """The values that meet the target in the property's unit; an open end is infinite (or 0)."""
        low, high = self.spec.from_scale(self.interval)
        return Interval(float(low), float(high))

    @property
    def aim(self) -> Interval:
        """The values to head for: the value itself; of a bound, one tolerance inside and beyond.

        Of what heads for the bound itself, half would miss it.
        """
        return Interval(self.interval.low + self.tolerance, self.interval.high - self.tolerance)

    def met(self, values: ArrayLike) -> np.ndarray:
        """Return bool for each value: it meets the target, bounds included; NaN does not."""
        values = np.asarray(values, dtype=float)
        return (self.interval.low <= values) & (values <= self.interval.high)

    def probability(self, mean: ArrayLike, std: ArrayLike = 0.0) -> np.ndarray:
        """Return the probability that a Gaussian meets the target; far tails keep their relative precision.

        An exact value (std 0) is inside, bounds included, or outside.
        """
        mean, std = (np.asarray(part, dtype=float) for part in (mean, std))
        exact = np.where(np.isnan(mean), np.nan, self.met(mean))
        width = np.maximum(std, _SURE)
        low, high = ((end - mean) / width for end in self.interval)
        # Mirrored so that the interval lies on the side where erfc is small: no difference of numbers near 1.
        mirrored = low + high < 0
        low, high = np.where(mirrored, -high, low), np.where(mirrored, -low, high)
        p = np.clip(0.5 * (_erfc(low / math.sqrt(2)) - _erfc(high / math.sqrt(2))), 0.0, 1.0)
        return np.where(std <= _SURE, exact, p)

    def closeness(self, mean: ArrayLike, std: ArrayLike = 0.0) -> np.ndarray:
        """Return the expected closeness of the module's equations, in [0, 1]; NaN where the mean is."""
        return np.exp(self.log_closeness(mean, std))

    def log_closeness(self, mean: ArrayLike, std: ArrayLike = 0.0) -> np.ndarray:
        """Return the logarithm of `closeness`: finite, with a slope, where the closeness itself is 0 for a computer."""
        mean, std = (np.asarray(part, dtype=float) for part in (mean, std))
        spread = np.hypot(self.tolerance, std)
        z = (self.centre - mean) / spread
        with np.errstate(divide="ignore", over="ignore"):  # log 0 is -inf; a square may overflow on its way there
            near = np.log(self.tolerance / spread) - 0.5 * z**2
            if self.target.value is not None:
                return near
            outside = z * self.tolerance / np.maximum(std, _SURE) * (1 if self.target.minimum is not None else -1)
            missed = np.log(0.5 * _erfc(-outside / math.sqrt(2)))  # share of `near` that comes from the unwanted side
            return np.minimum(np.logaddexp(np.log(self.probability(mean, std)), near + missed), 0.0)

    @property
    def text(self) -> str:
        """The target as the command line reads it, e.g. ``tg_exp_c=180:20@2``."""
        return self.target.text(self.key)

    @property
    def words(self) -> str:
        """The target as a chemist reads it, e.g. ``Tg ≥ 180 °C``."""
        target = self.target
        sign = "=" if target.value is not None else "≥" if target.minimum is not None else "≤"
        return f"{self.spec.symbol} {sign} {self.spec.show(target.central)}"


def goals(targets: Targets) -> list[Goal]:
    """Return the targets with their properties."""
    return [Goal(key, target) for key, target in targets.items()]


def log_score(
    targets: Targets, means: Mapping[str, np.ndarray], stds: Mapping[str, np.ndarray] | None = None
) -> np.ndarray | float:
    """Return the (N,) logarithms of the score: the weighted mean of the targets' logarithms of closeness.

    Args:
        targets: property key -> target; with none, the score is 1 and its logarithm 0.0.
        means: key -> (N,) central values on the property's scale, for every key of `targets`.
        stds: key -> (N,) standard deviations on that scale; exact values when None.
    """
    if not targets:
        return 0.0
    weighted = [
        goal.target.weight * goal.log_closeness(means[goal.key], 0.0 if stds is None else stds[goal.key])
        for goal in goals(targets)
    ]
    return np.sum(weighted, axis=0) / sum(target.weight for target in targets.values())


def graded(log_score: ArrayLike) -> np.ndarray:
    """Return 1 / (1 - log score): 1 for all targets met in the middle, 1/2 at a score of 1/e, never flat.

    In the order of the scores. For exact values it is 1 / (1 + m / 2) of the mean square m of the distances in
    tolerances.
    """
    return 1.0 / (1.0 - np.asarray(log_score, dtype=float))
