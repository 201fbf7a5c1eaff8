"""A transformer on annotated dense graphs, whose pairs of nodes have features that are attended with and updated.

One layer, of the features h_i of node i and e_ij of a pair, with p_j in [0, 1] for how far node j is there:

    l_ij = q_i . k_j / sqrt(d / H) + b(e_ij)                          one number a head
    a_ij = p_j exp(l_ij) / sum over j of p_j exp(l_ij)
    h_i <- h_i + O sum over j of (a_ij + p_j sigmoid(g(e_ij) - 4)) v_j,    h_i <- h_i + MLP(h_i)
    e_ij <- e_ij + MLP(e_ij, l_ij, u_i + u_j)

Attention with pair features as in Dwivedi & Bresson, A generalization of transformer networks to graphs, 2020
(https://arxiv.org/abs/2012.09699). Where ours differs: weights are not taken of learned edges alone, all pairs are
attended; a second, unnormalised term lets a node count its neighbours, of which a softmax sees shares alone; and nodes
that are partly there count in part, so that points between two graphs can be scored. All is smooth, as a penalty on
gradients needs. Nothing knows the order of the nodes.

Shapes: B graphs, A nodes, d features of a node, c of a pair, H heads.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

_N_WALKS = 6
FEATURES = _N_WALKS + 2
"""Features of a pair that `structure` finds; a node has as many."""


class GraphTransformerLayer(nn.Module):
    """One layer; see the module.

    Args:
        d_model, d_pair: features of a node and of a pair.
        n_heads: heads H.
        pairs: whether pairs are updated, which only later layers or heads see.
    """

    def __init__(self, d_model: int, d_pair: int, n_heads: int, *, pairs: bool = True) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.norm, self.pair_norm, self.last_norm = nn.LayerNorm(d_model), nn.LayerNorm(d_pair), nn.LayerNorm(d_model)
        self.qkv = nn.Linear(d_model, 3 * d_model)
        self.bias_and_gate = nn.Linear(d_pair, 2 * n_heads)
        self.out = nn.Linear(d_model, d_model)
        self.mlp = nn.Sequential(nn.Linear(d_model, 2 * d_model), nn.SiLU(), nn.Linear(2 * d_model, d_model))
        self.pairs = pairs
        if pairs:
            self.from_pair = nn.Linear(d_pair, d_pair)
            self.from_logits = nn.Linear(n_heads, d_pair, bias=False)
            self.from_nodes = nn.Linear(d_model, d_pair, bias=False)
            self.to_pair = nn.Linear(d_pair, d_pair)

    def forward(self, h: Tensor, e: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
        """Return the next ``(B, A, d)`` nodes and ``(B, A, A, c)`` pairs.

        Args:
            h, e: the present ones.
            present: (B, A), 1 where there is a node, 0 where not.
        """
        b, a, d = h.shape
        x, pair = self.norm(h), self.pair_norm(e)
        q, k, v = self.qkv(x).view(b, a, 3, self.n_heads, d // self.n_heads).permute(2, 0, 3, 1, 4)
        bias, gate = self.bias_and_gate(pair).permute(0, 3, 1, 2).chunk(2, dim=1)
        logits = q @ k.transpose(-1, -2) * (d // self.n_heads) ** -0.5 + bias  # (B, H, A, A)
        here = present[:, None, None, :]
        largest = (logits.detach() - 30.0 * (1.0 - here)).amax(dim=-1, keepdim=True)  # of nodes that are there
        weights = (logits - largest).clamp(max=60.0).exp() * here
        weights = weights / (weights.sum(dim=-1, keepdim=True) + 1e-6) + (gate - 4.0).sigmoid() * here
        h = h + self.out((weights @ v).transpose(1, 2).reshape(b, a, d))
        h = h + self.mlp(self.last_norm(h))
        if self.pairs:
            nodes = self.from_nodes(x)
            seen = self.from_pair(pair) + self.from_logits(logits.permute(0, 2, 3, 1))
            e = e + self.to_pair(nn.functional.silu(seen + nodes[:, :, None] + nodes[:, None]))
        return h, e


def structure(bonds: Tensor) -> tuple[Tensor, Tensor]:
    """Return ``(B, A, FEATURES)`` and ``(B, A, A, FEATURES)`` features of nodes and pairs that no single pair shows.

    The numbers of walks of one to six steps, as log(1 + n), which tell distances and the sizes of rings; for a node
    those that come back to it; besides, of a node, its degree and the sum of its orders, each twice for a pair.

    Args:
        bonds: (B, A, A, 4) probabilities of no bond and of orders 1 to 3.
    """
    joined = bonds[..., 1:].sum(dim=-1)
    orders = bonds[..., 1] + 2 * bonds[..., 2] + 3 * bonds[..., 3]
    walks, power = [joined], joined
    for _ in range(_N_WALKS - 1):
        power = power @ joined
        walks.append(power)
    between = torch.stack(walks, dim=-1).clamp(min=0).log1p()  # (B, A, A, 6)
    own = torch.stack([joined.sum(dim=-1), orders.sum(dim=-1)], dim=-1) / 4.0
    nodes = torch.cat([between.diagonal(dim1=1, dim2=2).transpose(1, 2), own], dim=-1)
    return nodes, torch.cat([between, own[:, :, None] + own[:, None]], dim=-1)


class GraphReader(nn.Module):
    """Layers over a graph with further features.

    Args:
        n_node, n_pair: features that nodes and pairs come with, besides those of `structure`.
        d_model, d_pair, n_heads: see `GraphTransformerLayer`.
        n_layers: number of layers.
        pairs: whether the last layer updates pairs.
    """

    def __init__(
        self, n_node: int, n_pair: int, d_model: int, d_pair: int, n_heads: int, n_layers: int, *, pairs: bool = True
    ) -> None:
        super().__init__()
        self.node = nn.Linear(n_node + FEATURES, d_model)
        self.pair = nn.Linear(n_pair + FEATURES, d_pair)
        self.layers = nn.ModuleList(
            GraphTransformerLayer(d_model, d_pair, n_heads, pairs=pairs or i < n_layers - 1) for i in range(n_layers)
        )

    def forward(self, nodes: Tensor, pairs: Tensor, bonds: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
        """Return ``(B, A, d)`` and ``(B, A, A, c)`` features.

        Args:
            nodes, pairs: (B, A, n_node) and (B, A, A, n_pair) features.
            bonds: (B, A, A, 4), see `structure`.
            present: (B, A), 1 where there is a node.
        """
        of_nodes, of_pairs = structure(bonds)
        h = self.node(torch.cat([nodes, of_nodes], dim=-1))
        e = self.pair(torch.cat([pairs, of_pairs], dim=-1))
        for layer in self.layers:
            h, e = layer(h, e, present)
        return h, e


def reached(bonds: Tensor, start: Tensor) -> Tensor:
    """Return ``(B, A)`` how far each node hangs together with one of its graph, in [0, 1].

    Differentiable: a bond between two parts raises it. Squares of (bonds + 1) are cut at 1, so that after k of them
    paths of 2^k steps are seen.

    Args:
        bonds: (B, A, A) how far a bond is there, in [0, 1].
        start: (B,) the one.
    """
    n = bonds.shape[1]
    reach = (bonds + torch.eye(n, device=bonds.device)).clamp(max=1.0)
    for _ in range(max(1, (n - 1).bit_length())):
        reach = (reach @ reach).clamp(max=1.0)
    return reach.gather(1, start[:, None, None].expand(-1, 1, n))[:, 0]
