"""What a model family says of itself: name, paper, abilities, options. Read without importing torch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from polydesign.core.errors import OptionError

Ability = Literal["conditional", "latent", "likelihood"]


@dataclass(frozen=True)
class OptionSpec:
    """A setting the user may change when sampling; widget, help and validation come from here.

    Attributes:
        name: key in requests and on the command line.
        label: text of the widget.
        default: value when nothing is given; its type is the option's type.
        minimum, maximum, step: bounds of a number.
        choices: allowed values of a text option.
        help: one sentence, in the user's terms.
        in_design: value with which a design run (page or command) starts; None is the default, which raw sampling
            and its figures always take.
    """

    name: str
    label: str
    default: float | int | bool | str
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()
    help: str = ""
    in_design: float | int | bool | str | None = None

    @property
    def first(self) -> float | int | bool | str:
        """The value with which a design run starts."""
        return self.default if self.in_design is None else self.in_design

    def check(self, value: Any) -> float | int | bool | str:
        """Return `value` in the option's type; raise `OptionError` when it does not fit."""
        kind = type(self.default)
        try:
            if kind is bool and isinstance(value, str):
                value = {"true": True, "1": True, "false": False, "0": False}[value.lower()]
            value = kind(value)
        except (TypeError, ValueError, KeyError):
            raise OptionError(f"Option {self.name} expects {kind.__name__}; got {value!r}.") from None
        if kind in (int, float):
            low = -math.inf if self.minimum is None else self.minimum
            high = math.inf if self.maximum is None else self.maximum
            if not low <= value <= high:  # also catches NaN
                raise OptionError(f"Option {self.name} must lie between {low:g} and {high:g}; got {value!r}.")
        if self.choices and value not in self.choices:
            raise OptionError(f"Option {self.name} must be one of {', '.join(self.choices)}; got {value!r}.")
        return value


CONSTRAINED = OptionSpec(
    "constrained", "Complete strings only", False, in_design=True,
    help="Rule out tokens after which brackets, rings, bonds or the two attachment points could not come out right; "
    "write aromatic rings without a Kekulé form again.",
)  # fmt: skip
"""The option of all families that write token sequences; those below belong to several of them."""
TEMPERATURE = OptionSpec(
    "temperature", "Temperature", 1.0, 0.0, 2.0, 0.05,
    help="Below 1 the generator is more careful, above 1 more adventurous; 0 takes the most probable token.",
)  # fmt: skip
CODE_TEMPERATURE = OptionSpec(
    "temperature", "Temperature", 0.3, 0.0, 2.0, 0.05,
    help="Low values write what the point stands for, 1 adds chance of the decoder's own; 0 takes the most probable "
    "token.",
)  # fmt: skip
TOP_P = OptionSpec(
    "top_p", "Top-p", 1.0, 0.05, 1.0, 0.01,
    help="Draw only from the most probable tokens that together reach this probability.",
)  # fmt: skip
GUIDANCE = OptionSpec(
    "guidance_scale", "Guidance", 1.0, 0.0, 5.0, 0.1,
    help="How strongly the targets pull: 0 ignores them, 1 is as trained, more exaggerates.",
)  # fmt: skip
SPREAD = OptionSpec(
    "spread", "Spread", 1.0, 0.0, 2.0, 0.05,
    help="Standard deviation of the random points: 1 is the prior it was trained with, less stays nearer to the "
    "middle.",
)  # fmt: skip


@dataclass(frozen=True)
class GeneratorSpec:
    """What a generator family is called, cites, can do and lets the user set.

    `config`, `network` and `generator` name the classes in config.py, network.py and generator.py of
    the family's folder. `gathered` is how many candidates a design run gathers for each one that it returns when the
    family is told the targets: more where it follows them less. `year` is that of the method's publication, None where
    nobody says.
    """

    family: str
    label: str
    summary: str
    citation: str
    url: str
    config: str
    network: str
    generator: str
    abilities: frozenset[Ability] = frozenset()
    options: tuple[OptionSpec, ...] = ()
    gathered: float = 1.5
    year: int | None = None

    def check_options(self, given: Mapping[str, Any] | None, *, design: bool = False) -> dict[str, Any]:
        """Return all options, filled in with defaults (`design`: with what a design run starts from).

        Raises `OptionError` for unknown or unfit ones.
        """
        given = dict(given or {})
        known = {option.name: option for option in self.options}
        unknown = sorted(set(given) - set(known))
        if unknown:
            raise OptionError(f"{self.label} has no option {', '.join(unknown)}. It has: {', '.join(known) or 'none'}.")
        return {
            name: option.check(given.get(name, option.first if design else option.default))
            for name, option in known.items()
        }


@dataclass(frozen=True)
class PredictorSpec:
    """What a property-model family is called and cites; the class names work as in `GeneratorSpec`."""

    family: str
    label: str
    summary: str
    citation: str
    url: str
    config: str
    network: str
    predictor: str
    options: tuple[OptionSpec, ...] = ()
    year: int | None = None


@dataclass(frozen=True)
class Phase:
    """One stretch of a training run; the shares of a family's phases add up to 1.

    Attributes:
        name: what the family's loss calls it.
        share: share of the run's steps or minutes.
        lr: peak learning rate; it warms up and falls along a cosine within the phase.
        kind: "supervised" (batches of data) or "reinforce" (samples of the model, scored).
    """

    name: str
    share: float
    lr: float
    kind: Literal["supervised", "reinforce"] = "supervised"


@dataclass(frozen=True)
class Minutes:
    """How long a preset is trained unless something else is said, in wall-clock minutes; None where nobody knows.

    Attributes:
        cpu: on two cores.
        gpu: on one GPU.
    """

    cpu: float | None = None
    gpu: float | None = None

    def on(self, device: str) -> float | None:
        """Return the minutes on "cpu" or "cuda"."""
        return self.gpu if device == "cuda" else self.cpu
