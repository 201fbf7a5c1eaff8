"""The two decoders of TransVAE at work: one reads the memory position by position, the other looks things up in it.

Shapes: B batch, T tokens, S positions of the memory, d width.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from polydesign.nn.cross import CrossDecoder, Memory
from polydesign.nn.recurrent import RecurrentStack, State, keep_rows


class Written(Protocol):
    """A decoder and its state after all that it has written."""

    def advance(self, x: Tensor) -> Tensor:
        """Return the ``(B, T, d)`` hidden states at the next ``(B, T, d)`` embeddings."""

    def keep(self, rows: Tensor) -> None:
        """Keep only the batch `rows`."""


class RecurrentlyWritten:
    """GRU layers that are given, beside token k, the memory at position k.

    Args:
        layers: take 2 d inputs.
        memory: ``(B, S, d)``; with S = 1 it is the same at every position.
    """

    def __init__(self, layers: RecurrentStack, memory: Tensor) -> None:
        self.layers, self.memory = layers, memory
        self.state: State | None = None
        self.length = 0

    def keep(self, rows: Tensor) -> None:
        """See `Written`."""
        self.memory = self.memory[rows]
        self.state = None if self.state is None else keep_rows(self.state, rows)

    def advance(self, x: Tensor) -> Tensor:
        """See `Written`."""
        start, self.length = self.length, self.length + x.shape[1]
        memory = self.memory if self.memory.shape[1] == 1 else self.memory[:, start : self.length]
        x = torch.cat([x, memory.to(x.dtype).expand(-1, x.shape[1], -1)], dim=2)
        hidden, self.state = self.layers(x, self.state)
        return hidden


class AttentivelyWritten:
    """Transformer blocks that attend to the memory.

    Args:
        decoder: the blocks.
        memory: keys and values of the ``(B, S, d)`` memory.
        like: whose type and device are those of the embeddings where token after token is written; None where all
            tokens are there at once, as in training, and nothing needs to be kept.
    """

    def __init__(self, decoder: CrossDecoder, memory: Memory, like: Tensor | None) -> None:
        self.decoder, self.memory = decoder, memory
        self.cache = None if like is None else decoder.new_cache(len(like), like)

    def keep(self, rows: Tensor) -> None:
        """See `Written`."""
        self.memory.keep(rows)
        if self.cache is not None:
            self.cache.keep(rows)

    def advance(self, x: Tensor) -> Tensor:
        """See `Written`."""
        return self.decoder(x, self.cache, self.memory)
