"""Turn predictions and the spread of an ensemble into calibrated intervals.

With m the prediction and e the spread of the members, both on the property's scale in units of its
training standard deviation,

    sigma^2 = widen^2 (e^2 + floor^2),        80 % interval: m +/- 1.2816 sigma.

`floor` stands for what no member sees (noise of the labels, structure beyond the repeat unit) and
makes sigma^2 right on average; `widen` is then chosen so that 80 % of held-out chains lie inside:
split conformal prediction with the score |y - m| / sigma (Lei et al., J. Am. Stat. Assoc. 113:1094, 2018).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from polydesign.core.properties import property_spec
from polydesign.core.results import PredictionColumns

if TYPE_CHECKING:
    from torch import Tensor

COVERAGE = 0.80
Z80 = 1.2815516  # half width of the central 80 % of a normal distribution, in standard deviations
_LEAST_FLOOR = 0.1  # share of the error that is never put down to the members' spread


@dataclass(frozen=True)
class Intervals:
    """Scales and widths of K properties, all (K,) float.

    Attributes:
        center, scale: mean and standard deviation of the training values, on each property's scale.
        floor, widen: see the module.
    """

    center: np.ndarray
    scale: np.ndarray
    floor: np.ndarray
    widen: np.ndarray

    @classmethod
    def from_weights(cls, weights: Mapping[str, Tensor]) -> Intervals:
        """Build from the tensors of a checkpoint."""
        return cls(*(weights[f"scale.{name}"].float().numpy() for name in ("center", "scale", "floor", "widen")))

    def weights(self) -> dict[str, np.ndarray]:
        """Return the arrays that a checkpoint stores."""
        return {f"scale.{name}": getattr(self, name) for name in ("center", "scale", "floor", "widen")}

    def sigma(self, spread: np.ndarray) -> np.ndarray:
        """Return (N, K) standard deviations for (N, K) spreads, in units of the training standard deviation."""
        return self.widen * np.sqrt(spread**2 + self.floor**2)

    def columns(
        self, keys: Sequence[str], mean: np.ndarray, spread: np.ndarray, in_domain: np.ndarray
    ) -> dict[str, PredictionColumns]:
        """Return predictions in physical units from standardised (N, K) means and spreads; NaN stays NaN."""
        center = self.center + self.scale * mean
        sigma = self.scale * self.sigma(spread)
        result = {}
        for column, key in enumerate(keys):
            spec = property_spec(key)
            middle, std = center[:, column].astype(float), sigma[:, column].astype(float)
            result[key] = PredictionColumns(
                mean=spec.from_scale(middle),
                std=std,
                lo80=spec.from_scale(middle - Z80 * std),
                hi80=spec.from_scale(middle + Z80 * std),
                in_domain=in_domain[:, column] & np.isfinite(middle),
            )
        return result


def fit_floor(error: np.ndarray, spread: np.ndarray) -> float:
    """Return the floor that makes the mean of spread^2 + floor^2 equal the mean squared (n,) error."""
    squared = float(np.mean(error**2))
    return float(np.sqrt(max(squared - float(np.mean(spread**2)), _LEAST_FLOOR * squared)))


def fit_widening(error: np.ndarray, spread: np.ndarray, floor: float) -> float:
    """Return the factor with which 80 % of the (n,) held-out errors lie inside their intervals.

    The quantile is that of rank ceil(0.8 (n + 1)), as split conformal prediction asks.
    """
    score = np.sort(np.abs(error) / np.sqrt(spread**2 + floor**2))
    rank = min(int(np.ceil(COVERAGE * (len(score) + 1))), len(score))
    return float(score[rank - 1]) / Z80


def fit_widths(error: np.ndarray, spread: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (K,) floors and widenings from (N, K) held-out errors, NaN where unknown, and spreads."""
    floor, widen = [], []
    for column, width in zip(error.T, spread.T, strict=True):
        known = np.isfinite(column)
        floor.append(fit_floor(column[known], width[known]))
        widen.append(fit_widening(column[known], width[known], floor[-1]))
    return np.array(floor, dtype=np.float32), np.array(widen, dtype=np.float32)
