"""A checkpoint: a folder with config.json, safetensors weights and whatever else config.json lists.

config.json, format 1, holds everything needed to rebuild a model and to draw its sliders:

    format      1
    id          letters a-z, digits, '_', '.', '-'; the name of the embedded folder
    kind, role  "generator" or "predictor"; role is "guide" or "checker" for the two property models, else null
    family      folder in polydesign/generators or polydesign/predictors
    label, summary      text for people
    config      settings of the family
    properties  key -> unit, scale, n, p1, p50, p99, histogram {edges, counts}: the training distribution
    data        list of {name, sha256, licence, rows}
    seed, git_commit, trained {minutes, hardware, steps, date}, metrics
    files       name -> sha256 of every file that the model reads, and of those derived from it (`files.DERIVED`)
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from polydesign.core import registry
from polydesign.core.errors import CheckpointError
from polydesign.core.properties import MOLECULE_KEYS, PROPERTIES
from polydesign.data.sources.catalog import CATALOG
from polydesign.store import files

if TYPE_CHECKING:
    from torch import Tensor

FORMAT = 1
Source = Literal["embedded", "hub", "folder"]

_ID = re.compile(r"[a-z0-9][a-z0-9_.-]{0,99}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NONE = type(None)
# What each field of config.json may be.
_FIELDS: dict[str, tuple[type, ...]] = {
    "format": (int,), "id": (str,), "kind": (str,), "role": (str, _NONE), "family": (str,), "label": (str,),
    "summary": (str,), "config": (dict,), "properties": (dict,), "data": (list,), "seed": (int, _NONE),
    "git_commit": (str, _NONE), "trained": (dict,), "metrics": (dict,), "files": (dict,),
}  # fmt: skip
_ROLES = {"generator": (None,), "predictor": (None, "guide", "checker")}
_PROPERTY_NUMBERS = ("n", "p1", "p50", "p99")
# The fields that determine what a model answers.
_IDENTITY = ("format", "kind", "family", "config", "properties", "files")


@dataclass(frozen=True)
class Checkpoint:
    """A folder whose config.json has been read and found sound; weights are read on demand.

    Attributes:
        id: name of the embedded folder, or ``owner/name`` on the Hub.
        folder: where it lies on this machine.
        source: "embedded", "hub" (in the local cache) or "folder" (anywhere else).
        config: config.json.
        revision: commit of the Hub repository, None elsewhere.
    """

    id: str
    folder: Path
    source: Source
    config: Mapping[str, Any] = field(repr=False, compare=False)
    revision: str | None = None

    @property
    def kind(self) -> str:
        """Either "generator" or "predictor"."""
        return self.config["kind"]

    @property
    def role(self) -> str | None:
        """Either "guide", "checker" or None."""
        return self.config["role"]

    @property
    def family(self) -> str:
        """Name of the model family."""
        return self.config["family"]

    @property
    def label(self) -> str:
        """What people call it."""
        return self.config["label"]

    @property
    def summary(self) -> str:
        """One or two sentences about it."""
        return self.config["summary"]

    @property
    def structure(self) -> Literal["polymer", "molecule"]:
        """What its strings are: repeat units, or molecules without attachment points.

        By the corpus it was trained on, else by its data sets and the properties that it knows.
        """
        corpus = self.config["trained"].get("corpus")
        named = [corpus["corpus"]] if isinstance(corpus, dict) and "corpus" in corpus else []
        sets = named or [entry["name"] for entry in self.config["data"]]
        molecules = any(
            isinstance(name, str) and name in CATALOG and CATALOG[name].task == "molecules" for name in sets
        )
        return "molecule" if molecules or set(self.properties) & set(MOLECULE_KEYS) else "polymer"

    @property
    def properties(self) -> dict[str, dict[str, Any]]:
        """Property key -> unit, scale, n, p1, p50, p99 and histogram of the training data."""
        return self.config["properties"]

    @property
    def sha256(self) -> str:
        """Hash of all that determines its answers: settings, properties and the sha256 of every file it reads."""
        parts = {name: self.config[name] for name in _IDENTITY}
        parts["files"] = {name: digest for name, digest in parts["files"].items() if name not in files.DERIVED}
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def path(self, name: str) -> Path:
        """Return the path of one of its files; raise `CheckpointError` when it is missing or unsafe."""
        # In the Hub cache a snapshot's files are links to blobs two folders up, inside the repository's folder.
        root = self.folder.parent.parent if self.source == "hub" else self.folder
        with explained(self):
            return files.locate(self.folder, name, root)

    def weights(self) -> dict[str, Tensor]:
        """Return name -> tensor on the CPU, {} for a family without model.safetensors; imports torch.

        Raises:
            CheckpointError: the file cannot be read, or a tensor holds NaN or infinity.
        """
        if files.WEIGHTS not in self.config["files"]:
            return {}
        from safetensors import SafetensorError
        from safetensors.torch import load

        path = self.path(files.WEIGHTS)
        with explained(self):
            # Read into memory rather than mapped: a file replaced later must not reach into a loaded model.
            content = path.read_bytes()
            try:
                tensors = load(content)
            except SafetensorError as error:
                raise CheckpointError(f"{files.WEIGHTS} cannot be read ({error}).") from error
            for name, tensor in tensors.items():
                if not bool(tensor.isfinite().all()):
                    raise CheckpointError(f"The tensor '{name}' of {files.WEIGHTS} holds NaN or infinity.")
        return tensors

    @property
    def next_step(self) -> str:
        """What to do when it turns out broken."""
        return {
            "embedded": f"Restore the folder {self.folder} as it was shipped, or train it again.",
            "hub": f"Load {self.id} from the Hub again; if this repeats, tell its owner.",
            "folder": f"Copy the folder {self.folder} again, or train it again.",
        }[self.source]


@contextmanager
def explained(checkpoint: Checkpoint) -> Iterator[None]:
    """Complete a `CheckpointError` or `OSError` raised inside with the checkpoint's name and the next step."""
    try:
        yield
    except CheckpointError as error:
        raise CheckpointError(f"Checkpoint {checkpoint.id}: {error} {checkpoint.next_step}") from error
    except OSError as error:
        where = Path(error.filename or checkpoint.folder).name
        reason = f"{where} cannot be read ({error.strerror})."
        raise CheckpointError(f"Checkpoint {checkpoint.id}: {reason} {checkpoint.next_step}") from error


