"""Warn before a run of what is likely to disappoint. Light enough for a page to call while sliders move.

joint.json, an optional file of a generator's checkpoint, holds the mean and the covariance of the
training data's properties on their scales:

    {"keys": [K names], "mean": [K numbers], "covariance": [K lists of K numbers]}
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from polydesign.core.errors import CheckpointError
from polydesign.core.goal import Goal, goals
from polydesign.core.targets import Targets
from polydesign.store import Checkpoint
from polydesign.store.files import read_json

JOINT = "joint.json"
_FAR = 2.326  # standard normal quantile of 99 %
_RIDGE = 1e-3  # of each variance: counts that add up to another one would make the covariance singular
_EGC_MISFIT = 1.0  # eV; the DFT values differ by less for nearly all polymers
_HIGH_TG, _HIGH_FFV = 250.0, 0.44  # °C, 1; of polymers with both values known, 1 in 160 lies there
_EPS_ABOVE_N2 = (-0.5, 2.3)  # range of eps - n^2 that covers 98 % of the DFT values, with some room


def warnings(checkpoint: Checkpoint, targets: Targets) -> list[str]:
    """Return sentences about targets that the training data say little about, or that disagree with each other."""
    outside = [text for goal in goals(targets) if (text := _outside(checkpoint, goal))]
    return [*outside, *_far_combination(checkpoint, targets), *inconsistencies(targets)]


def inconsistencies(targets: Targets) -> list[str]:
    """Return sentences about targets that physics hardly lets go together."""
    sentences = []
    wanted = {goal.key: goal.interval for goal in goals(targets)}
    values = {key: target.central for key, target in targets.items() if target.value is not None}
    if {"egc_dft_ev", "ei_dft_ev", "eea_dft_ev"} <= set(values):
        expected = values["ei_dft_ev"] - values["eea_dft_ev"]
        if abs(values["egc_dft_ev"] - expected) > _EGC_MISFIT:
            sentences.append(
                f"The band gap of a chain is close to Ei − Eea, here {expected:.3g} eV; "
                f"a gap of {values['egc_dft_ev']:.3g} eV does not go with them."
            )
    for key in ("nc_dft", "refractive_index_md"):
        if {"eps_dft", key} <= set(values):
            square = values[key] ** 2
            low, high = (square + shift for shift in _EPS_ABOVE_N2)
            if not low <= values["eps_dft"] <= high:
                sentences.append(
                    f"The dielectric constant is close to or somewhat above the square of the refractive index, here "
                    f"{square:.3g}; ε = {values['eps_dft']:.3g} does not go with n = {values[key]:.3g}."
                )
    high_tg = wanted.get("tg_exp_c") and targets["tg_exp_c"].maximum is None and wanted["tg_exp_c"].low >= _HIGH_TG
    high_ffv = wanted.get("ffv_md") and targets["ffv_md"].maximum is None and wanted["ffv_md"].low >= _HIGH_FFV
    if high_tg and high_ffv:
        sentences.append("A high glass transition together with a very high free volume is rare; expect few hits.")
    return sentences


def _outside(checkpoint: Checkpoint, goal: Goal) -> str | None:
    stats, target, show = checkpoint.properties.get(goal.key), goal.target, goal.spec.show
    if stats is None or not stats["n"]:
        return None
    beyond = target.maximum is None and target.central > stats["p99"]
    below = target.minimum is None and target.central < stats["p1"]
    if not beyond and not below:
        return None
    return (
        f"{goal.words} lies outside the middle 98 % of the training data ({show(stats['p1'])} to "
        f"{show(stats['p99'])}): expect fewer hits and less reliable predictions."
    )


@dataclass(frozen=True)
class _Joint:
    """Mean and covariance of K properties on their scales."""

    keys: tuple[str, ...]
    mean: np.ndarray
    covariance: np.ndarray

    def variance(self, key: str) -> float:
        """Return the variance of a property."""
        place = self.keys.index(key)
        return float(self.covariance[place, place])


@lru_cache(maxsize=16)
def _read_joint(path: Path, sha256: str) -> _Joint:
    data = read_json(path)
    try:
        joint = _Joint(tuple(data["keys"]), np.array(data["mean"], float), np.array(data["covariance"], float))
        n = len(joint.keys)
        if joint.mean.shape == (n,) and joint.covariance.shape == (n, n):
            return joint
    except (KeyError, TypeError, ValueError):
        pass
    raise CheckpointError(f"{path} must hold keys, mean and covariance of one length; copy the checkpoint again.")


def _far_combination(checkpoint: Checkpoint, targets: Targets) -> list[str]:
    """Warn when the targets together lie outside the ellipsoid that holds about 99 % of the data."""
    if JOINT not in checkpoint.config["files"]:
        return []
    joint = _read_joint(checkpoint.path(JOINT), checkpoint.config["files"][JOINT])
    keys = [key for key in targets if key in joint.keys and joint.variance(key) > 0]
    if len(keys) < 2:
        return []
    index = [joint.keys.index(key) for key in keys]
    mean, covariance = joint.mean[index], joint.covariance[np.ix_(index, index)]
    covariance = covariance + _RIDGE * np.diag(np.diag(covariance))
    asked = [Goal(key, targets[key]) for key in keys]
    box = [goal.interval for goal in asked]
    point = nearest_in_box(mean, covariance, np.array([b.low for b in box]), np.array([b.high for b in box]))
    distance = math.sqrt((point - mean) @ np.linalg.solve(covariance, point - mean))
    # Wilson and Hilferty, 1931: the cube root of a chi-square variable is nearly normal.
    k = len(keys)
    radius = math.sqrt(k * (1 - 2 / (9 * k) + _FAR * math.sqrt(2 / (9 * k))) ** 3)
    if distance <= radius:
        return []
    nearest = mean + (point - mean) * radius / distance
    specs = [goal.spec for goal in asked]
    values = [f"{spec.symbol} {spec.show(float(spec.from_scale(x)))}" for spec, x in zip(specs, nearest, strict=True)]
    return [
        f"The combination {', '.join(goal.words for goal in asked)} lies far from all training data. "
        f"The nearest combination with data is about {', '.join(values)}."
    ]


def nearest_in_box(mean: np.ndarray, covariance: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return the (K,) point of a box that has the smallest Mahalanobis distance from `mean`.

    Coordinate descent on the convex quadratic; each step minimises over one coordinate within its bounds.
    """
    precision = np.linalg.inv(covariance)
    point = np.clip(mean, low, high)
    for _ in range(200):
        before = point.copy()
        for i in range(len(point)):
            pull = precision[i] @ (point - mean) - precision[i, i] * (point[i] - mean[i])
            point[i] = np.clip(mean[i] - pull / precision[i, i], low[i], high[i])
        if np.allclose(point, before, rtol=0, atol=1e-9):
            break
    return point
