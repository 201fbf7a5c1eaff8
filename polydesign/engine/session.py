"""Loaded models, shared by everything that runs in one process."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

import numpy as np

from polydesign import store
from polydesign.core.errors import CheckpointError
from polydesign.core.protocols import Generator, PropertyPredictor
from polydesign.engine.design.novelty import load_known_chains
from polydesign.store import Checkpoint

PredictorRole = Literal["guide", "checker"]
T = TypeVar("T")


@dataclass
class _Entry:
    """A model, or the place of one that is being loaded."""

    kind: str
    lock: threading.Lock = field(default_factory=threading.Lock)
    model: Any = None
    known_chains: np.ndarray | None = None
    n_bytes: int = 0


class Session:
    """Load models when they are first asked for, once, and keep the recently used ones.

    Safe to use from several threads: a model is loaded by one of them while the others wait for it;
    different models load side by side. torch is imported by the first model that needs it.

    Args:
        max_generators: number of generators kept; the least recently used one is let go first.
        max_bytes: size of their files that is kept, at least one generator in any case.
    """

    def __init__(self, *, max_generators: int = 4, max_bytes: int = 400_000_000) -> None:
        self.max_generators = max_generators
        self.max_bytes = max_bytes
        self._entries: OrderedDict[tuple[str, str], _Entry] = OrderedDict()  # least recently used first
        self._guard = threading.Lock()
        self._remembered: dict[tuple[str, ...], Any] = {}

    def checkpoint(self, id: str | Path | Checkpoint, revision: str | None = None) -> Checkpoint:
        """Return the checkpoint of generator `id` without loading it.

        Raises `CheckpointError` when it is not here, is broken or is no generator.
        """
        checkpoint = id if isinstance(id, Checkpoint) else store.find(id, revision)
        if checkpoint.kind != "generator":
            generators = ", ".join(found.id for found in store.list_checkpoints("generator")) or "none"
            raise CheckpointError(f"{checkpoint.id} is a {checkpoint.kind}, not a generator. Generators: {generators}.")
        return checkpoint

    def generator(self, id: str | Path | Checkpoint, revision: str | None = None) -> Generator:
        """Return the loaded generator `id`; raises as `checkpoint`, and when its files are altered."""
        return cast(Generator, self._load(self.checkpoint(id, revision)).model)

    def known_chains(self, id: str | Path | Checkpoint, revision: str | None = None) -> np.ndarray | None:
        """Return the ``(M,)`` sorted uint32 hashes of the chains that generator `id` was trained on.

        None when its checkpoint has no list, so that nobody can say what is new.
        """
        return self._load(self.checkpoint(id, revision)).known_chains

    def guide(self) -> PropertyPredictor:
        """Return the property model that conditions and ranks."""
        return cast(PropertyPredictor, self._load(self.role("guide")).model)

    def checker(self) -> PropertyPredictor:
        """Return the independent property model that only says whether the guide is to be believed."""
        return cast(PropertyPredictor, self._load(self.role("checker")).model)

    def predictor(self, id: str) -> PropertyPredictor:
        """Return the loaded property model `id`; raises `CheckpointError` when it is not here or is none."""
        checkpoint = store.find(id)
        if checkpoint.kind != "predictor":
            raise CheckpointError(f"{checkpoint.id} is a {checkpoint.kind}, not a property model.")
        return cast(PropertyPredictor, self._load(checkpoint).model)

    def role(self, role: PredictorRole) -> Checkpoint:
        """Return the checkpoint whose config.json claims `role`, an embedded one first."""
        for checkpoint in store.list_checkpoints("predictor"):
            if checkpoint.role == role:
                return checkpoint
        raise CheckpointError(
            f"There is no {role} among the checkpoints. Restore checkpoints/{role} as it was shipped, "
            f"or train one: python -m polydesign.train --help"
        )

    def remembered(self, name: tuple[str, ...], make: Callable[[], T]) -> T:
        """Return what `make` returned for `name` the first time; nothing is kept of a call that raises.

        For small things that follow from models, named by their hashes. Two threads that ask at once both make it.
        """
        if name not in self._remembered:
            self._remembered[name] = make()
        return cast(T, self._remembered[name])

    def _load(self, checkpoint: Checkpoint) -> _Entry:
        # The hash is part of the name: a checkpoint that was trained anew is loaded anew.
        name = (checkpoint.id, checkpoint.sha256)
        with self._guard:
            entry = self._entries.setdefault(name, _Entry(checkpoint.kind))
            self._entries.move_to_end(name)
        with entry.lock:
            if entry.model is None:
                use_available_cores()
                model = store.load_model(checkpoint)
                if checkpoint.kind == "generator":
                    entry.known_chains = load_known_chains(checkpoint)
                entry.n_bytes = checkpoint.n_bytes
                entry.model = model
        with self._guard:
            self._release()
        return entry

    def _release(self) -> None:
        """Let go of generators beyond the limits; a call that is using one keeps it until it is done."""
        loaded = [n for n, entry in self._entries.items() if entry.kind == "generator" and entry.model is not None]
        n_bytes = sum(self._entries[name].n_bytes for name in loaded)
        while len(loaded) > 1 and (len(loaded) > self.max_generators or n_bytes > self.max_bytes):
            n_bytes -= self._entries.pop(loaded.pop(0)).n_bytes


@cache
def use_available_cores() -> None:
    """Give torch the cores that this process may use, unless OMP_NUM_THREADS says otherwise; imports torch.

    By itself torch counts the cores of the machine, of which a container often has few.
    """
    if "OMP_NUM_THREADS" not in os.environ:
        import torch

        torch.set_num_threads(available_cores())


def available_cores() -> int:
    """Return the number of cores this process may use: its affinity, cut by the container's quota."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return max(1, min(cores, round(int(quota) / int(period))))
    except (OSError, ValueError):  # no control groups, or no quota ("max")
        return cores