def read(folder: Path, *, id: str, source: Source, revision: str | None = None) -> Checkpoint:
    """Read and check config.json and look whether every file is there; raise `CheckpointError` otherwise.

    The contents of the other files are checked by `verify`.
    """
    checkpoint = Checkpoint(id, folder, source, {}, revision)
    path = checkpoint.path(files.CONFIG)
    with explained(checkpoint):
        config = files.read_json(path)
        check_config(config)
        if source == "embedded" and config["id"] != id:
            raise CheckpointError(f"{files.CONFIG} says id '{config['id']}' but the folder is called '{id}'.")
    checkpoint = Checkpoint(id, folder, source, config, revision)
    for name in config["files"]:
        checkpoint.path(name)
    return checkpoint


def check_id(text: str) -> None:
    """Raise `CheckpointError` unless `text` can be the id of a checkpoint."""
    if not _ID.fullmatch(text):
        raise CheckpointError(
            f"{text[:80]!r} is not a checkpoint id: begin with a-z or 0-9, go on with a-z, 0-9, '_', '.' or '-'."
        )


def check_config(config: Any) -> None:
    """Raise `CheckpointError` naming the field when `config` is not a config.json of this version."""
    if not isinstance(config, dict):
        raise CheckpointError(f"{files.CONFIG} must hold a JSON object; it holds {type(config).__name__}.")
    if config.get("format") != FORMAT:
        raise CheckpointError(
            f"{files.CONFIG} has format {config.get('format')!r}; this version of polydesign reads format {FORMAT}."
        )
    for problem, names in (
        ("lacks", sorted(set(_FIELDS) - set(config))),
        ("has unknown", sorted(set(config) - set(_FIELDS))),
    ):
        if names:
            raise CheckpointError(f"{files.CONFIG} {problem} the fields {', '.join(names)}.")
    for name, types in _FIELDS.items():
        if not isinstance(config[name], types) or isinstance(config[name], bool):
            expected = " or ".join("null" if t is _NONE else t.__name__ for t in types)
            raise CheckpointError(f"{files.CONFIG}: {name} must be {expected}; it is {config[name]!r:.80}.")
    check_id(config["id"])
    kind, role = config["kind"], config["role"]
    if kind not in _ROLES or role not in _ROLES[kind]:
        raise CheckpointError(f"{files.CONFIG}: no model is of kind {kind!r:.40} with role {role!r:.40}.")
    if registry.role_of(config["family"]) != kind + "s":
        raise CheckpointError(f"{files.CONFIG}: the family '{config['family']}' holds no {kind}s.")
    if not all(isinstance(entry, dict) and isinstance(entry.get("name"), str) for entry in config["data"]):
        raise CheckpointError(f"{files.CONFIG}: every entry of data must be an object with a name.")
    for key, entry in config["properties"].items():
        _check_property(key, entry)
    for name, digest in config["files"].items():
        files.check_name(name)
        if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
            raise CheckpointError(f"{files.CONFIG}: the sha256 of {name} must be 64 digits 0-9a-f.")


def _check_property(key: str, entry: Any) -> None:
    where = f"{files.CONFIG}: property '{key}'"
    if key not in PROPERTIES:
        raise CheckpointError(f"{where} is unknown to this version of polydesign.")
    if not isinstance(entry, dict):
        raise CheckpointError(f"{where} must be an object.")
    for name in ("unit", "scale"):
        expected = getattr(PROPERTIES[key], name)
        if entry.get(name) != expected:
            raise CheckpointError(f"{where} must have {name} '{expected}'; it has {entry.get(name)!r:.40}.")
    numbers = {name: entry.get(name) for name in _PROPERTY_NUMBERS}
    if not all(_is_number(number) for number in numbers.values()):
        raise CheckpointError(f"{where} needs finite numbers {', '.join(_PROPERTY_NUMBERS)}; it has {numbers}.")
    if not entry["p1"] <= entry["p50"] <= entry["p99"]:
        raise CheckpointError(f"{where} needs p1 <= p50 <= p99; it has {numbers}.")
    histogram = entry.get("histogram")
    if (
        not isinstance(histogram, dict)
        or not all(isinstance(histogram.get(name), list) for name in ("edges", "counts"))
        or not all(_is_number(number) for number in [*histogram["edges"], *histogram["counts"]])
        or len(histogram["edges"]) != len(histogram["counts"]) + 1
    ):
        raise CheckpointError(f"{where} needs a histogram of counts (N numbers) and edges (N + 1 numbers).")


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)
