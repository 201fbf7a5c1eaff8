"""Decide how the targets reach the generator: as its own conditions, or by selection afterwards."""

from __future__ import annotations

from dataclasses import dataclass, replace

from polydesign.core.properties import property_spec
from polydesign.core.specs import GeneratorSpec
from polydesign.core.types import DesignRequest, Target, Targets
from polydesign.engine.rank import tolerance
from polydesign.store import Checkpoint

NATIVE, SELECT, NONE = "native", "select", "none"
# Candidates gathered for each one that is returned; the best are kept. Selection alone needs more to choose from.
GATHERED = {NATIVE: 1.5, SELECT: 5.0, NONE: 1.0}


@dataclass(frozen=True)
class Steering:
    """How a run is steered.

    Attributes:
        name: "native", "select" or, without targets, "none".
        conditions: what the generator is told.
        warnings: sentences for the user.
    """

    name: str
    conditions: Targets
    warnings: tuple[str, ...] = ()


def choose(request: DesignRequest, spec: GeneratorSpec, checkpoint: Checkpoint) -> Steering:
    """Return the steering that is asked for, or the nearest that the generator is able to follow."""
    if not request.targets:
        return Steering(NONE, {})
    if request.steering == SELECT:
        return Steering(SELECT, {})
    if "conditional" not in spec.abilities:
        warning = f"{spec.label} cannot be told targets: it samples freely and the best are selected."
        return Steering(SELECT, {}, (warning,))
    conditions = {
        key: aim(key, target, checkpoint) for key, target in request.targets.items() if key in checkpoint.properties
    }
    ignored = [property_spec(key).label for key in request.targets if key not in conditions]
    if not conditions:
        warning = f"{spec.label} was not trained on any of the targets: it samples freely and the best are selected."
        return Steering(SELECT, {}, (warning,))
    if ignored:
        warning = f"{spec.label} was not trained on {', '.join(ignored)}: used for ranking only."
        return Steering(NATIVE, conditions, (warning,))
    return Steering(NATIVE, conditions)


def aim(key: str, target: Target, checkpoint: Checkpoint) -> Target:
    """Return the target that a generator is told: for at least and at most, a value one tolerance inside.

    Asked for the bound itself, half of what comes would miss it. The value is kept within the training
    data where the bound is.
    """
    if target.value is not None:
        return target
    spec = property_spec(key)
    bound = float(spec.to_scale(target.central))
    inside = 1 if target.minimum is not None else -1
    value = bound + inside * tolerance(spec, target)
    p1, p99 = (float(spec.to_scale(checkpoint.properties[key][name])) for name in ("p1", "p99"))
    value = min(value, max(p99, bound)) if inside == 1 else max(value, min(p1, bound))
    return replace(target, value=float(spec.from_scale(value)), minimum=None, maximum=None)
