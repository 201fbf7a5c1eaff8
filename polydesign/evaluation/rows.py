"""One line of a table of figures: whose they are and what was asked, as fields that others can read.

The name that people see is put together from the fields when it is shown, and nothing reads it back.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, TypeVar, get_args

from polydesign.core.errors import DataError
from polydesign.evaluation.statistics import Figure

Origin = Literal["installed", "reference", "published"]
Option = bool | int | float | str | None
T = TypeVar("T")


@dataclass(frozen=True)
class Row:
    """Figures with all that says what they are about; two rows that differ in figures and weights alone are one row.

    Attributes:
        figures: key of a column -> figure.
        label: what people call who was measured; "" where the table speaks of one model only.
        checkpoint: its id; "" for what is no checkpoint.
        sha256: of the weights that were measured; "" where unknown.
        origin: "installed" for a checkpoint that was measured here, "reference" for anything else that was (another
            method, real polymers, this machine), "published" for figures of a paper.
        question: what was asked; rows of one question can be compared.
        aspect: the part of the answer that is looked at.
        variant: how it was asked or answered, where there are several ways.
        settings: options that differ from the family's own.
        also_trained_on: data sets beyond those that the task allows for.
        address: of a page of the app, where pages are measured.
        source: the paper of a published row, and what about its task differs from ours.

    Raises `DataError` for an unknown origin, and for one that does not go with the checkpoint.
    """

    figures: Mapping[str, Figure]
    label: str = ""
    checkpoint: str = ""
    sha256: str = ""
    origin: Origin = "reference"
    question: str = ""
    aspect: str = ""
    variant: str = ""
    settings: Mapping[str, Option] = field(default_factory=dict)
    also_trained_on: tuple[str, ...] = ()
    address: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        if self.origin not in get_args(Origin):
            raise DataError(
                f"the origin of a row must be one of {', '.join(get_args(Origin))}; got {self.origin!r:.40}"
            )
        if (self.origin == "installed") != bool(self.checkpoint):
            raise DataError(
                f"a row is of the origin installed when, and only when, it names a checkpoint; got {self.origin} and "
                f"{self.checkpoint!r:.40}"
            )

    @property
    def name(self) -> str:
        """The row's name in Markdown, e.g. ``Tg: PolyGPT `polygpt` (temperature 0.3), no targets``."""
        return self.written(code="`{}`".format)

    @property
    def subject(self) -> str:
        """Who was measured, without marks, e.g. ``PolyGPT polygpt``."""
        return self._who(str, str)

    @property
    def is_plain(self) -> bool:
        """Whether the whole answer is looked at, given as the family gives it and asked in the usual way."""
        return not (self.aspect or self.variant or self.settings or self.also_trained_on)

    @property
    def comparable(self) -> Hashable:
        """What rows have in common that can be compared: all but the checkpoint. What is none stands for itself."""
        return self.place[2:] if self.checkpoint else self.place

    @property
    def place(self) -> tuple[Hashable, ...]:
        """Everything but figures and weights: what a later run of the same has in common with this one."""
        settings = tuple(self.settings.items())
        asked = (self.question, self.aspect, self.variant, settings, tuple(self.also_trained_on), self.address)
        return self.label, self.checkpoint, *asked

    def written(self, *, code: Callable[[str], str] = str, text: Callable[[str], str] = str) -> str:
        """Write the name; `code` writes ids and addresses, `text` all other words."""
        marks = "".join(
            f" ({', '.join(words)})"
            for words in (
                [f"{name} {value}" for name, value in self.settings.items()],
                [f"also trained on {', '.join(self.also_trained_on)}"] if self.also_trained_on else [],
            )
            if words
        )
        who = self._who(code, text) + text(marks)
        parts = [part for part in (text(self.aspect), who, text(self.variant)) if part]
        return text(": ").join(part for part in (text(self.question), text(", ").join(parts)) if part)

    def _who(self, code: Callable[[str], str], text: Callable[[str], str]) -> str:
        # A label that is the id itself is not said twice; without a label the table says who it is.
        id = self.checkpoint if self.label not in ("", self.checkpoint) else ""
        shown = (text(self.label) if self.label else "", code(id) if id else "")
        return " ".join([part for part in (*shown, code(self.address) if self.address else "") if part])

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary of the fields that are set, the origin always among them."""
        words = {name: getattr(self, name) for name in ("label", "checkpoint", "sha256")}
        words |= {name: getattr(self, name) for name in ("question", "aspect", "variant", "address", "source")}
        return {
            "origin": self.origin,
            **{name: value for name, value in words.items() if value},
            **({"settings": dict(self.settings)} if self.settings else {}),
            **({"also_trained_on": list(self.also_trained_on)} if self.also_trained_on else {}),
            "figures": {key: figure.to_dict() for key, figure in self.figures.items()},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Row:
        """Rebuild a row from `to_dict`; raise `DataError` for an unknown field or origin."""
        if "origin" not in data:
            raise DataError(f"a row must state its origin, one of {', '.join(get_args(Origin))}")
        figures = {key: Figure.from_dict(figure) for key, figure in data["figures"].items()}
        more = {"figures": figures, "also_trained_on": tuple(data.get("also_trained_on", ()))}
        return build(cls, {**data, **more}, "a row")


def build(cls: Callable[..., T], data: Mapping[str, Any], what: str) -> T:
    """Return a dataclass made of its fields; raise `DataError` naming those that it does not have."""
    names = [entry.name for entry in fields(cls)]  # type: ignore[arg-type]
    if unknown := sorted(set(data) - set(names)):
        raise DataError(f"{what} has no field {', '.join(unknown)}; it may have {', '.join(names)}")
    return cls(**data)
