"""The contract of a kind of steering: how targets reach a generator.

Each kind is a file of this folder with a module-level `STEERING`; adding one touches no other file.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from polydesign.core.progress import OnProgress, ShouldStop
from polydesign.core.protocols import Generator, PropertyPredictor
from polydesign.core.request import DesignRequest
from polydesign.core.specs import GeneratorSpec
from polydesign.core.targets import Targets
from polydesign.store import Checkpoint

if TYPE_CHECKING:
    from polydesign.engine.session import Session


@dataclass(frozen=True)
class Plan:
    """How a run is to be steered.

    Attributes:
        name: of the kind.
        conditions: what the generator is told, or led to.
        warnings: sentences for the user.
    """

    name: str
    conditions: Targets
    warnings: tuple[str, ...] = ()


class Sampler(Protocol):
    """Generates strings, steered."""

    def __call__(
        self,
        n: int,
        *,
        seed: int,
        options: Mapping[str, Any],
        on_progress: OnProgress | None = None,
        should_stop: ShouldStop | None = None,
    ) -> list[str]:
        """Return `n` raw strings."""
        ...


@dataclass(frozen=True)
class Means:
    """What a kind has at hand when it prepares a sampler.

    Attributes:
        generator, spec, checkpoint: the loaded generator.
        guide, guide_sha256: the property model that ranks, None and "" where the run needs none.
        session: remembers what was prepared for the same models.
        on_progress, should_stop: of the run.
    """

    generator: Generator
    spec: GeneratorSpec
    checkpoint: Checkpoint
    guide: PropertyPredictor | None
    guide_sha256: str
    session: Session
    on_progress: OnProgress | None = None
    should_stop: ShouldStop | None = None


@dataclass(frozen=True)
class Prepared:
    """A sampler, and what became of the plan.

    Attributes:
        plan: as it is followed in fact.
        sample: generates.
        head: what the manifest says of a model that was fitted for it, None where there was none.
    """

    plan: Plan
    sample: Sampler
    head: Mapping[str, Any] | None = None


class Steering(ABC):
    """A kind of steering.

    Attributes:
        name: in requests and on the command line.
        label: in menus; "" for one that is never chosen.
        place: in menus, from 0.
        slow: name of the stage of a run in which it is prepared; "" where that takes no time.
    """

    name: ClassVar[str]
    label: ClassVar[str] = ""
    place: ClassVar[int] = 0
    slow: ClassVar[str] = ""

    @abstractmethod
    def offered(self, spec: GeneratorSpec) -> bool:
        """Say whether a family can be steered so."""

    def refusal(self, spec: GeneratorSpec) -> str:
        """Say why a family cannot, and what is done instead."""
        return f"{spec.label} cannot be steered by '{self.name}': it samples freely and the best are selected."

    def plan(self, request: DesignRequest, spec: GeneratorSpec, checkpoint: Checkpoint) -> Plan:
        """Return the plan of a request that asks for it, before any model is loaded."""
        return Plan(self.name, request.targets)

    @abstractmethod
    def gathered(self, spec: GeneratorSpec) -> float:
        """Return how many candidates are gathered for each one that is returned; the best are kept."""

    def prepare(self, plan: Plan, means: Means) -> Prepared:
        """Return the sampler; by default the generator itself, told the conditions."""
        return Prepared(plan, told(means.generator, plan.conditions))


def told(generator: Generator, conditions: Targets) -> Sampler:
    """Return a sampler of a generator that is told conditions."""

    def sample(
        n: int,
        *,
        seed: int,
        options: Mapping[str, Any],
        on_progress: OnProgress | None = None,
        should_stop: ShouldStop | None = None,
    ) -> list[str]:
        return generator.sample(
            conditions, n, seed=seed, options=options, on_progress=on_progress, should_stop=should_stop
        )

    return sample
