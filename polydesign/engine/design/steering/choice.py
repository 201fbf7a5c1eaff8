"""Decide how the targets reach the generator: its own conditions, ascent in its latent space, or selection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from polydesign.core.goal import Goal
from polydesign.core.properties import PROPERTIES, property_spec
from polydesign.core.request import DesignRequest
from polydesign.core.specs import GeneratorSpec
from polydesign.core.targets import Target, Targets
from polydesign.engine.design.steering.latent import LEAST_R2, LEAST_ROWS, FittedHead
from polydesign.store import Checkpoint

NATIVE, LATENT, SELECT, NONE = "native", "latent", "select", "none"
# Candidates gathered for each one that is returned; the best are kept. Who is told nothing, or led by a head that
# knows half of it, needs more to choose from; for the generator's own conditions, its spec says how many.
_GATHERED = {LATENT: 5.0, SELECT: 5.0, NONE: 1.0}


@dataclass(frozen=True)
class Steering:
    """How a run is steered.

    Attributes:
        name: "native", "latent", "select" or, without targets, "none".
        conditions: what the generator is told, or its codes are led to.
        warnings: sentences for the user.
    """

    name: str
    conditions: Targets
    warnings: tuple[str, ...] = ()


def offered(spec: GeneratorSpec) -> tuple[str, ...]:
    """Return the kinds of steering that a family can follow, its usual one first."""
    native = (NATIVE,) if "conditional" in spec.abilities else ()
    latent = (LATENT,) if "latent" in spec.abilities else ()
    return (*native, SELECT, *latent)


def gathered(steering: Steering, spec: GeneratorSpec) -> float:
    """Return how many candidates are gathered for each one that is returned."""
    return _GATHERED.get(steering.name, spec.gathered)


def choose(request: DesignRequest, spec: GeneratorSpec, checkpoint: Checkpoint) -> Steering:
    """Return the steering that is asked for, or the nearest that the generator is able to follow."""
    if not request.targets:
        return Steering(NONE, {})
    if request.steering == SELECT:
        return Steering(SELECT, {})
    if request.steering == LATENT:
        if LATENT in offered(spec):
            return Steering(LATENT, request.targets)
        warning = f"{spec.label} has no latent space to climb in: it samples freely and the best are selected."
        return Steering(SELECT, {}, (warning,))
    if NATIVE not in offered(spec):
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


def trusted(steering: Steering, fitted: FittedHead | None) -> Steering:
    """Return latent steering by the targets that the head knows something of; by selection when there are none."""
    if fitted is None:
        warning = (
            f"Fewer than {LEAST_ROWS} of the codes that were tried decode to valid units, too few to learn where "
            "properties lie: the best of free samples are selected."
        )
        return Steering(SELECT, {}, (*steering.warnings, warning))
    readable = {key: target for key, target in steering.conditions.items() if fitted.r2.get(key, 0.0) >= LEAST_R2}
    unread = [property_spec(key).label for key in steering.conditions if key not in readable]
    if not unread:
        return steering
    warning = (
        f"The codes say too little of {', '.join(unread)} (R² below {LEAST_R2:g} on rows the property head has not "
        f"seen): {'used for ranking only' if readable else 'the best of free samples are selected'}."
    )
    return Steering(LATENT if readable else SELECT, readable, (*steering.warnings, warning))


def sentence(manifest: Mapping[str, Any]) -> str:
    """Return what a reader should know of the property head behind a result; nothing where there was none."""
    head = manifest.get("head")
    if not head or manifest.get("steering") != LATENT:
        return ""
    scores = [f"{PROPERTIES[key].symbol} {r2:.2f}" for key, r2 in head["r2"].items() if key in PROPERTIES]
    return (
        f"Steered by gradient ascent in the latent space. Its property head, fitted to {head['n']:,} decoded codes, "
        f"predicts {head['n_held_out']:,} others with R² {', '.join(scores)}."
    )


def aim(key: str, target: Target, checkpoint: Checkpoint) -> Target:
    """Return the target that a generator is told: for at least and at most, a value one tolerance inside.

    Asked for the bound itself, half of what comes would miss it. The value is kept within the training
    data where the bound is.
    """
    if target.value is not None:
        return target
    goal = Goal(key, target)
    p1, p99 = (float(goal.spec.to_scale(checkpoint.properties[key][name])) for name in ("p1", "p99"))
    if target.minimum is not None:
        value = min(goal.aim.low, max(p99, goal.centre))
    else:
        value = max(goal.aim.high, min(p1, goal.centre))
    return replace(target, value=float(goal.spec.from_scale(value)), minimum=None, maximum=None)
