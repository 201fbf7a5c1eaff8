"""Residual gated graph layers on dense graphs, in which every pair of atoms has an embedding of its own.

With h_i the embedding of atom i and e_ij = e_ji that of the pair, one layer computes

    e_ij <- e_ij + ReLU LN( A e_ij + B h_i + B h_j )
    h_i  <- h_i  + ReLU LN( U h_i + W sum over j != i of eta_ij * V h_j ),   eta_ij = s(e_ij) / sum over j of s(e_ij)

with s the sigmoid and * element by element. Bresson and Laurent, Residual gated graph ConvNets, 2017
(https://arxiv.org/abs/1711.07553), with the pairs' update of their two-step decoder (https://arxiv.org/abs/1906.03412).

Where ours differs: layer norm in the place of batch norm, because the weights that are kept are averages over steps, to
which running statistics do not belong; one matrix B for both ends, so that a pair is the same from both; pairs are
narrower than atoms, with W between, since there are as many of them as atoms squared.

Shapes: B batch, A atoms of the largest graph, d and p widths of atoms and pairs.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_LEAST = 1e-4  # of a sum of gates: an atom on its own receives nothing


def pairs_of(there: Tensor) -> Tensor:
    """Return ``(B, A, A, 1)`` float: 1 where two different atoms are, of which ``(B, A)`` `there` says each."""
    different = ~torch.eye(there.shape[1], dtype=torch.bool, device=there.device)
    return (there[:, :, None] & there[:, None] & different)[..., None].float()


class PairNorm(nn.LayerNorm):
    """Layer norm in the precision of its input.

    Mixed precision would widen it to single: of pairs there are so many that memory decides how quick a step is.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return (..., p) normalised."""
        with torch.autocast(x.device.type, enabled=False):
            weight, bias = self.weight.to(x.dtype), self.bias.to(x.dtype)
            return F.layer_norm(x, self.normalized_shape, weight, bias, self.eps)


class GatedGraphLayer(nn.Module):
    """One layer; see the module.

    Args:
        d_atom, d_pair: widths d and p.
    """

    def __init__(self, d_atom: int, d_pair: int) -> None:
        super().__init__()
        self.widths = [d_atom, d_pair, d_pair]
        self.atom = nn.Linear(d_atom, sum(self.widths))  # U, V and B in one product
        self.pair = nn.Linear(d_pair, d_pair, bias=False)
        self.received = nn.Linear(d_pair, d_atom, bias=False)
        self.atom_norm, self.pair_norm = nn.LayerNorm(d_atom), PairNorm(d_pair)

    def forward(self, h: Tensor, e: Tensor, pairs: Tensor) -> tuple[Tensor, Tensor]:
        """Return the next embeddings ``(B, A, d)`` of atoms and ``(B, A, A, p)`` of pairs.

        `pairs` are those of `pairs_of`; what stands where there is none has no influence on the others.
        """
        own, message, end = self.atom(h).split(self.widths, dim=-1)
        e = e + F.relu(self.pair_norm(self.pair(e) + end[:, :, None] + end[:, None]))
        gate = torch.sigmoid(e) * pairs
        received = (gate * message[:, None]).sum(dim=2) / (gate.sum(dim=2) + _LEAST)
        h = h + F.relu(self.atom_norm(own + self.received(received)))
        return h, e


class GatedGraphStack(nn.Module):
    """Several layers, begun from atoms alone or from atoms and pairs.

    A pair begins as a product of what its ends are, e_ij = C (P h_i * P h_j), besides what is known of it: sums alone,
    as in the layers, would have to learn which two atoms match.
    """

    def __init__(self, d_atom: int, d_pair: int, n_layers: int) -> None:
        super().__init__()
        self.end = nn.Linear(d_atom, d_pair)
        self.pair = nn.Linear(d_pair, d_pair)
        self.layers = nn.ModuleList(GatedGraphLayer(d_atom, d_pair) for _ in range(n_layers))

    def forward(self, h: Tensor, there: Tensor, known: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return embeddings ``(B, A, d)`` and ``(B, A, A, p)`` after all layers.

        Args:
            h: ``(B, A, d)`` atoms.
            there: ``(B, A)`` bool, whether there is an atom.
            known: ``(B, A, A, p)`` embeddings of what is known of the pairs.
        """
        end = self.end(h)
        e = self.pair(end[:, :, None] * end[:, None])
        if known is not None:
            e = e + known.to(e.dtype)
        pairs = pairs_of(there).to(e.dtype)
        for layer in self.layers:
            h, e = layer(h, e, pairs)
        return h, e
