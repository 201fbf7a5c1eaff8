"""The two generators of DrugGEN; what hides parts of a graph is in hiding.py, the critics are in critic.py.

    G1   start, partly hidden, and noise -> GraphReader -> kinds, then bonds given the kinds
    G2   Q of what G1 made, K of its features, V of the class and the request -> GraphReader -> kinds, bonds

    softmax(Q K^T / sqrt(d)) V,   Q = W h_i,   K_m = k_m + W' features(G1),   V_m = v_m + c_m(request)

The joint scheme of MolecularTransGAN / DrugGEN (Ünlü et al., 2023, https://arxiv.org/abs/2302.07868): Q is what G1
made, K features of compounds by a graph convolution, V what stands for the target. There a real molecule, or noise,
goes into G1; here a start (`starts`) is edited of which parts are hidden at random, and there is noise besides. Where
ours differs: a property class stands in the place of a protein; its polymers are M embeddings v_m, learned against
the critic that is shown them, for a checkpoint holds no rows of a corpus; no edit gives or takes an attachment point
or changes the number of atoms; a kind is drawn (Gumbel), bonds are the most probable ones given the drawn kinds;
gradients pass straight through both (Bengio et al., 2013, https://arxiv.org/abs/1308.3432; Jang et al., 2017,
https://arxiv.org/abs/1611.01144); what is hidden is first restored by cross-entropy, which goes on beside the critics
with a smaller weight.

Shapes: B graphs, A atoms, K kinds (0 none, 1 the attachment point), 4 bonds (0 none, or the order), M embeddings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polydesign.core.properties import DESCRIPTORS
from polydesign.generators.druggen.config import DrugGENConfig
from polydesign.generators.druggen.hiding import N_NODE, N_PAIR, Hidden, hide
from polydesign.generators.druggen.starts import dense
from polydesign.nn.conditions import ConditionEmbedding, hide_some
from polydesign.nn.graph_transformer import GraphReader, GraphTransformerLayer
from polydesign.nn.guidance import asked, guide
from polydesign.nn.requests import Conditions, Requests
from polydesign.nn.trainable import Trainable

_NEVER = -1e4


class Graph(NamedTuple):
    """Annotated dense graphs.

    Attributes:
        kinds: (B, A, K) one-hot, or probabilities that add up to 1.
        bonds: (B, A, A, 4), the same; symmetric.
    """

    kinds: Tensor
    bonds: Tensor


class Edit(NamedTuple):
    """What a generator made, and what it was drawn from.

    Attributes:
        graph: one-hot, with gradients to the logits.
        kinds: (B, A, K) logits.
        bonds: (B, A, A, 4) logits.
    """

    graph: Graph
    kinds: Tensor
    bonds: Tensor


def one_hot(kinds: Tensor, bonds: Tensor, n_kinds: int) -> Graph:
    """Return graphs of ``(B, A)`` codes and ``(B, A, A)`` orders."""
    return Graph(F.one_hot(kinds, n_kinds).float(), F.one_hot(bonds, 4).float())


class Heads(nn.Module):
    """Kinds and bonds of a graph, out of features of its atoms and pairs.

    Args:
        d_model, d_pair: those features.
        n_kinds: number K.
    """

    def __init__(self, d_model: int, d_pair: int, n_kinds: int) -> None:
        super().__init__()
        self.kind = nn.Sequential(nn.LayerNorm(d_model), nn.Linear(d_model, n_kinds))
        self.pair = nn.Sequential(nn.LayerNorm(d_pair), nn.Linear(d_pair, 2 * d_pair))
        self.given = nn.Linear(n_kinds, 2 * d_pair, bias=False)
        self.bond = nn.Linear(2 * d_pair, 4)
        nn.init.constant_(self.bond.bias[1:], -3.0)  # most pairs are not bonded
        self.keep = nn.Parameter(torch.tensor([5.0, 6.0]))

    def forward(
        self, h: Tensor, e: Tensor, hidden: Hidden, temperature: float, generator: torch.Generator,
        told: Tensor | None = None, scale: float | None = None,
    ) -> Edit:  # fmt: skip
        """Return the edit.

        Args:
            h, e: (B, A, d) and (B, A, A, c) features; with a `scale` those of the same graphs without a request after
                them, away from which logits are led (`nn.guidance`).
            hidden: what is known of the graph.
            temperature: how much chance there is in the kinds; 0 takes the most probable ones.
            generator: of that chance.
            told: (B, A, K) kinds that bonds are given in place of those that are drawn.
        """
        kinds = _led(self.kind(h), scale) + self.keep[0] * hidden.kinds
        kinds = torch.where(hidden.may_be, kinds, _NEVER)
        uniform = torch.rand(kinds.shape, generator=generator, device=kinds.device).clamp(1e-6, 1 - 1e-6)
        drawn = _straight(kinds - temperature * torch.log(-torch.log(uniform)))
        seen = self.given(drawn if told is None else told).repeat(1 if scale is None else 2, 1, 1)
        pair = self.pair(e + e.transpose(1, 2))
        bonds = self.bond(F.silu(pair + seen[:, :, None] + seen[:, None]))
        bonds = _led(bonds, scale) + self.keep[1] * hidden.bonds
        bonds = torch.where(hidden.may_bond[..., None], bonds, _none_only(bonds))
        return Edit(Graph(drawn, _straight(bonds)), kinds, bonds)


def _twice(rows: Tensor) -> Tensor:
    return torch.cat([rows, rows])


def _led(logits: Tensor, scale: float | None) -> Tensor:
    return logits if scale is None else guide(logits, scale)


def _none_only(bonds: Tensor) -> Tensor:
    return torch.tensor([0.0, _NEVER, _NEVER, _NEVER], device=bonds.device)


def _straight(logits: Tensor) -> Tensor:
    """Return the one-hot of the largest logit, through which gradients pass as through the softmax."""
    soft = logits.softmax(dim=-1)
    hard = F.one_hot(soft.argmax(dim=-1), logits.shape[-1]).float()
    return hard + soft - soft.detach()


class First(nn.Module):
    """G1: a start, partly hidden, to a graph."""

    def __init__(self, config: DrugGENConfig) -> None:
        super().__init__()
        n = len(config.kinds) + 1
        self.d_noise = config.d_noise
        self.reader = GraphReader(
            n + N_NODE + config.d_noise, N_PAIR, config.d_model, config.d_pair, config.n_heads, config.n_layers
        )
        self.heads = Heads(config.d_model, config.d_pair, n)

    def forward(
        self, hidden: Hidden, temperature: float, generator: torch.Generator, told: Tensor | None = None
    ) -> Edit:
        """Return the edit; see `Heads`."""
        noise = torch.randn(*hidden.kinds.shape[:2], self.d_noise, generator=generator, device=hidden.kinds.device)
        nodes = torch.cat([hidden.kinds, hidden.of_nodes, noise], dim=-1)
        h, e = self.reader(nodes, hidden.of_pairs, hidden.shown, hidden.present)
        return self.heads(h, e, hidden, temperature, generator, told)


class GraphFeatures(nn.Module):
    """One ``(B, d)`` vector of a graph by relational graph convolution (Schlichtkrull et al., 2018), two rounds."""

    def __init__(self, n_kinds: int, d: int) -> None:
        super().__init__()
        self.own = nn.ModuleList([nn.Linear(n_kinds, d), nn.Linear(d, d)])
        self.bonded = nn.ModuleList([nn.Linear(n_kinds, 3 * d, bias=False), nn.Linear(d, 3 * d, bias=False)])

    def forward(self, graph: Graph, present: Tensor) -> Tensor:
        """Return the vectors."""
        h = graph.kinds
        for own, bonded in zip(self.own, self.bonded, strict=True):
            told = bonded(h).unflatten(-1, (3, -1))  # (B, A, 3, d)
            h = F.silu(own(h) + torch.einsum("bijo,bjod->bid", graph.bonds[..., 1:], told))
        return (h * present[..., None]).sum(dim=1) / present.sum(dim=1, keepdim=True)


class Second(nn.Module):
    """G2: what G1 made, turned towards what is asked for."""

    def __init__(self, config: DrugGENConfig) -> None:
        super().__init__()
        n, d = len(config.kinds) + 1, config.d_model
        self.scale = d**-0.5
        self.reader = GraphReader(2 * n + N_NODE, 4 + N_PAIR, d, config.d_pair, config.n_heads, 1)
        self.features = GraphFeatures(n, 64)
        self.query, self.key, self.out = nn.Linear(d, d), nn.Linear(64, d), nn.Linear(d, d)
        self.keys = nn.Parameter(torch.randn(config.n_class, d))
        self.values = nn.Parameter(0.1 * torch.randn(config.n_class, d))
        self.asked = (
            ConditionEmbedding(len(config.conditions), d, config.n_class, d_hidden=64) if config.conditions else None
        )
        self.layers = nn.ModuleList(
            GraphTransformerLayer(d, config.d_pair, config.n_heads) for _ in range(config.n_second)
        )
        self.heads = Heads(d, config.d_pair, n)

    def forward(
        self, first: Graph, hidden: Hidden, requests: Requests, temperature: float, generator: torch.Generator,
        told: Tensor | None = None, scale: float = 1.0,
    ) -> Edit:  # fmt: skip
        """Return the edit; see `Heads`. With a `scale` other than 1 requests are exaggerated, see `nn.guidance`."""
        if not asked(requests, scale):
            return self.heads(*self._read(first, hidden, requests), hidden, temperature, generator, told)
        graphs, seen = Graph(*map(_twice, first)), Hidden(*map(_twice, hidden))
        read = self._read(graphs, seen, requests.before(requests.hidden()))
        return self.heads(*read, hidden, temperature, generator, told, scale)

    def _read(self, first: Graph, hidden: Hidden, requests: Requests) -> tuple[Tensor, Tensor]:
        """Return the features of atoms and pairs that the edit is made of."""
        present = hidden.present
        nodes = torch.cat([first.kinds, hidden.kinds, hidden.of_nodes], dim=-1)
        h, e = self.reader(nodes, torch.cat([first.bonds, hidden.of_pairs], dim=-1), first.bonds, present)
        keys = self.keys + self.key(self.features(first, present))[:, None]  # (B, M, d)
        values = self.values.expand(len(h), -1, -1)
        if self.asked is not None:
            values = values + self.asked(requests.values, requests.given)
        attended = (self.query(h) @ keys.transpose(1, 2) * self.scale).softmax(dim=-1) @ values
        h = h + self.out(attended)
        for layer in self.layers:
            h, e = layer(h, e, present)
        return h, e


class DrugGEN(Trainable):
    """Both generators, and the starts that they edit.

    Buffers: ``start_kinds`` (S, A) and ``start_bonds`` (S, E, 3), see `starts`; ``room`` (K,), the largest sum of bond
    orders that is usual for a kind.
    """

    held_out: ClassVar[Mapping[str, tuple[str, str]]] = {
        "valid_restored": ("restore", "first"),
        "valid_restored_conditional": ("restore", "second"),
    }
    start_kinds: Tensor
    start_bonds: Tensor
    room: Tensor
    exact: Tensor

    def __init__(self, config: DrugGENConfig) -> None:
        super().__init__()
        self.config = config
        self.max_tokens = config.max_atoms
        self.n_kinds = len(config.kinds) + 1
        self.conditions = Conditions.of(config)
        self.first = First(config)
        self.second = Second(config)
        self.register_buffer("start_kinds", torch.zeros(config.n_starts, config.max_atoms, dtype=torch.uint8))
        self.register_buffer("start_bonds", torch.zeros(config.n_starts, config.max_bonds, 3, dtype=torch.uint8))
        self.register_buffer("room", torch.zeros(self.n_kinds))
        exact = torch.tensor([key in DESCRIPTORS for key in config.conditions], dtype=torch.bool)
        self.register_buffer("exact", exact, persistent=False)

    def starts(self, sizes: Tensor, generator: torch.Generator, n_atoms: int) -> tuple[Tensor, Tensor]:
        """Return ``(B, A)`` kinds and ``(B, A, A)`` orders of starts of ``(B,)`` sizes, or the next smaller ones.

        Args:
            sizes: numbers of atoms.
            generator: source of randomness.
            n_atoms: A, at least as many as any of them has.
        """
        of_starts = (self.start_kinds > 0).sum(dim=1)
        low, high = (torch.searchsorted(of_starts, sizes.contiguous(), right=side) for side in (False, True))
        low = torch.minimum(low, high - 1).clamp(min=0)  # where there is none of a size, one that is smaller
        share = torch.rand(len(sizes), generator=generator, device=sizes.device)
        index = low + (share * (high - low).clamp(min=1)).long()
        kinds, bonds = self.start_kinds[index].long(), dense(self.start_bonds[index], self.config.max_atoms)
        return kinds[:, :n_atoms], bonds[:, :n_atoms, :n_atoms]

    def hide(self, requests: Requests, generator: torch.Generator | None) -> Requests:
        """Hide some of what is known, the way people ask."""
        if not self.config.conditions:
            return requests
        given = hide_some(requests.given, self.exact, self.config.p_unconditional, generator)
        return Requests(requests.values, given)

    def hidden(self, kinds: Tensor, bonds: Tensor, share: Tensor, generator: torch.Generator) -> Hidden:
        """Hide ``(B, 2)`` shares of what may be hidden of graphs; see `hiding`."""
        config = self.config
        most = (config.hidden_kinds, config.hidden_orders, config.hidden_atoms)
        return hide(kinds, bonds, self.n_kinds, share, most, generator)

    def edit(
        self, kinds: Tensor, bonds: Tensor, requests: Requests, generator: torch.Generator,
        share: Tensor | None = None, temperature: float = 1.0, scale: float = 1.0,
    ) -> tuple[Edit, Edit]:  # fmt: skip
        """Return what the first and the second generator make of ``(B, A)`` kinds and ``(B, A, A)`` orders.

        `share` is that of `hiding`, any without it; `temperature` and `scale` are those of `Heads` and `Second`.
        """
        if share is None:
            share = torch.rand(len(kinds), 2, generator=generator, device=kinds.device)
        hidden = self.hidden(kinds, bonds, share, generator)
        first = self.first(hidden, temperature, generator)
        return first, self.second(first.graph, hidden, requests, temperature, generator, scale=scale)

    def loss(self, batch: dict[str, Tensor], phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Return ``"loss"`` and its parts ``"first"`` and ``"second"``: what is hidden, restored; nats an atom."""
        kinds, bonds = batch["kinds"], batch["bonds"]
        generator = generator or torch.Generator(device=kinds.device).manual_seed(0)
        share = torch.rand(len(kinds), 2, generator=generator, device=kinds.device)
        hidden = self.hidden(kinds, bonds, share, generator)
        requests = self.hide(Requests(batch["values"], batch["given"]), generator)
        told = F.one_hot(kinds, self.n_kinds).float()
        first = self.first(hidden, 1.0, generator, told)
        made = Graph(*(part.detach() for part in first.graph))
        second = self.second(made, hidden, requests, 1.0, generator, told)
        parts = {"first": restored(first, kinds, bonds), "second": restored(second, kinds, bonds)}
        return {"loss": parts["first"] + parts["second"], **parts}


def restored(edit: Edit, kinds: Tensor, bonds: Tensor) -> Tensor:
    """Return the cross-entropy of ``(B, A)`` kinds and ``(B, A, A)`` orders, each pair once, in nats an atom."""
    wrong = F.cross_entropy(edit.kinds.flatten(0, 1).float(), kinds.flatten(), reduction="sum")
    pairs = F.cross_entropy(edit.bonds.flatten(0, 2).float(), bonds.flatten(), reduction="sum")
    return (wrong + 0.5 * pairs) / (kinds > 0).sum()
