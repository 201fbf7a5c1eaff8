"""Settings of the toy graphs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from polydesign.core.specs import Minutes, Phase


@dataclass(frozen=True)
class Config:
    """Everything needed to rebuild the tables.

    Attributes:
        elements: symbols of the atoms, "*" first; taken from the prepared data.
        max_atoms: atoms of the largest graph, attachment points among them.
        lr: peak learning rate.
        batch_atoms: atoms of a batch, padding included.
    """

    elements: tuple[str, ...] = ("*",)
    max_atoms: int = 24
    lr: float = 5e-2
    batch_atoms: int = 1024

    def for_data(self, meta: Mapping[str, Any]) -> Self:
        """Return this preset fitted to prepared data."""
        return replace(self, elements=tuple(meta["elements"]))

    @property
    def phases(self) -> tuple[Phase, ...]:
        """One phase."""
        return (Phase("train", 1.0, self.lr),)


PRESETS = {"tiny": Config(), "small": Config(), "reference": Config()}
MINUTES = {"tiny": Minutes(cpu=1), "small": Minutes(cpu=1), "reference": Minutes(gpu=1)}
