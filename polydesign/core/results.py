"""What comes of a request: predictions, candidates, a result. Plain data that goes to JSON and back."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from polydesign.core.request import DesignRequest


@dataclass(frozen=True)
class PredictionColumns:
    """Predictions of one property for N polymers; NaN where a structure could not be read.

    Attributes:
        mean: (N,) central values in the property's unit.
        std: (N,) standard deviations on the property's scale (decades for log10).
        lo80, hi80: (N,) ends of the calibrated 80 % interval, in the unit.
        in_domain: (N,) bool, whether the structure lies near the training chains.
    """

    mean: np.ndarray
    std: np.ndarray
    lo80: np.ndarray
    hi80: np.ndarray
    in_domain: np.ndarray

    def row(self, index: int) -> Prediction:
        """Return the prediction of one polymer."""
        return Prediction(
            float(self.mean[index]), float(self.std[index]), float(self.lo80[index]), float(self.hi80[index]),
            bool(self.in_domain[index]),
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Decisions:
    """What a generator that decides on all atoms, then on all bonds, would decide from the code of one structure.

    Attributes:
        known: (K,) kinds of atoms that the model knows.
        kinds: (A,) of the structure's atoms, in the order of its graph.
        orders: (A, A) its bonds, 0 where there is none.
        counts: (K, R + 1) float32 probabilities of 0, 1, ... atoms of each kind; 1 for a number that is given.
        bonds: (A, A, 4) float32 probabilities of none, single, double and triple, told the atoms.
    """

    known: list[str]
    kinds: list[str]
    orders: np.ndarray
    counts: np.ndarray
    bonds: np.ndarray


@dataclass(frozen=True)
class Prediction:
    """A predicted value with its uncertainty; see `PredictionColumns` for units."""

    mean: float
    std: float
    lo80: float
    hi80: float
    in_domain: bool


@dataclass
class Candidate:
    """One new repeat unit and what is believed of it.

    `score` in [0, 1] is the weighted closeness to all targets, `p_all_targets` the probability (under
    the guide's uncertainty) that every target is met, `checker` the independent model's values
    (key -> {"mean": value in unit}), which never influence the rank. `novel` is None when the
    checkpoint has no list of its training chains.
    """

    psmiles: str
    chain_key: str
    score: float
    p_all_targets: float
    novel: bool | None
    sa_score: float
    predictions: dict[str, Prediction]
    checker: dict[str, dict[str, float]] = field(default_factory=dict)


@dataclass
class DesignResult:
    """Ranked candidates with an honest account of everything that was generated.

    Attributes:
        candidates: best first.
        counts: generated, parses, valid, unique, novel (absent when nobody can say), kept; every generation counted.
        rejected: reason -> count.
        timings: stage -> seconds.
        manifest: what is needed to repeat the run (request, checkpoint hash, versions).
        warnings: sentences for the user.
    """

    candidates: list[Candidate]
    counts: dict[str, int]
    rejected: dict[str, int]
    timings: dict[str, float]
    manifest: dict[str, Any]
    warnings: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary (NaN becomes None)."""
        return _jsonable(asdict(self))

    @property
    def request(self) -> DesignRequest:
        """The request that this result answers."""
        return DesignRequest.from_dict(self.manifest["request"])


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _jsonable(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_jsonable(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
