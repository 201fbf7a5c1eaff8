"""Bonds from their probabilities: each pair's likeliest, or the likeliest set of bonds that keeps to valencies.

Pairs are decided one after another, those first that are most probably bonded. A decision (none, single, double or
triple) is open only where both atoms have room for it; its log-probability is added to the score of what was decided
before. Of all beginnings the `width` best are followed: one is greedy assignment, more is a beam search. At the end the
best-scored set in which all atoms hang together is taken, or the best at all where none does. Bresson and Laurent, 2019
(https://arxiv.org/abs/1906.03412) search too, from atom to atom; ours decides pairs in the order of their probability,
for all graphs of a batch at once.

Shapes: B graphs, A atoms, P pairs that are decided, W ways followed.
"""

from __future__ import annotations

import torch
from torch import Tensor

_CERTAIN = 1e-3  # a pair that is less probably bonded than this has no bond
_NEVER = -1e9


def likeliest(log_p: Tensor, kinds: Tensor) -> Tensor:
    """Return ``(B, A, A)`` orders above the diagonal: of each pair of atoms the most probable bond, whatever breaks.

    Args:
        log_p: ``(B, A, A, 4)`` log-probabilities of none, single, double and triple.
        kinds: ``(B, A)``, 0 where there is no atom.
    """
    there = (kinds > 0)[:, :, None] & (kinds > 0)[:, None]
    return (log_p.argmax(dim=3) * there).triu(diagonal=1)


def within_valency(log_p: Tensor, kinds: Tensor, room: Tensor, width: int) -> Tensor:
    """Return ``(B, A, A)`` orders above the diagonal such that no atom has more bonds than it has room for.

    Args:
        log_p: ``(B, A, A, 4)`` log-probabilities of none, single, double and triple.
        kinds: ``(B, A)``, 0 where there is no atom.
        room: ``(B, A)`` largest sum of bond orders of each atom.
        width: ways that are followed.
    """
    n, size = kinds.shape
    bonded = torch.logaddexp(torch.logaddexp(log_p[..., 1], log_p[..., 2]), log_p[..., 3])
    there = ((kinds > 0)[:, :, None] & (kinds > 0)[:, None]).triu(diagonal=1)
    bonded = bonded.masked_fill(~there, _NEVER).flatten(1)
    order = bonded.argsort(dim=1, descending=True, stable=True)
    n_pairs = int((bonded > torch.log(torch.tensor(_CERTAIN))).sum(dim=1).max())
    order = order[:, :n_pairs]
    decided = torch.gather(bonded, 1, order) > torch.log(torch.tensor(_CERTAIN))
    scores = torch.gather(log_p.flatten(1, 2), 1, order[..., None].expand(-1, -1, 4))
    ends = torch.stack([order // size, order % size], dim=2)

    rows, need = torch.arange(n)[:, None], torch.arange(4)
    left = room[:, None].expand(-1, width, -1).clone()
    score = torch.full((n, width), _NEVER)
    score[:, 0] = 0.0
    chosen = torch.zeros(n, width, n_pairs, dtype=torch.long)
    for pair in range(n_pairs):
        i, j = (ends[:, pair, end, None, None].expand(-1, width, 1) for end in (0, 1))
        free = torch.minimum(left.gather(2, i), left.gather(2, j))
        gain = torch.where(need <= free, scores[:, pair, None], _NEVER)
        gain[~decided[:, pair]] = torch.tensor([0.0, _NEVER, _NEVER, _NEVER])
        score, best = (score[:, :, None] + gain).flatten(1).topk(width, dim=1)
        before, bond = best // 4, best % 4
        left, chosen = left[rows, before], chosen[rows, before]
        chosen[:, :, pair] = bond
        left.scatter_add_(2, i, -bond[..., None])
        left.scatter_add_(2, j, -bond[..., None])
    way = _whole(chosen, ends, kinds).int().argmax(dim=1) if width > 1 else torch.zeros(n, dtype=torch.long)
    orders = torch.zeros(n, size * size, dtype=torch.long)
    orders.scatter_(1, order, chosen[torch.arange(n), way])
    return orders.view(n, size, size)


def _whole(chosen: Tensor, ends: Tensor, kinds: Tensor) -> Tensor:
    """Return ``(B, W)``: whether all atoms hang together; ways are in the order of their scores."""
    n, width, n_pairs = chosen.shape
    size = kinds.shape[1]
    i, j = (ends[:, None, :, end].expand(-1, width, -1) for end in (0, 1))
    label = torch.arange(size).expand(n, width, -1).clone()
    bonded = chosen > 0
    for _ in range(size):
        lowest = torch.where(bonded, torch.minimum(label.gather(2, i), label.gather(2, j)), size)
        new = label.scatter_reduce(2, i, lowest, "amin").scatter_reduce(2, j, lowest, "amin")
        if torch.equal(new, label):
            break
        label = new
    return ((label == 0) | (kinds == 0)[:, None]).all(dim=2)
