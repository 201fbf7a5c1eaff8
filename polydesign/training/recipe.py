"""What training asks of a family, written down: its recipe.

A family that can be trained has a recipe.py with a module-level `RECIPE`. What it can be told on the command line are
the flags it names; one that it cannot honour is refused, never dropped. Most recipes go through the training loop and
are a `recipes.loop.LoopRecipe`: encoding, network, phases and objectives; those of property models are in
`recipes.properties`.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from polydesign.core import registry
from polydesign.core.configs import Config
from polydesign.core.errors import TrainingError
from polydesign.training.processes import Processes

if TYPE_CHECKING:
    from torch import Tensor

    from polydesign.store import Checkpoint

PREPARED = Path("prepared")
_SEEDS = 2**32  # a step's seed, a million times as large, still fits 64 bits

# Flag of the command line -> the part of an order that it sets.
FLAGS = {
    "--steps": "steps", "--max-minutes": "minutes", "--resume": "resume", "--device": "device", "--phases": "phases",
    "--init": "init", "--with": "parts", "--set": "overrides", "--where": "where",
}  # fmt: skip


@dataclass(frozen=True)
class Order:
    """What to train, on what, for how long; see ``python -m polydesign.train --help``."""

    family: str
    data: str
    out: Path
    preset: str = "small"
    minutes: float | None = None
    steps: int | None = None
    resume: bool = False
    device: str = "cpu"
    seed: int = 0
    phases: tuple[str, ...] | None = None
    init: str | None = None
    parts: Mapping[str, str] = field(default_factory=dict)
    overrides: Mapping[str, str] = field(default_factory=dict)
    where: str | None = None
    log_every: int = 10
    save_every: float = 120.0

    def check(self) -> None:
        """Raise `TrainingError` for a number out of its range, or a length that is said twice."""
        if self.steps is not None and self.minutes is not None:
            raise TrainingError("A run is as long as its steps or its minutes say. Give --steps or --max-minutes.")
        for flag, number in (("--steps", self.steps), ("--max-minutes", self.minutes), ("--log-every", self.log_every)):
            if number is not None and not 0 < number < math.inf:
                raise TrainingError(f"{flag} expects a number above 0; got {number:g}.")
        if not 0 <= self.seed < _SEEDS:
            raise TrainingError(f"--seed expects a whole number from 0 to {_SEEDS - 1}; got {self.seed}.")


@dataclass(frozen=True)
class Made:
    """What came of a training run: all that a checkpoint holds, apart from who made it and when.

    Attributes:
        config: settings of the family, a dataclass.
        properties: key -> statistics of the training values.
        data: data sets, each with name, sha256 and licence.
        weights: name -> tensor.
        trained: what is known of the run: minutes, steps, counts.
        metrics: figures.
        files: name -> content or path of further files.
        role: "guide" or "checker".
        label, summary: for people; the spec's where None.
        parts: name -> checkpoint that the model works with.
        card: writes README.md from config.json; the general one where None.
        beside: name -> text of files for maintainers, put into the folder of the run.
    """

    config: Config
    properties: Mapping[str, Any]
    data: Sequence[Mapping[str, Any]]
    weights: Mapping[str, Tensor]
    trained: Mapping[str, Any]
    metrics: Mapping[str, Any]
    files: Mapping[str, bytes | Path] = field(default_factory=dict)
    role: str | None = None
    label: str | None = None
    summary: str | None = None
    parts: Mapping[str, Checkpoint] = field(default_factory=dict)
    card: Callable[[Mapping[str, Any]], str] | None = None
    beside: Mapping[str, str] = field(default_factory=dict)


class Recipe(ABC):
    """How a family is trained.

    Attributes:
        family: its name.
        flags: the flags of `FLAGS` that it honours.
        parts: names of the checkpoints that it works with, each given as ``--with NAME=ID``.
    """

    flags: frozenset[str] = frozenset(FLAGS)
    parts: tuple[str, ...] = ()

    def __init__(self, family: str) -> None:
        self.family = family

    @abstractmethod
    def make(self, order: Order, processes: Processes) -> Made:
        """Train, and return what came of it."""

    def check(self, order: Order) -> None:
        """Raise `TrainingError` for numbers out of range, flags that it does not honour, and parts that are missing."""
        order.check()
        default = Order(order.family, order.data, order.out)
        for flag, name in FLAGS.items():
            if flag not in self.flags and getattr(order, name) != getattr(default, name):
                honoured = ", ".join(sorted(self.flags)) or "none"
                raise TrainingError(f"{self.family} cannot be trained with {flag}. Of such flags it takes: {honoured}.")
        missing = [name for name in self.parts if name not in order.parts]
        if missing:
            raise TrainingError(
                f"{self.family} works with the checkpoint of another model. Name it: "
                f"{' '.join(f'--with {name}=ID' for name in missing)}."
            )
        unknown = sorted(set(order.parts) - set(self.parts))
        if unknown:
            raise TrainingError(f"{self.family} works with no {', '.join(unknown)}; leave --with out.")

    def preset(self, order: Order) -> Any:
        """Return the config of the preset that is asked for, with its overrides."""
        presets = registry.presets(self.family)
        name = self.preset_name(order)
        if name not in presets:
            raise TrainingError(f"{self.family} has no preset '{name}'. It has: {', '.join(presets)}.")
        return overridden(self.family, presets[name], order.overrides)

    def preset_name(self, order: Order) -> str:
        """Return the name of the preset that is meant; the demo set is small enough for the tiny one."""
        return "tiny" if order.data == "demo" and order.preset == "small" else order.preset


C = TypeVar("C", bound=Config)


def overridden(family: str, config: C, overrides: Mapping[str, str]) -> C:
    """Return the config with some settings replaced, each in the type of its default."""
    changes = {}
    for name, text in overrides.items():
        default = getattr(config, name, None)
        if not isinstance(default, (int, float, str)):
            raise TrainingError(f"{family} has no setting '{name}' that can be overridden.")
        try:
            changes[name] = _converted(text, default)
        except ValueError:
            raise TrainingError(f"Setting {name} expects {type(default).__name__}; got '{text}'.") from None
    return replace(config, **changes)


def _converted(text: str, default: bool | int | float | str) -> Any:
    """Return `text` in the type of the default; raise ValueError when it is not of that type."""
    if isinstance(default, bool):
        if text.lower() not in ("true", "false"):
            raise ValueError(text)
        return text.lower() == "true"
    return type(default)(text)
