"""Draw token sequences from next-token logits: temperature, nucleus, seeded, finished rows dropped."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from polydesign.writing.mask import Constraint

_DROP_BELOW = 0.8  # finished rows are dropped when no more than this share goes on: a drop costs a copy of the cache


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


def sample_sequences(
    step: Callable[[Tensor, Tensor | None], Tensor],
    batch: int,
    *,
    start_id: int,
    end_id: int,
    max_new: int,
    generator: torch.Generator,
    temperature: float = 1.0,
    top_p: float = 1.0,
    forbidden: tuple[int, ...] = (),
    check: Callable[[], None] | None = None,
    constraint: Constraint | None = None,
) -> list[list[int]]:
    """Sample `batch` sequences with a model that keeps its own cache.

    Args:
        step: called with the last tokens ``(A,)`` of the A unfinished rows and, when rows were
            dropped since the last call, the ``(A,)`` indices of the rows to keep (else None);
            returns next-token logits ``(A, V)``.
        batch: number of sequences.
        start_id: first token of every row, not returned.
        end_id: token that ends a row, not returned.
        max_new: a row that has not ended after so many tokens is cut there.
        generator: source of randomness.
        temperature: 0 takes the most probable token; otherwise logits are divided by it.
        top_p: see `nucleus`.
        forbidden: tokens that are never drawn (padding, start).
        check: called before each step; may raise to stop.
        constraint: masks the tokens after which a string could no longer be completed.

    Returns:
        One list of token ids a row.
    """
    device = generator.device
    tokens = torch.full((batch,), start_id, device=device)
    row_of = torch.arange(batch, device=device)
    written = torch.full((batch, max_new), end_id, device=device)
    going = torch.ones(batch, dtype=torch.bool, device=device)
    keep: Tensor | None = None
    for position in range(max_new):
        if check is not None:
            check()
        logits = step(tokens, keep).float()
        if forbidden:
            logits[:, list(forbidden)] = float("-inf")
        if constraint is not None:
            logits = constraint.mask(logits, max_new - position)
        if temperature <= 0:
            tokens = logits.argmax(dim=-1)
        else:
            probability = nucleus(logits / temperature, top_p).softmax(dim=-1)
            tokens = torch.multinomial(probability, 1, generator=generator).squeeze(1)
        if constraint is not None:
            constraint.advance(tokens)
        written[row_of[going], position] = tokens[going]
        going &= tokens != end_id
        n_going = int(going.sum())
        if n_going == 0:
            break
        keep = None
        if n_going <= _DROP_BELOW * len(going):
            keep = going.nonzero().squeeze(1)
            tokens, row_of, going = tokens[keep], row_of[keep], going[keep]
            if constraint is not None:
                constraint.keep(keep)
    return [row[: row.index(end_id)] if end_id in row else row for row in written.tolist()]
