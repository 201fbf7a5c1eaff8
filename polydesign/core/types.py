"""What flows through the product: targets, a request, candidates, a result. Plain data that goes to JSON and back."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from polydesign.core.errors import TargetError
from polydesign.core.properties import PROPERTIES, property_spec

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|nan|[-+]?inf"
_TARGET = re.compile(
    rf"^\s*(?P<key>\w+)\s*(?:=\s*(?P<value>{_NUMBER})(?:\s*:\s*(?P<tolerance>{_NUMBER}))?"
    rf"|>=\s*(?P<minimum>{_NUMBER})|<=\s*(?P<maximum>{_NUMBER}))(?:\s*@\s*(?P<weight>{_NUMBER}))?\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Target:
    """One wish: `value` with a `tolerance`, or at least `minimum`, or at most `maximum`.

    Values are in the property's unit; the tolerance is too, except for log10 properties, where it
    is in decades. `weight` says how much the wish counts in the ranking.
    """

    value: float | None = None
    tolerance: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    weight: float = 1.0

    def __post_init__(self) -> None:
        given = [name for name in ("value", "minimum", "maximum") if getattr(self, name) is not None]
        if len(given) != 1:
            raise TargetError(f"A target needs exactly one of value, minimum, maximum; got {given or 'none'}.")
        for name in (*given, "tolerance", "weight"):
            number = getattr(self, name)
            if number is not None and not (isinstance(number, (int, float)) and math.isfinite(number)):
                raise TargetError(f"The {name} of a target must be a finite number; got {number!r}.")
        if self.tolerance is not None and self.tolerance <= 0:
            raise TargetError(f"A tolerance must be positive; got {self.tolerance}.")
        if self.weight <= 0:
            raise TargetError(f"A weight must be positive; got {self.weight}.")

    @property
    def central(self) -> float:
        """The number a conditional generator is asked for."""
        number = next(v for v in (self.value, self.minimum, self.maximum) if v is not None)
        return float(number)

    def to_dict(self) -> dict[str, float]:
        """Return the fields that are set."""
        return {k: v for k, v in asdict(self).items() if v is not None}

    def text(self, key: str) -> str:
        """Write the target the way the command line reads it, e.g. ``tg_exp_c=180:20@2``."""
        weight = "" if self.weight == 1.0 else f"@{self.weight:g}"
        if self.value is not None:
            tolerance = "" if self.tolerance is None else f":{self.tolerance:.10g}"
            return f"{key}={self.value:.10g}{tolerance}{weight}"
        sign, number = (">=", self.minimum) if self.minimum is not None else ("<=", self.maximum)
        return f"{key}{sign}{number:.10g}{weight}"


Targets = Mapping[str, Target]


def parse_target(text: str) -> tuple[str, Target]:
    """Read ``KEY=VALUE[:TOLERANCE][@WEIGHT]``, ``KEY>=VALUE[@WEIGHT]`` or ``KEY<=VALUE[@WEIGHT]``."""
    match = _TARGET.match(text)
    if match is None:
        raise TargetError(
            f"Cannot read the target '{text[:80]}'. Write it like tg_exp_c=180:20, 'egc_dft_ev>=4@2' or 'ffv_md<=0.4'."
        )
    parts = match.groupdict()
    key = parts.pop("key")
    spec = property_spec(key)
    numbers = {name: float(number) for name, number in parts.items() if number is not None}
    target = Target(**numbers)
    if spec.scale == "log10" and target.central <= 0:
        raise TargetError(f"{spec.label} ({key}) must be above zero; got {target.central:g} {spec.unit_text}.")
    return key, target


def targets_from_dict(data: Mapping[str, Mapping[str, float]]) -> dict[str, Target]:
    """Rebuild targets from their dictionary form, checking keys and numbers."""
    targets = {}
    for key, fields in data.items():
        property_spec(key)
        try:
            targets[key] = Target(**fields)
        except TypeError:
            raise TargetError(f"The target of {key} has unknown fields: {sorted(fields)}.") from None
    return targets


@dataclass(frozen=True)
class Filters:
    """What a candidate must and must not contain.

    Attributes:
        must_contain: SMARTS patterns, all of which have to match the chain.
        exclude: SMARTS patterns, none of which may match.
        exclude_elements: element symbols that may not occur.
        max_atoms: largest number of heavy atoms of the repeat unit (attachment points not counted).
        pfas_free: reject units with a fully fluorinated CF2 or CF3 carbon (OECD 2021 definition).
        novel_only: reject polymers known to the training data.
    """

    must_contain: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    exclude_elements: tuple[str, ...] = ()
    max_atoms: int | None = None
    pfas_free: bool = False
    novel_only: bool = True


@dataclass(frozen=True)
class DesignRequest:
    """Everything that determines a run, apart from the weights themselves.

    Attributes:
        checkpoint: id of an embedded or cached checkpoint, or ``owner/name`` on the Hub.
        targets: property key -> `Target`; a key that is absent means "don't care".
        n: number of candidates wanted, 1 to 100,000.
        seed: seed of the generator.
        options: option name -> value; what is absent takes the family's default.
        filters: see `Filters`.
        steering: "native" (the generator's own conditions), "latent" (gradient ascent in its latent space) or
            "select" (sample unconditionally, keep the best).
        revision: pinned revision for a checkpoint on the Hub.
    """

    checkpoint: str
    targets: Targets = field(default_factory=dict)
    n: int = 100
    seed: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    filters: Filters = field(default_factory=Filters)
    steering: str = "native"
    revision: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        return {
            "checkpoint": self.checkpoint,
            "revision": self.revision,
            "targets": {key: target.to_dict() for key, target in self.targets.items()},
            "n": self.n,
            "seed": self.seed,
            "options": dict(self.options),
            "filters": {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self.filters).items()},
            "steering": self.steering,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> DesignRequest:
        """Rebuild a request from `to_dict`; raise `TargetError` for anything malformed."""
        try:
            filters: dict[str, Any] = {
                k: tuple(v) if isinstance(v, list) else v for k, v in dict(data.get("filters") or {}).items()
            }
            return cls(
                checkpoint=str(data["checkpoint"]),
                revision=data.get("revision"),
                targets=targets_from_dict(data.get("targets") or {}),
                n=int(data.get("n", 100)),
                seed=int(data.get("seed", 0)),
                options=dict(data.get("options") or {}),
                filters=Filters(**filters),
                steering=str(data.get("steering", "native")),
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            if isinstance(error, TargetError):
                raise
            raise TargetError(f"This is not a complete design request: {error}.") from error


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


@dataclass(frozen=True)
class Progress:
    """How far a long call has come: `done` of `total` in `stage`, with a sentence for the user."""

    stage: str
    done: int
    total: int
    message: str = ""


OnProgress = Callable[[Progress], None]
ShouldStop = Callable[[], bool]


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


__all__ = [
    "PROPERTIES", "Candidate", "DesignRequest", "DesignResult", "Filters", "OnProgress", "Prediction",
    "PredictionColumns", "Progress", "ShouldStop", "Target", "Targets", "parse_target", "targets_from_dict",
]  # fmt: skip
