"""The embedding of the sub-graph so far, of every step at once.

Atoms come in breadth-first order, and step t decides about atom t when atoms 0 ... t - 1 and their bonds stand. Each
layer but the last is causal: atom i hears of earlier atoms alone, so that its embedding is the same in every step and
is computed once for all of them. With n_i the normalised embedding of atom i, A_ij its bond with an earlier atom j:

    h_i <- h_i + sum over r of W_r sum over j < i, A_ij = r of n_j + Attention(n_i; n_j, j <= i),
    h_i <- h_i + MLP(h_i),

the relational graph convolution (Schlichtkrull et al., 2018, https://arxiv.org/abs/1703.06103) with one more relation,
"stands in the sub-graph", whose weights are learnt as attention with a bias for the kind of bond and the distance in
the order. The last layer is a relational graph convolution over the sub-graph of each step, later neighbours of j
included, for the atoms that a new bond may reach:

    f_tj = act(LN(U h_j + sum over r of V_r sum over k < t, A_jk = r of h_k + embeddings of the room left at j, ...))

Graph embedding: the causal embedding of the last atom, which has heard of all, plus the sum of f_tj.

Shapes: B graphs, A atoms, T steps, S places back within reach (the furthest first), d width, e width within reach.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

ORDERS = 3  # single, double, triple
_MOST_ROOM = 7  # more room left than this is told from this by nothing


@dataclass
class Memory:
    """What a layer keeps of up to T atoms: ``(B, T, 3 d)`` keys, values and normalised embeddings; `n` of them are."""

    kept: Tensor
    n: int = 0

    def append(self, new: Tensor) -> Tensor:
        """Add ``(B, m, 3 d)``; return all."""
        self.kept[:, self.n : self.n + new.shape[1]] = new
        self.n += new.shape[1]
        return self.kept[:, : self.n]


class CausalLayer(nn.Module):
    """Relational convolution and attention over earlier atoms, then an MLP; see the module."""

    def __init__(self, d_model: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.norm = nn.LayerNorm(d_model)
        self.attention = nn.Linear(d_model, 3 * d_model)
        self.mix = nn.Linear(d_model, d_model)
        self.relations = nn.Linear(ORDERS * d_model, d_model, bias=False)
        self.mlp = nn.Sequential(
            nn.LayerNorm(d_model), nn.Linear(d_model, 3 * d_model), nn.GELU(), nn.Linear(3 * d_model, d_model)
        )

    def forward(self, x: Tensor, bias: Tensor, bonded: Tensor, memory: Memory | None = None) -> Tensor:
        """Return the next embeddings of M atoms.

        Args:
            x: ``(B, M, d)`` embeddings.
            bias: ``(B, H, M, N)`` added to the attention's scores of N atoms, minus infinity for later ones.
            bonded: ``(B, 3, M, N)`` 1 where an atom has a bond of that order with an earlier one.
            memory: of the atoms before these M; None where these are all.
        """
        normal = self.norm(x)
        query, key, value = self.attention(normal).chunk(3, dim=-1)
        all_kept = torch.cat([key, value, normal.to(key.dtype)], dim=-1)
        if memory is not None:
            all_kept = memory.append(all_kept)
        key, value, normal = all_kept.chunk(3, dim=-1)
        query, key, value = (self._heads(part) for part in (query, key, value))
        scores = query @ key.mT / math.sqrt(query.shape[-1]) + bias.to(query.dtype)
        heard = (scores.softmax(dim=-1).to(value.dtype) @ value).transpose(1, 2).flatten(2)
        neighbours = (bonded.to(normal.dtype) @ normal[:, None]).transpose(1, 2).flatten(2)  # (B, M, 3 d)
        x = x + self.mix(heard) + self.relations(neighbours)
        return x + self.mlp(x)

    def _heads(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.n_heads, -1)).transpose(1, 2)


class Reach(nn.Module):
    """The last layer, over the atoms that a bond of the next atom may reach; see the module.

    Args:
        d_model, d_edge: widths d and e.
        span: S.
    """

    def __init__(self, d_model: int, d_edge: int, span: int) -> None:
        super().__init__()
        self.span = span
        self.own = nn.Linear(d_model, d_edge)
        self.relations = nn.Linear(d_model, ORDERS * d_edge, bias=False)
        self.room = nn.Embedding(_MOST_ROOM + 1, d_edge)
        self.place = nn.Embedding(span, d_edge)
        self.parent = nn.Embedding(2 * span + 1, d_edge)
        self.norm = nn.LayerNorm(d_edge)

    def read(self, h: Tensor) -> Tensor:
        """Return ``(B, 4, A, e)`` of ``(B, A, d)`` causal embeddings: U h, and V_r h of each order."""
        parts = torch.cat([self.own(h), self.relations(h)], dim=-1)
        return parts.unflatten(-1, (1 + ORDERS, -1)).transpose(1, 2)

    def forward(self, read: Tensor, bonds: Tensor, room: Tensor, steps: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return ``(B, T, S, e)`` embeddings f, ``(B, T, S)`` room left at those atoms, ``(T, S)`` which exist.

        Args:
            read: ``(B, 4, A, e)`` as `read` gives them; of no meaning for atoms of later steps.
            bonds: ``(B, A, A)`` orders; bonds of later steps are masked here.
            room: ``(B, A)`` room for bonds that each atom has by itself.
            steps: ``(T,)`` t of each step.
        """
        n_atoms = bonds.shape[1]
        place = steps[:, None] - self.span + torch.arange(self.span, device=steps.device)  # (T, S)
        exists = (place >= 0) & (place < n_atoms)
        place = place.clamp(0, n_atoms - 1)
        earlier = torch.arange(n_atoms, device=steps.device) < steps[:, None, None]  # (T, 1, A)
        known = bonds.to(torch.int8)[:, place] * earlier.to(torch.int8)  # (B, T, S, A)
        left = (room[:, place] - known.sum(dim=-1)).clamp(min=0)
        orders = torch.cat([known == order for order in range(1, ORDERS + 1)], dim=-1).to(read.dtype)
        heard = orders.flatten(1, 2) @ read[:, 1:].flatten(1, 2)  # (B, T S, e)
        parent = parents(bonds, steps - 1)[..., None]  # (B, T, 1)
        relative = (place - parent).clamp(-self.span, self.span) + self.span
        f = read[:, 0][:, place] + heard.unflatten(1, (-1, self.span))
        f = f + self.room(left.clamp(max=_MOST_ROOM)) + self.place.weight + self.parent(relative)
        return F.gelu(self.norm(f)) * exists[..., None], left, exists


def parents(bonds: Tensor, atoms: Tensor) -> Tensor:
    """Return ``(B, T)`` first atoms that ``(T,)`` atoms have a bond with; the atom itself where there is no earlier.

    Args:
        bonds: ``(B, A, A)`` orders.
        atoms: which; one below 0 counts as atom 0.
    """
    atoms = atoms.clamp(0, bonds.shape[1] - 1)
    earlier = (bonds[:, atoms] > 0) & (torch.arange(bonds.shape[1], device=bonds.device) < atoms[:, None])
    return torch.where(earlier.any(dim=-1), earlier.to(torch.uint8).argmax(dim=-1), atoms)
