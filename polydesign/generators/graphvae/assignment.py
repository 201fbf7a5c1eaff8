"""Bonds from their probabilities: each pair's likeliest, or a likely set of bonds that keeps to valencies.

Pairs are decided one after another, those first that are most probably bonded. A decision (none, single, double or
triple) is open only where both atoms have room for it; its log-probability is added to the score of what was decided
before. Of all beginnings the `width` best are followed: one is greedy assignment, more is a beam search. At the end the
best-scored set in which all atoms hang together is taken, or the best at all where none does. Bresson and Laurent, 2019
(https://arxiv.org/abs/1906.03412) search too, from atom to atom; ours decides pairs in the order of their probability,
for all graphs of a batch at once. What still lies apart is then joined by the likeliest single bonds for which there is
room.

Shapes: B graphs, A atoms, P pairs that are decided, W ways followed.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

_CERTAIN = math.log(1e-3)  # a pair that is less probably bonded than this has no bond
_NEVER = -1e9


def likeliest(log_p: Tensor, kinds: Tensor) -> Tensor:
    """Return ``(B, A, A)`` symmetric orders: of each pair of atoms the most probable bond, whatever breaks.

    Args:
        log_p: ``(B, A, A, 4)`` log-probabilities of none, single, double and triple.
        kinds: ``(B, A)``, 0 where there is no atom.
    """
    return _both_ways(log_p.argmax(dim=3) * _pairs(kinds))


def within_valency(log_p: Tensor, kinds: Tensor, room: Tensor, width: int) -> Tensor:
    """Return ``(B, A, A)`` symmetric orders such that no atom has more bonds than it has room for.

    Args:
        log_p: ``(B, A, A, 4)`` log-probabilities of none, single, double and triple.
        kinds: ``(B, A)``, 0 where there is no atom.
        room: ``(B, A)`` largest sum of bond orders of each atom.
        width: ways that are followed.
    """
    n, size = kinds.shape
    bonded = log_p[..., 1:].logsumexp(dim=3).masked_fill(~_pairs(kinds), _NEVER).flatten(1)
    bonded, order = bonded.sort(dim=1, descending=True, stable=True)
    n_pairs = int((bonded > _CERTAIN).sum(dim=1).max())
    bonded, order = bonded[:, :n_pairs], order[:, :n_pairs]
    gains = log_p.flatten(1, 2).gather(1, order[..., None].expand(-1, -1, 4))
    gains[bonded <= _CERTAIN] = torch.tensor([0.0, _NEVER, _NEVER, _NEVER])  # decided in other graphs of the batch

    rows, need = torch.arange(n)[:, None], torch.arange(4)
    left = room[:, None].repeat(1, width, 1)
    score = torch.full((n, width), _NEVER)
    score[:, 0] = 0.0  # all ways begin as one
    chosen = torch.zeros(n, width, n_pairs, dtype=torch.long)
    for pair in range(n_pairs):
        i, j = (end[:, None, None].expand(-1, width, 1) for end in (order[:, pair] // size, order[:, pair] % size))
        free = torch.minimum(left.gather(2, i), left.gather(2, j))
        gain = torch.where(need <= free, gains[:, pair, None], _NEVER)
        score, best = (score[:, :, None] + gain).flatten(1).topk(width, dim=1)
        left, chosen = left[rows, best // 4], chosen[rows, best // 4]
        chosen[:, :, pair] = bond = best % 4
        left.scatter_add_(2, i, -bond[..., None])
        left.scatter_add_(2, j, -bond[..., None])
    orders = torch.zeros(n, width, size * size, dtype=torch.long).scatter_(
        2, order[:, None].expand(-1, width, -1), chosen
    )
    orders = _both_ways(orders.view(n, width, size, size))
    if width == 1:
        return orders[:, 0]
    apart = pieces(orders.flatten(0, 1)).view(n, width, size)
    whole = ((apart == 0) | (kinds == 0)[:, None]).all(dim=2)
    return orders[torch.arange(n), whole.int().argmax(dim=1)]  # the first, which is the best, where none is whole


def joined(orders: Tensor, log_p: Tensor, kinds: Tensor, room: Tensor) -> Tensor:
    """Return the orders with single bonds between what lies apart, the likeliest first, as far as there is room."""
    orders = orders.clone()
    gain = (log_p[..., 1] - log_p[..., 0]).masked_fill(~_pairs(kinds), _NEVER)
    size = kinds.shape[1]
    for _ in range(size):
        label, free = pieces(orders), (room - orders.sum(dim=2)) > 0
        open_ = (label[:, :, None] != label[:, None]) & free[:, :, None] & free[:, None]
        best, where = gain.masked_fill(~open_, _NEVER).flatten(1).max(dim=1)
        rows = (best > _NEVER).nonzero()[:, 0]
        if not len(rows):
            break
        i, j = where[rows] // size, where[rows] % size
        orders[rows, i, j] = orders[rows, j, i] = 1
    return orders


def pieces(orders: Tensor) -> Tensor:
    """Return ``(B, A)``: of each atom the lowest number of an atom that it hangs together with."""
    size = orders.shape[1]
    reached = ((orders > 0) | torch.eye(size, dtype=torch.bool)).float()
    for _ in range(math.ceil(math.log2(max(size, 2)))):  # paths of 2, 4, 8, ... bonds
        reached = (reached @ reached).clamp(max=1.0)
    return reached.argmax(dim=2)


def largest_piece(orders: Tensor, kinds: Tensor, attachment_points: bool) -> Tensor:
    """Return ``(B, A)`` kinds without the atoms outside of the piece of most atoms.

    Where kind 1 is the attachment points, of the piece with most of them, and among such the largest.
    """
    label, size = pieces(orders), kinds.shape[1]
    weight = (kinds > 0).long() + (kinds == 1) * (size if attachment_points else 0)
    total = torch.zeros_like(kinds).scatter_add_(1, label, weight)
    return kinds * (label == total.argmax(dim=1, keepdim=True))


def ends_apart(log_p: Tensor, kinds: Tensor) -> Tensor:
    """Return log-probabilities in which two atoms of kind 1, attachment points, are never bonded."""
    both = (kinds == 1)[:, :, None] & (kinds == 1)[:, None]
    never = torch.tensor([0.0, -math.inf, -math.inf, -math.inf])
    return torch.where(both[..., None], never, log_p)


def _pairs(kinds: Tensor) -> Tensor:
    """Return ``(B, A, A)`` bool: pairs of atoms, each once."""
    return ((kinds > 0)[:, :, None] & (kinds > 0)[:, None]).triu(diagonal=1)


def _both_ways(orders: Tensor) -> Tensor:
    return orders + orders.transpose(-1, -2)
