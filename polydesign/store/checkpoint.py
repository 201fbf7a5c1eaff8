"""A checkpoint: a folder with config.json, safetensors weights and whatever else config.json lists.

`store.record` says what config.json holds. A file that several checkpoints of one folder have in common may lie once
in ``shared/<sha256>/<name>`` beside them. A part, the checkpoint that another works with, is named by id and sha256,
and lies in a folder of its own: inside the other under the part's name, beside it, in the embedded folder, or in the
Hub's cache.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from polydesign.core.errors import CheckpointError
from polydesign.core.properties import MOLECULE_KEYS
from polydesign.core.shared import shared_file
from polydesign.data.corpora.molecules import MOLECULES
from polydesign.data.sources.catalog import CATALOG
from polydesign.store import files, places
from polydesign.store.places import Place, Source
from polydesign.store.record import Part, Record

if TYPE_CHECKING:
    from torch import Tensor

# The fields that determine what a model answers.
_IDENTITY = ("format", "kind", "family", "config", "properties", "files")


@dataclass(frozen=True)
class Checkpoint:
    """A folder whose config.json has been read and found sound; weights are read on demand.

    Attributes:
        id: name of the embedded folder, or ``owner/name`` on the Hub.
        folder: where it lies on this machine.
        source: "embedded", "hub" (in the local cache) or "folder" (anywhere else).
        record: what config.json says.
        revision: commit of the Hub repository, None elsewhere.
    """

    id: str
    folder: Path
    source: Source
    record: Record = field(repr=False, compare=False)
    revision: str | None = None

    @cached_property
    def config(self) -> Mapping[str, Any]:
        """The record as JSON: what config.json holds."""
        return self.record.as_json()

    @property
    def kind(self) -> str:
        """Either "generator" or "predictor"."""
        return self.record.kind

    @property
    def role(self) -> str | None:
        """Either "guide", "checker" or None."""
        return self.record.role

    @property
    def family(self) -> str:
        """Name of the model family."""
        return self.record.family

    @property
    def label(self) -> str:
        """What people call it."""
        return self.record.label

    @property
    def summary(self) -> str:
        """One or two sentences about it."""
        return self.record.summary

    @property
    def structure(self) -> Literal["polymer", "molecule"]:
        """What its strings are: repeat units, or molecules without attachment points.

        By the corpus it was trained on, else by its data sets and the properties that it knows.
        """
        corpus = self.record.trained.corpus
        sets = [corpus.corpus] if corpus else [entry.name for entry in self.record.data]
        molecules = any(n in MOLECULES or (n in CATALOG and CATALOG[n].task == "molecules") for n in sets)
        return "molecule" if molecules or set(self.properties) & set(MOLECULE_KEYS) else "polymer"

    @property
    def properties(self) -> dict[str, dict[str, Any]]:
        """Property key -> unit, scale, n, p1, p50, p99 and histogram of the training data."""
        return self.config["properties"]

    @cached_property
    def sha256(self) -> str:
        """Hash of all that determines its answers.

        Settings, properties, and the sha256 of every file it reads and of every checkpoint it works with.
        """
        identity = {name: self.config[name] for name in _IDENTITY}
        identity["files"] = {n: digest for n, digest in identity["files"].items() if n not in files.DERIVED}
        if self.record.parts:
            identity["parts"] = {name: part.sha256 for name, part in self.record.parts.items()}
        return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()

    @property
    def place(self) -> Place:
        """Where it lies."""
        return Place(self.folder, self.id, self.source, self.revision)

    @property
    def next_step(self) -> str:
        """What to do when it turns out broken."""
        return self.place.next_step

    def path(self, name: str) -> Path:
        """Return the path of one of its files, which may be one that it shares with checkpoints beside it.

        Raises `CheckpointError` when it is missing or unsafe.
        """
        digest = self.record.files.get(name)
        with explained(self):
            if digest is not None and not (self.folder / name).is_file():
                shared = shared_file(self.folder, name, digest)
                if shared.is_file():
                    return files.locate(shared.parent, name)
                if self.source != "hub":
                    raise CheckpointError(
                        f"{name} is missing, and {shared.parent.parent} does not hold it either. To take a checkpoint "
                        f"elsewhere with all that it shares: python -m polydesign.store copy ID DIR."
                    )
            return files.locate(self.folder, name, places.root_of(self.folder, self.source))

    def paths(self) -> list[Path]:
        """Return the paths of all its files, each once: those that it shares and those that its parts read included."""
        found = {name: self.folder / name for name in files.UNLISTED if (self.folder / name).is_file()}
        found |= {digest: self.path(name) for name, digest in self.record.files.items()}
        for part in self.parts.values():
            its = {digest: name for name, digest in part.record.files.items() if name not in files.DERIVED}
            found |= {digest: part.path(name) for digest, name in its.items() if digest not in found}
        return list(found.values())

    @property
    def n_bytes(self) -> int:
        """Size of `paths`."""
        return sum(path.stat().st_size for path in self.paths())

    @property
    def n_parameters(self) -> int:
        """How many numbers its weights hold, parts included: all that was learnt, and what little was only counted.

        Read from the headers of the files. Raises `CheckpointError` as `weights`.
        """
        own = 0
        if files.WEIGHTS in self.record.files:
            path = self.path(files.WEIGHTS)
            with explained(self):
                own = sum(math.prod(shape) for shape in files.tensor_shapes(path).values())
        return own + sum(part.n_parameters for part in self.parts.values())

    @property
    def training_minutes(self) -> float | None:
        """Wall-clock minutes of all stages of its training, and of its parts'; None where one is not known."""
        minutes = [self.record.trained.minutes, *(part.training_minutes for part in self.parts.values())]
        known = [number for number in minutes if number is not None]
        return sum(known) if len(known) == len(minutes) else None

    @contextmanager
    def gathered(self) -> Iterator[Path]:
        """Give a folder that holds every file that config.json lists, for the time of the block.

        It is the checkpoint's own where that holds them all, else one of links.
        """
        if not self.not_its_own:
            yield self.folder
            return
        with tempfile.TemporaryDirectory(prefix="polydesign-") as folder:
            for name in (files.CONFIG, *self.record.files):
                try:
                    (Path(folder) / name).symlink_to(self.path(name).absolute())
                except (OSError, NotImplementedError):  # a system that grants no links
                    shutil.copyfile(self.path(name), Path(folder) / name)
            yield Path(folder)

    @property
    def parts(self) -> dict[str, Checkpoint]:
        """Name -> the checkpoints that it works with, looked up anew each time.

        Raises `CheckpointError` when one is not on this machine, or is another than config.json names.
        """
        return {name: self._part(name, part) for name, part in self.record.parts.items()}

    def _part(self, name: str, part: Part) -> Checkpoint:
        along = places.brought_along(self.place, name)
        try:
            return find_part(part, (along, *places.of_part(self.place, part)))
        except CheckpointError as error:
            advice = f"Put it into {along.folder}, or beside as {part.id}; or train {self.id} anew with another."
            if self.source == "hub":
                advice = f"Ask the owner of {self.id} to publish it anew, together with its {name}."
            elif "/" in part.id:
                advice = f"Load it from the Hub: python -m polydesign.store download {part.id}"
            raise CheckpointError(
                f"Checkpoint {self.id} works with '{part.id}' (sha256 {part.sha256[:12]}…) as its {name}. "
                f"{error} {advice}"
            ) from error

    def check_elsewhere(self) -> None:
        """Raise `CheckpointError` when a file that it shares, or a part, is missing, or a part is another.

        The folder itself says nothing about either, so this is looked at each time that the checkpoint is listed.
        """
        for name in self.not_its_own:
            self.path(name)
        for part in self.parts.values():
            part.check_elsewhere()

    @cached_property
    def not_its_own(self) -> tuple[str, ...]:
        """Names of the listed files that its folder does not hold."""
        return tuple(name for name in self.record.files if not (self.folder / name).is_file())

    def weights(self) -> dict[str, Tensor]:
        """Return name -> tensor on the CPU, {} for a family without model.safetensors; imports torch.

        Those of a part come with its name before theirs: ``autoencoder.decoder.weight``.

        Raises:
            CheckpointError: a file cannot be read, a tensor holds NaN or infinity, or a part is not here.
        """
        tensors = self._own_weights()
        for name, part in self.parts.items():
            if carried := sorted(key for key in tensors if key.startswith(f"{name}.")):
                with explained(self):
                    raise CheckpointError(f"{files.WEIGHTS} holds '{carried[0]}', which belongs to its part '{name}'.")
            tensors |= {f"{name}.{key}": tensor for key, tensor in part.weights().items()}
        return tensors

    def _own_weights(self) -> dict[str, Tensor]:
        if files.WEIGHTS not in self.record.files:
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


