"""What the settings of families have in common: frozen dataclasses, told apart by how they are trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import Field
from typing import Any, ClassVar, Protocol, Self

from polydesign.core.specs import Phase


class Config(Protocol):
    """The settings of a family: everything needed to rebuild a model, apart from its weights. A dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


class LoopConfig(Config, Protocol):
    """Settings of a family that goes through the training loop."""

    @property
    def phases(self) -> Sequence[Phase]:
        """The phases of a run, in order; their shares add up to 1."""
        ...

    def for_data(self, meta: Mapping[str, Any]) -> Self:
        """Return these settings fitted to prepared data (its meta.json)."""
        ...


class PropertyConfig(Config, Protocol):
    """Settings of a property model."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The properties predicted, in the order of the outputs."""
        ...


class ConditionalConfig(Config, Protocol):
    """Settings of a network that reads properties, with their standardisation on each property's scale."""

    @property
    def conditions(self) -> tuple[str, ...]: ...  # noqa: D102 - see the class
    @property
    def condition_mean(self) -> tuple[float, ...]: ...  # noqa: D102
    @property
    def condition_std(self) -> tuple[float, ...]: ...  # noqa: D102
