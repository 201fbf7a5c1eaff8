"""How well runs hit what they were asked for: predicted values against targets, over all runs at hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from polydesign.core.properties import PROPERTIES
from polydesign.core.results import DesignResult


@dataclass(frozen=True)
class Fit:
    """Values of N candidates of one or several runs against what each run asked for.

    Attributes:
        key: the property.
        target: (N,) wanted values, in the unit.
        guide, checker: (N,) values by each model, in the unit; NaN where unknown.
        run: (N,) number of the run, from 0.
        texts: N p-SMILES.
    """

    key: str
    target: np.ndarray
    guide: np.ndarray
    checker: np.ndarray
    run: np.ndarray
    texts: list[str]

    def error(self, model: str) -> float:
        """Return the mean absolute error of a model's values against the targets, on the scale; NaN for none."""
        wanted, predicted = self._pairs(model)
        return float(np.abs(predicted - wanted).mean()) if len(predicted) else math.nan

    def r2(self, model: str) -> float:
        """Return R2 of a model's values against the targets, on the scale; NaN with fewer than two targets."""
        wanted, predicted = self._pairs(model)
        around = ((wanted - wanted.mean()) ** 2).sum() if len(wanted) else 0.0
        return float(1 - ((predicted - wanted) ** 2).sum() / around) if around > 0 else math.nan

    def _pairs(self, model: str) -> tuple[np.ndarray, np.ndarray]:
        spec = PROPERTIES[self.key]
        wanted, predicted = spec.to_scale(self.target), spec.to_scale(getattr(self, model))
        known = np.isfinite(wanted) & np.isfinite(predicted)
        return wanted[known], predicted[known]


def wanted_keys(results: Sequence[DesignResult]) -> list[str]:
    """Return the properties that any of the runs asked for."""
    asked = {key for result in results for key in result.request.targets}
    return [key for key in PROPERTIES if key in asked]


def fit(results: Sequence[DesignResult], key: str) -> Fit:
    """Gather the candidates of all runs that asked for `key`; a bound counts as the value it names."""
    target, guide, checker, run, texts = [], [], [], [], []
    for number, result in enumerate(results):
        wanted = result.request.targets.get(key)
        for candidate in result.candidates if wanted else ():
            value = candidate.predictions.get(key)
            target.append(wanted.central if wanted else math.nan)
            guide.append(math.nan if value is None else value.mean)
            checker.append(candidate.checker.get(key, {}).get("mean", math.nan))
            run.append(number)
            texts.append(candidate.psmiles)
    return Fit(key, np.array(target), np.array(guide), np.array(checker), np.array(run, dtype=int), texts)
