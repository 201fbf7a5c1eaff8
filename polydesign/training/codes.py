"""Batches of codes, for models that learn among the codes of a frozen autoencoder.

Reading a string costs far more than a step among codes, so each is read once, before training: what is kept is its
q(z | string, properties), from which every step draws anew, beside the properties that the encoder was shown.

Shapes: N strings read, B batch, d dimensions of a code, C conditions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import ClassVar, Protocol, Self

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from polydesign.data.encodings.stream import Batch, Batches
from polydesign.training.step import bfloat16_pays

_WATCHED_PASSES = 4  # draws of hidden properties with which held-out strings are read


class CodeReader(Protocol):
    """A network that reads strings with a frozen autoencoder of its own."""

    def read(self, batch: dict[str, Tensor], generator: torch.Generator) -> dict[str, Tensor]:
        """Return what `Codes` holds of a batch of strings."""
        ...


@dataclass(frozen=True)
class Codes:
    """What an autoencoder read, as rows of a stream (`data.encodings.stream.Rows`): each of size 1, all alike.

    Attributes:
        mean, log_var: (N, d) float32, of each code.
        values: (N, C) float32, standardised properties, 0 where unknown.
        given: (N, C) bool, which of them the encoder was shown.
        split: (N,) uint8, 0 for codes to learn from, 1 for those to watch.
    """

    mean: np.ndarray
    log_var: np.ndarray
    values: np.ndarray
    given: np.ndarray
    split: np.ndarray
    padded: ClassVar[bool] = False

    def __len__(self) -> int:
        return len(self.mean)

    @property
    def sizes(self) -> np.ndarray:
        """One each, (N,)."""
        return np.ones(len(self), dtype=np.int64)

    @property
    def weight(self) -> np.ndarray:
        """All alike, (N,)."""
        return np.ones(len(self), dtype=np.float32)

    def batch(self, index: np.ndarray) -> dict[str, np.ndarray]:
        """Return the rows at `index`."""
        return {name: getattr(self, name)[index] for name in _READ}

    def count(self, batch: Batch) -> float:
        """Return the number of codes."""
        return float(len(batch["mean"]))

    @classmethod
    def joined(cls, parts: Sequence[dict[str, np.ndarray]], split: np.ndarray) -> Self:
        """Put batches together."""
        return cls(**{name: np.concatenate([part[name] for part in parts]) for name in _READ}, split=split)


_READ = tuple(field.name for field in fields(Codes) if field.name != "split")


@torch.no_grad()
def read_codes(network: CodeReader, strings: Batches, n: int, *, seed: int, device: str = "cpu") -> Codes:
    """Have `network.read` read strings until `n` codes are there, and the held-out ones a few times.

    Args:
        network: on `device`, in evaluation mode.
        strings: what to read.
        n: codes to learn from; strings come as often as in training on strings.
        seed: of what is read, and of which properties are shown.
        device: "cpu" or "cuda".
    """
    generator = torch.Generator(device=device).manual_seed(seed)

    def read(batch: Batch) -> dict[str, np.ndarray]:
        tensors = {name: torch.from_numpy(array).to(device) for name, array in batch.items()}
        with torch.autocast(device, dtype=torch.bfloat16, enabled=bfloat16_pays(device)):
            codes = network.read(tensors, generator)
        return {name: tensor.cpu().numpy() for name, tensor in codes.items()}

    parts, total = [], 0
    with tqdm(total=n, desc="read", unit="strings", mininterval=1.0) as bar:
        for batch in strings.endless(seed):
            parts.append({name: part[: n - total] for name, part in read(batch).items()})
            total += len(parts[-1]["mean"])
            bar.update(total - bar.n)
            if total >= n:
                break
    watched = [read(batch) for _ in range(_WATCHED_PASSES) for batch, _ in strings.held_out()]
    n_watched = sum(len(part["mean"]) for part in watched)
    split = np.concatenate([np.zeros(total, dtype=np.uint8), np.ones(n_watched, dtype=np.uint8)])
    return Codes.joined([*parts, *watched], split)
