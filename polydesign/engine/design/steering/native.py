"""The generator's own conditions: it is told the targets."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from polydesign.core.goal import Goal
from polydesign.core.properties import property_spec
from polydesign.core.request import DesignRequest
from polydesign.core.specs import GeneratorSpec
from polydesign.core.targets import Target
from polydesign.engine.design.steering.kind import Plan, Steering
from polydesign.engine.design.steering.select import SELECT
from polydesign.store import Checkpoint

NATIVE = "native"


class Native(Steering):
    """Families that read conditions."""

    name: ClassVar[str] = NATIVE
    label: ClassVar[str] = "the generator's own conditions"

    def offered(self, spec: GeneratorSpec) -> bool:
        """See `Steering`."""
        return "conditional" in spec.abilities

    def refusal(self, spec: GeneratorSpec) -> str:
        """See `Steering`."""
        return f"{spec.label} cannot be told targets: it samples freely and the best are selected."

    def plan(self, request: DesignRequest, spec: GeneratorSpec, checkpoint: Checkpoint) -> Plan:
        """See `Steering`; targets that the checkpoint was not trained on are used for ranking only."""
        conditions = {
            key: aim(key, target, checkpoint) for key, target in request.targets.items() if key in checkpoint.properties
        }
        ignored = [property_spec(key).label for key in request.targets if key not in conditions]
        if not conditions:
            free = "it samples freely and the best are selected"
            return Plan(SELECT, {}, (f"{spec.label} was not trained on any of the targets: {free}.",))
        if ignored:
            warning = f"{spec.label} was not trained on {', '.join(ignored)}: used for ranking only."
            return Plan(NATIVE, conditions, (warning,))
        return Plan(NATIVE, conditions)

    def gathered(self, spec: GeneratorSpec) -> float:
        """See `Steering`; the family says how well it follows."""
        return spec.gathered


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


STEERING = Native()
