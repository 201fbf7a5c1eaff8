"""Targets: what a property is asked to be, in text, as data, and how they are read."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from polydesign.core.errors import TargetError
from polydesign.core.properties import property_spec

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
    is in decades. `weight` says how much the wish counts in the ranking. What meets a target, and how close other
    values come, says `core.goal.Goal`, which knows the property too.
    """

    value: float | None = None
    tolerance: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    weight: float = 1.0

    def __post_init__(self) -> None:
        wishes = [name for name in ("value", "minimum", "maximum") if getattr(self, name) is not None]
        if len(wishes) != 1:
            raise TargetError(f"A target needs exactly one of value, minimum, maximum; got {wishes or 'none'}.")
        for name in (*wishes, "tolerance", "weight"):
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
