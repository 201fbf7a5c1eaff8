"""The record of a checkpoint: what config.json says, written from one class and read back into it.

config.json, format 1, holds everything needed to rebuild a model and to draw its sliders:

    format      1
    id          letters a-z, digits, '_', '.', '-'; the name of the embedded folder
    kind, role  "generator" or "predictor"; role is "guide" or "checker" for the two property models, else null
    family      folder in polydesign/generators or polydesign/predictors
    label, summary      text for people
    config      settings of the family
    properties  key -> `PropertyStatistics`: the training distribution
    data        list of `DataSource`
    seed, git_commit, trained (`Training`), metrics
    files       name -> sha256 of every file that the model reads, and of those derived from it (`files.DERIVED`)
    parts       name -> `Part`: the checkpoints that it works with; left out where there are none

Unknown fields, missing ones and values of another type are refused with a sentence that names them.
"""

from __future__ import annotations

import dataclasses
import math
import re
import types
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from typing import Any, Self, get_args, get_origin, get_type_hints

from polydesign.core import registry
from polydesign.core.errors import CheckpointError
from polydesign.core.properties import PROPERTIES
from polydesign.core.shared import SHARED
from polydesign.store import files

FORMAT = 1

_ID = re.compile(r"[a-z0-9][a-z0-9_.-]{0,99}")
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
_PART = re.compile(r"[a-z][a-z0-9_]{0,39}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_ROLES = {"generator": (None,), "predictor": (None, "guide", "checker")}
_WORDS = {str: "a text", int: "a whole number", float: "a finite number", dict: "an object", list: "a list"}


@dataclass(frozen=True)
class Histogram:
    """Counts of N bins and their N + 1 edges, in the property's unit."""

    edges: tuple[float, ...]
    counts: tuple[float, ...]


@dataclass(frozen=True)
class PropertyStatistics:
    """What the training data hold of a property: unit and scale as in core.properties, percentiles in that unit."""

    unit: str
    scale: str
    n: float
    p1: float
    p50: float
    p99: float
    histogram: Histogram


@dataclass(frozen=True)
class DataSource:
    """A set that a model learnt from: its name in data.sources.catalog, the file's sha256 and the rows taken."""

    name: str
    file: str | None = None
    sha256: str | None = None
    licence: str | None = None
    rows: int | None = None


@dataclass(frozen=True)
class Stage:
    """One run of a training that had several.

    Attributes:
        phases: phase -> share of the run.
        minutes, steps: wall-clock minutes and steps of this run alone.
        settings: what was set otherwise than in the preset; None where it was not recorded.
        note: anything else that a reader must know.
    """

    phases: Mapping[str, float]
    minutes: float
    steps: int
    settings: Mapping[str, str] | None = None
    note: str | None = None


@dataclass(frozen=True)
class Corpus:
    """The prepared corpus: its name in data.corpora, structures, those of the training side, structures by group."""

    corpus: str
    n: int | None = None
    n_train: int | None = None
    groups: Mapping[str, int] | None = None


@dataclass(frozen=True)
class Training:
    """How a model was trained, over all stages; what does not apply, or is not known, is None.

    Attributes:
        minutes, processor_minutes: wall-clock minutes, and those of the processor.
        steps, epochs: updates of the weights, and passes through the data.
        n_train, n_valid, n_test: structures of each side of the split.
        n_parameters: numbers that were learnt.
        hardware, date: where, and when it ended (ISO 8601).
        stages: the runs, in order; their minutes and steps add up to the totals.
    """

    minutes: float | None = None
    processor_minutes: float | None = None
    epochs: float | None = None
    steps: int | None = None
    n_train: int | None = None
    n_valid: int | None = None
    n_test: int | None = None
    n_parameters: int | None = None
    hardware: str | None = None
    date: str | None = None
    stages: tuple[Stage, ...] = ()
    corpus: Corpus | None = None


@dataclass(frozen=True)
class Part:
    """A checkpoint that another works with: an embedded id or ``owner/name`` on the Hub, and its `Checkpoint.sha256`.

    The name by which it is called (``autoencoder``) begins the names of its tensors in the model that works with it.
    """

    id: str
    sha256: str


@dataclass(frozen=True)
class Record:
    """Everything that config.json says; the module's text explains the fields.

    Raises `CheckpointError` naming the field that is not as it should be.
    """

    id: str
    kind: str
    family: str
    label: str
    role: str | None = None
    summary: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, PropertyStatistics] = field(default_factory=dict)
    data: tuple[DataSource, ...] = ()
    seed: int | None = None
    git_commit: str | None = None
    trained: Training = Training()
    metrics: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, Part] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_id(self.id)
        if self.kind not in _ROLES or self.role not in _ROLES[self.kind]:
            raise CheckpointError(f"{files.CONFIG}: no model is of kind {self.kind!r:.40} with role {self.role!r:.40}.")
        if registry.role_of(self.family) != self.kind + "s":
            raise CheckpointError(f"{files.CONFIG}: the family '{self.family}' holds no {self.kind}s.")
        for key, entry in self.properties.items():
            _check_property(key, entry)
        for name, digest in self.files.items():
            files.check_name(name)
            _check_digest(name, digest)
        for name, part in self.parts.items():
            if not _PART.fullmatch(name):
                raise CheckpointError(f"{files.CONFIG}: {name!r:.60} cannot name a part; use a-z, 0-9 and '_'.")
            if "/" not in part.id:
                check_id(part.id)
            elif not is_repository(part.id):
                raise CheckpointError(f"{files.CONFIG}: the part '{name}' has no id that can be: {part.id!r:.80}.")
            _check_digest(f"the part '{name}'", part.sha256)

    @classmethod
    def read(cls, data: Any) -> Self:
        """Return the record of a config.json that was read; raise `CheckpointError` when it is none."""
        if not isinstance(data, dict):
            raise CheckpointError(f"{files.CONFIG} must hold a JSON object; it holds {type(data).__name__}.")
        if data.get("format") != FORMAT:
            raise CheckpointError(
                f"{files.CONFIG} has format {data.get('format')!r:.40}; "
                f"this version of polydesign reads format {FORMAT}."
            )
        given = {name: value for name, value in data.items() if name != "format"}
        return _typed(cls, given, "", required={entry.name for entry in fields(cls)} - {"parts"})

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Self:
        """Return the record of a mapping in which whatever has a default may be left out, "format" too."""
        return _typed(cls, {name: value for name, value in config.items() if name != "format"}, "")

    def as_json(self) -> dict[str, Any]:
        """Return what config.json is to hold: of the records inside, fields that say nothing are left out."""
        full = {"format": FORMAT, **{entry.name: _json(getattr(self, entry.name)) for entry in fields(self)}}
        if not self.parts:
            del full["parts"]
        return full


