"""No steering: a request without targets."""

from __future__ import annotations

from typing import ClassVar

from polydesign.core.specs import GeneratorSpec
from polydesign.engine.design.steering.kind import Steering

FREE = "none"


class Free(Steering):
    """What there is nothing to choose by is returned as it comes."""

    name: ClassVar[str] = FREE

    def offered(self, spec: GeneratorSpec) -> bool:
        """See `Steering`; nobody asks for it."""
        return False

    def gathered(self, spec: GeneratorSpec) -> float:
        """See `Steering`."""
        return 1.0


STEERING = Free()
