"""Draw token sequences from next-token logits: temperature, nucleus, seeded, finished rows dropped.

Shapes: B batch, A rows that have not ended, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from polydesign.data.encodings.tokenizer import END_ID, PAD_ID, START_ID, UNKNOWN_ID

_FORBIDDEN = [PAD_ID, START_ID, UNKNOWN_ID]  # never drawn
_DROP_BELOW = 0.8  # finished rows are dropped when no more than this share goes on: a drop costs a copy of the cache


class Following(Protocol):
    """What is ruled out as the strings of a batch are written; see `mask.Constraint` and `dictation.Dictation`."""

    def mask(self, logits: Tensor, room: int) -> Tensor:
        """Return the ``(A, V)`` logits with -inf for what may not follow, where `room` tokens can still come."""

    def advance(self, tokens: Tensor) -> None:
        """Take note of the ``(A,)`` tokens that were written."""

    def keep(self, rows: Tensor) -> None:
        """Keep only the batch `rows`."""


class Rules(Protocol):
    """What may be written, whatever the batch."""

    def start(self, batch: int) -> Following:
        """Return the rules at work on the strings of a new batch."""


@dataclass(frozen=True)
class Writing:
    """How strings are written, whatever is asked for.

    Attributes:
        generator: source of randomness; networks and their requests are on its device.
        temperature: 0 takes the most probable token; otherwise logits are divided by it.
        top_p: see `nucleus`.
        guidance_scale: see `nn.guidance`.
        mask: rules out tokens, as those after which a string could no longer be completed; None allows all.
        check: called before each step; may raise to stop.
    """

    generator: torch.Generator
    temperature: float = 1.0
    top_p: float = 1.0
    guidance_scale: float = 1.0
    mask: Rules | None = None
    check: Callable[[], None] | None = None


class Stepper(Protocol):
    """A network at work on the strings of a batch, of which it keeps what it has read and written."""

    def step(self, tokens: Tensor) -> Tensor:
        """Return the ``(A, V)`` logits of what follows the ``(A,)`` tokens that were written last."""

    def keep(self, rows: Tensor) -> None:
        """Keep only the batch `rows`, the indices of those that have not ended."""


def nucleus(logits: Tensor, top_p: float) -> Tensor:
    """Mask logits outside the smallest set whose probability reaches `top_p` (Holtzman et al., 2020,
    https://arxiv.org/abs/1904.09751); logits are ``(B, V)``.
    """  # fmt: skip
    if top_p >= 1.0:
        return logits
    ordered, index = logits.sort(dim=-1, descending=True)
    probability = ordered.softmax(dim=-1)
    outside = probability.cumsum(dim=-1) - probability >= top_p  # the first token is always inside
    return logits.masked_fill(outside.scatter(-1, index, outside), float("-inf"))


def sample_sequences(stepper: Stepper, batch: int, max_new: int, writing: Writing) -> list[list[int]]:
    """Sample token sequences.

    Args:
        stepper: says what may follow; nothing is written yet.
        batch: number B of its rows.
        max_new: a row that has not ended after so many tokens is cut there.
        writing: how tokens are drawn.

    Returns:
        One list of token ids a row, start and end left off.
    """
    device = writing.generator.device
    tokens = torch.full((batch,), START_ID, device=device)
    row_of = torch.arange(batch, device=device)
    written = torch.full((batch, max_new), END_ID, device=device)
    going = torch.ones(batch, dtype=torch.bool, device=device)
    constraint = writing.mask.start(batch) if writing.mask is not None else None
    for position in range(max_new):
        if writing.check is not None:
            writing.check()
        logits = stepper.step(tokens).float()
        logits[:, _FORBIDDEN] = float("-inf")
        if constraint is not None:
            logits = constraint.mask(logits, max_new - position)
        tokens = _drawn(logits, writing)
        if constraint is not None:
            constraint.advance(tokens)
        written[row_of[going], position] = tokens[going]
        going &= tokens != END_ID
        n_going = int(going.sum())
        if n_going == 0:
            break
        if n_going <= _DROP_BELOW * len(going):
            keep = going.nonzero().squeeze(1)
            tokens, row_of, going = tokens[keep], row_of[keep], going[keep]
            stepper.keep(keep)
            if constraint is not None:
                constraint.keep(keep)
    return [row[: row.index(END_ID)] if END_ID in row else row for row in written.tolist()]


def _drawn(logits: Tensor, writing: Writing) -> Tensor:
    """Return one of the ``(A, V)`` tokens for each row."""
    if writing.temperature <= 0:
        return logits.argmax(dim=-1)
    probability = nucleus(logits / writing.temperature, writing.top_p).softmax(dim=-1)
    return torch.multinomial(probability, 1, generator=writing.generator).squeeze(1)