def check_id(text: str) -> None:
    """Raise `CheckpointError` unless `text` can be the id of a checkpoint."""
    if not _ID.fullmatch(text):
        raise CheckpointError(
            f"{text[:80]!r} is not a checkpoint id: begin with a-z or 0-9, go on with a-z, 0-9, '_', '.' or '-'."
        )
    if text == SHARED:
        raise CheckpointError(f"'{SHARED}' is the folder of files that checkpoints have in common; choose another id.")


def is_repository(text: str) -> bool:
    """Say whether `text` can be a repository ``owner/name`` on the Hub."""
    return bool(_REPOSITORY.fullmatch(text)) and ".." not in text and "--" not in text


def _check_digest(name: str, digest: str) -> None:
    if not _SHA256.fullmatch(digest):
        raise CheckpointError(f"{files.CONFIG}: the sha256 of {name} must be 64 digits 0-9a-f.")


def _check_property(key: str, entry: PropertyStatistics) -> None:
    where = f"{files.CONFIG}: property '{key}'"
    if key not in PROPERTIES:
        raise CheckpointError(f"{where} is unknown to this version of polydesign.")
    for name in ("unit", "scale"):
        expected, got = getattr(PROPERTIES[key], name), getattr(entry, name)
        if got != expected:
            raise CheckpointError(f"{where} must have {name} '{expected}'; it has {got!r:.40}.")
    if not entry.p1 <= entry.p50 <= entry.p99:
        raise CheckpointError(f"{where} needs p1 <= p50 <= p99; it has {entry.p1}, {entry.p50} and {entry.p99}.")
    if len(entry.histogram.edges) != len(entry.histogram.counts) + 1:
        raise CheckpointError(f"{where} needs a histogram of counts (N numbers) and edges (N + 1 numbers).")


def _typed(cls: Any, value: Any, where: str, required: set[str] | None = None) -> Any:
    """Return a record of class `cls` of a JSON object; `where` it stands is named when it is none."""
    if not isinstance(value, Mapping):
        raise _unfit(where, dict, value)
    if required is None:
        required = {e.name for e in fields(cls) if e.default is MISSING and e.default_factory is MISSING}
    hints = _hints(cls)
    for problem, names in (("lacks", required - set(value)), ("has unknown", set(value) - set(hints))):
        if names:
            at = f": {where}" if where else ""
            raise CheckpointError(f"{files.CONFIG}{at} {problem} the fields {', '.join(map(str, sorted(names)))}.")
    inside = f"{where}." if where else ""
    return cls(**{name: _value(hints[name], entry, f"{inside}{name}") for name, entry in value.items()})


@cache
def _hints(cls: Any) -> dict[str, Any]:
    return get_type_hints(cls)


def _value(hint: Any, value: Any, where: str, more: str = "") -> Any:
    """Return a JSON value as what the annotation of its field says; raise `CheckpointError` when it is not."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is types.UnionType:  # of one type and None
        return None if value is None else _value(inner[0], value, where, " or null")
    if hint is Any or (dataclasses.is_dataclass(hint) and isinstance(value, hint)):  # type: ignore[arg-type]
        return value
    if dataclasses.is_dataclass(hint):
        return _typed(hint, value, where)  # type: ignore[arg-type]
    if origin is tuple:
        if not isinstance(value, (list, tuple)):
            raise _unfit(where, list, value)
        return tuple(_value(inner[0], entry, f"{where}[{place}]") for place, entry in enumerate(value))
    if origin is Mapping:
        if not isinstance(value, Mapping):
            raise _unfit(where, dict, value)
        return {str(key): _value(inner[1], entry, f"{where}['{str(key)[:40]}']") for key, entry in value.items()}
    fits = isinstance(value, (int, float) if hint is float else hint) and not isinstance(value, bool)
    if not fits or (isinstance(value, float) and not math.isfinite(value)):
        raise _unfit(where, hint, value, more)
    return value


def _unfit(where: str, expected: type, value: Any, more: str = "") -> CheckpointError:
    return CheckpointError(f"{files.CONFIG}: {where} must be {_WORDS[expected]}{more}; it is {value!r:.80}.")


def _json(value: Any) -> Any:
    """Return a field as JSON: of a record inside, without the fields that are as by default."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kept = [e.name for e in fields(value) if e.default is MISSING or getattr(value, e.name) != e.default]
        return {name: _json(getattr(value, name)) for name in kept}
    if isinstance(value, Mapping):
        return {str(key): _json(entry) for key, entry in value.items()}
    return [_json(entry) for entry in value] if isinstance(value, (list, tuple)) else value
