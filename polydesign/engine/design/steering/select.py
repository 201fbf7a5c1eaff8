"""Selection: the generator samples freely, and the best of what comes are kept."""

from __future__ import annotations

from typing import ClassVar

from polydesign.core.request import DesignRequest
from polydesign.core.specs import GeneratorSpec
from polydesign.engine.design.steering.kind import Plan, Steering
from polydesign.store import Checkpoint

SELECT = "select"


class Selection(Steering):
    """Any family can be steered so; who is told nothing needs more to choose from."""

    name: ClassVar[str] = SELECT
    label: ClassVar[str] = "sample without conditions, keep the best"
    place: ClassVar[int] = 1

    def offered(self, spec: GeneratorSpec) -> bool:
        """See `Steering`."""
        return True

    def plan(self, request: DesignRequest, spec: GeneratorSpec, checkpoint: Checkpoint) -> Plan:
        """See `Steering`."""
        return Plan(SELECT, {})

    def gathered(self, spec: GeneratorSpec) -> float:
        """See `Steering`."""
        return 5.0


STEERING = Selection()