@contextmanager
def explained(checkpoint: Checkpoint | Place) -> Iterator[None]:
    """Complete a `CheckpointError` or `OSError` raised inside with the checkpoint's name and the next step."""
    try:
        yield
    except CheckpointError as error:
        raise CheckpointError(f"Checkpoint {checkpoint.id}: {error} {checkpoint.next_step}") from error
    except OSError as error:
        where = Path(error.filename or checkpoint.folder).name
        reason = f"{where} cannot be read ({error.strerror})."
        raise CheckpointError(f"Checkpoint {checkpoint.id}: {reason} {checkpoint.next_step}") from error


def read(place: Place) -> Checkpoint:
    """Read and check config.json and look whether every file of the folder is sound by name, size and place.

    What was read before is returned when nothing in the folder has changed since. The contents of the files are checked
    by `load.verify`, and what lies elsewhere by `Checkpoint.check_elsewhere`.

    Raises:
        CheckpointError: config.json is not what it should be, or a file leads away or is too big.
    """
    try:
        entries = [(entry.name, entry.stat(follow_symlinks=False)) for entry in os.scandir(place.folder)]
    except OSError as error:  # no permission, or being replaced at this moment
        raise CheckpointError(f"{place.folder} cannot be read ({error.strerror}). Look at its permissions.") from error
    stamp = tuple(sorted((name, stat.st_mtime_ns, stat.st_size, stat.st_ino) for name, stat in entries))
    return _read_once(place, stamp)


