"""Batches of codes, for models that learn among the codes of a frozen autoencoder.

Reading a string costs far more than a step among codes, so each is read once, before training: what is kept is its
q(z | string, properties), from which every step draws anew, beside the properties that the encoder was shown.

Shapes: N strings read, B batch, d dimensions of a code, C conditions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from polydesign.data.encodings.batches import Batches

_WATCHED_PASSES = 4  # draws of hidden properties with which held-out strings are read


class CodeReader(Protocol):
    """A network that reads strings with a frozen autoencoder of its own."""

    def read(self, batch: dict[str, Tensor], generator: torch.Generator) -> dict[str, Tensor]:
        """Return what `Codes` holds of a batch of strings."""


@dataclass(frozen=True)
class Codes:
    """What an autoencoder read.

    Attributes:
        mean, log_var: (N, d) float32, of each code.
        values: (N, C) float32, standardised properties, 0 where unknown.
        given: (N, C) bool, which of them the encoder was shown.
    """

    mean: np.ndarray
    log_var: np.ndarray
    values: np.ndarray
    given: np.ndarray

    def __len__(self) -> int:
        return len(self.mean)

    def batch(self, index: np.ndarray) -> dict[str, np.ndarray]:
        """Return the rows at `index`."""
        return {name: part[index] for name, part in vars(self).items()}

    @classmethod
    def joined(cls, parts: list[dict[str, np.ndarray]], limit: int | None = None) -> Self:
        """Put batches together, `limit` rows at most."""
        return cls(**{name: np.concatenate([part[name] for part in parts])[:limit] for name in parts[0]})


@dataclass(frozen=True)
class CodeBatches:
    """Codes as `Batches`: `size` of them each, drawn with equal chances from those that were read."""

    train: Codes
    valid: Codes
    size: int

    def endless(self, seed: int, start: int = 0) -> Iterator[dict[str, np.ndarray]]:
        """See `Batches`."""
        number = start
        while True:
            yield self.train.batch(np.random.default_rng([seed, number]).integers(len(self.train), size=self.size))
            number += 1

    def held_out(self) -> Iterator[tuple[dict[str, np.ndarray], float]]:
        """See `Batches`."""
        for start in range(0, len(self.valid), self.size):
            batch = self.valid.batch(np.arange(start, min(start + self.size, len(self.valid))))
            yield batch, float(len(batch["mean"]))


@torch.no_grad()
def read_codes(
    network: CodeReader, strings: Batches, n: int, size: int, *, seed: int, device: str = "cpu"
) -> CodeBatches:
    """Have `network.read` read strings until `n` codes are there, and the held-out ones a few times.

    Args:
        network: on `device`, in evaluation mode.
        strings: what to read.
        n: codes to learn from; strings come as often as in training on strings.
        size: codes of a batch.
        seed: of what is read, and of which properties are shown.
        device: "cpu" or "cuda".
    """
    generator = torch.Generator(device=device).manual_seed(seed)

    def read(batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        tensors = {name: torch.from_numpy(array).to(device) for name, array in batch.items()}
        with torch.autocast(device, dtype=torch.bfloat16):
            found = network.read(tensors, generator)
        return {name: tensor.cpu().numpy() for name, tensor in found.items()}

    parts, total = [], 0
    with tqdm(total=n, desc="read", unit="strings", mininterval=1.0) as bar:
        for batch in strings.endless(seed):
            parts.append(read(batch))
            total += len(batch["tokens"])
            bar.update(min(total, n) - bar.n)
            if total >= n:
                break
    watched = [read(batch) for _ in range(_WATCHED_PASSES) for batch, _ in strings.held_out()]
    train = Codes.joined(parts, n)
    nothing = Codes(**train.batch(np.arange(0)))
    return CodeBatches(train, Codes.joined(watched) if watched else nothing, size)
