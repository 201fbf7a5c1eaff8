"""Dictate strings to a network that writes: it goes on from the true tokens, and what it would have written is noted.

What is called teacher forcing in training, here for any network that writes with `sampling.sample_sequences`: a
dictation stands where the grammar of constrained decoding would, and lets through nothing but the true token.

Shapes: N strings, T tokens of the longest with its end, A rows that have not ended, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from polydesign.data.encodings.tokenizer import END_ID


class Dictation:
    """The N strings that a batch is told to write, and the network's own choices.

    Args:
        rows: token ids of the strings, start and end left off.

    Attributes:
        truth: ``(N, T)`` ids of the strings, each with its end and then more of them.
        said: ``(N, T)`` ids that had the greatest logit after the true tokens before them; -1 where nobody asked.
    """

    def __init__(self, rows: Sequence[Sequence[int]]) -> None:
        self.truth = ended(rows)
        self.said = torch.full(self.truth.shape, -1)
        self.row_of, self.position = torch.arange(len(rows)), 0

    def start(self, batch: int) -> Dictation:
        """Return itself, for a batch of all its strings."""
        if batch != len(self.truth):
            raise ValueError(f"{len(self.truth)} strings are dictated; the batch has {batch} rows.")
        return self

    def mask(self, logits: Tensor, room: int) -> Tensor:
        """Note the likeliest of the ``(A, V)`` tokens; return logits that allow the true one alone."""
        self.said[self.row_of, self.position] = logits.argmax(dim=1)
        true = self.truth[self.row_of, self.position][:, None]
        return torch.full_like(logits, float("-inf")).scatter(1, true, 0.0)

    def advance(self, tokens: Tensor) -> None:
        """Go on to the next position."""
        self.position += 1

    def keep(self, rows: Tensor) -> None:
        """Keep only the batch `rows`."""
        self.row_of = self.row_of[rows]


def ended(rows: Sequence[Sequence[int]], longest: int | None = None) -> Tensor:
    """Return ``(N, T)`` ids of rows, each with its end and then more of them; T is `longest`, else what they need."""
    longest = max(map(len, rows), default=0) + 1 if longest is None else longest
    return torch.tensor([[*row, *[END_ID] * longest][:longest] for row in rows])
