"""The axis of a property: which range a slider covers, in which steps, and where a value lies on it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from polydesign.core.properties import PropertySpec

STEPS = 200  # of a linear slider
PER_DECADE = 20  # positions of a logarithmic slider


@dataclass(frozen=True)
class Axis:
    """A range of values in the property's unit.

    Attributes:
        low, high: ends, rounded outwards from the 1st and 99th percentile of the training data.
        step: distance between two positions of a linear slider.
        logarithmic: whether equal distances are equal ratios.
        decimals: digits after the point that are worth showing (linear axes only).
    """

    low: float
    high: float
    step: float
    logarithmic: bool
    decimals: int

    @classmethod
    def of(cls, spec: PropertySpec, statistics: Mapping[str, Any]) -> Axis:
        """Build the axis from the statistics that a checkpoint keeps of its training data."""
        low, high = float(statistics["p1"]), float(statistics["p99"])
        if spec.scale == "log10":
            first = math.floor(PER_DECADE * math.log10(low) + 1e-6)
            last = max(math.ceil(PER_DECADE * math.log10(high) - 1e-6), first + 1)
            return cls(_power(first), _power(last), 0.0, True, 0)
        counted = spec.kind == "descriptor" and spec.tolerance < 1
        step = 1.0 if counted else _round_step((high - low) / STEPS)
        decimals = max(0, -math.floor(math.log10(step) + 1e-9))
        low = round(math.floor(low / step + 1e-6) * step, decimals)
        high = round(math.ceil(high / step - 1e-6) * step, decimals)
        return cls(low, max(high, round(low + step, decimals)), step, False, decimals)

    def positions(self) -> list[float]:
        """Return the values that a logarithmic slider stops at."""
        first, last = (round(PER_DECADE * math.log10(end)) for end in (self.low, self.high))
        return [_power(k) for k in range(first, last + 1)]

    def fraction(self, value: float) -> float:
        """Return where `value` lies between `low` (0) and `high` (1), clipped to the ends; NaN lies at `low`."""
        if self.logarithmic:
            if not value > 0:
                return 0.0
            low, high, value = math.log10(self.low), math.log10(self.high), math.log10(value)
        else:
            low, high = self.low, self.high
        return min(max(0.0, (value - low) / (high - low)), 1.0)

    def nearest(self, value: float) -> float:
        """Return the slider position closest to `value`, `low` for NaN."""
        if self.logarithmic:
            positions = self.positions()
            return positions[round(self.fraction(value) * (len(positions) - 1))]
        inside = min(max(self.low, value), self.high)
        return round(self.low + round((inside - self.low) / self.step) * self.step, self.decimals)


def _power(k: int) -> float:
    """Return 10^(k / PER_DECADE) to three significant digits."""
    return float(f"{10 ** (k / PER_DECADE):.3g}")


def _round_step(step: float) -> float:
    """Return the largest of 1, 2, 5 times a power of ten that is not above `step`."""
    if step <= 0:
        return 0.01
    power = 10.0 ** math.floor(math.log10(step))
    return next(factor * power for factor in (5, 2, 1) if factor * power <= step * (1 + 1e-9))