@lru_cache(maxsize=512)
def _read_once(place: Place, stamp: tuple[tuple[str, int, int, int], ...]) -> Checkpoint:
    with explained(place):
        path = files.locate(place.folder, files.CONFIG, places.root_of(place.folder, place.source))
        record = Record.read(files.read_json(path))
        if place.source == "embedded" and record.id != place.id:
            raise CheckpointError(f"{files.CONFIG} says id '{record.id}' but the folder is called '{place.id}'.")
    checkpoint = Checkpoint(place.id, place.folder, place.source, record, place.revision)
    for name in set(record.files) - set(checkpoint.not_its_own):
        checkpoint.path(name)
    return checkpoint


def find_part(part: Part, where: Iterable[Place]) -> Checkpoint:
    """Return the checkpoint of a part's sha256 from the first of some places that has it.

    Raises `CheckpointError` when none has: it says what is there instead, and nothing of what to do.
    """
    wrong = []
    for place in where:
        if not (place.folder / files.CONFIG).is_file():
            continue
        try:
            found = read(place)
        except CheckpointError as error:
            wrong.append(f"One is there and broken: {error}")
            continue
        if found.sha256 == part.sha256:
            return found
        wrong.append(f"The one in {place.folder} is another: its sha256 begins with {found.sha256[:12]}.")
    raise CheckpointError(wrong[0] if wrong else "It is not on this machine.")
