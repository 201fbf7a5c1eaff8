"""The GraphAF network: from the sub-graph so far to the flow of the next atom, then of its bonds.

GraphAF (Shi et al., ICLR 2020, https://arxiv.org/abs/2001.09382): atom t is decided from the graph embedding, then its
bonds with earlier atoms within reach, the furthest first, each from the graph embedding, both atoms' embeddings and the
bonds that were decided before it. Where ours differs:

- the embedding is causal but for its last layer (`subgraph`), so that all steps of a graph are learnt from in one pass.
  The paper embeds every sub-graph anew, thirty times the work and more; of the time that a GPU gives, what counts is
  how many graphs were seen;
- "end" is one more kind of atom. In the paper a graph ends when nothing connects its next atom;
- the mean of the density over the noise is learnt from, and with the setting `decisions` the probability of the
  decisions too (`flow`);
- one affine step, since a chain of those with the same input is one again; layer norm in the place of batch norm, which
  has no statistics that reinforcement could spoil;
- embeddings of the room left at an atom, of attachment points so far, and of the requested properties, which are added
  to every atom's embedding and so to the graph's.

Shapes: B graphs, A atoms, T = A + 1 steps, the end among them, S places back within reach, K kinds of atoms, D = K + 1
with the end, d width, e width within reach, C conditions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polydesign.core.properties import DESCRIPTORS
from polydesign.generators.graphaf.config import GraphAFConfig
from polydesign.generators.graphaf.flow import Decision
from polydesign.generators.graphaf.subgraph import ORDERS, CausalLayer, Reach, parents
from polydesign.nn.conditions import ConditionEmbedding, hide_some
from polydesign.nn.requests import Conditions, Requests
from polydesign.nn.trainable import Trainable

END = 0  # kind of what comes after the last atom
_MOST_STARS = 3
_MOST_ROOM = 7


@dataclass(frozen=True)
class Decisions:
    """All that was decided when graphs were built, and the flows that it was decided by.

    Attributes:
        atoms, kinds: ``(B, T)`` flows of kinds of atoms, and the kinds, `END` after the last.
        bonds, orders: ``(B, A, S)`` flows of bonds, and their orders, 0 for none.
        has_atom, has_bond: ``(B, T)`` and ``(B, A, S)`` bool, which were decided at all.
    """

    atoms: Decision
    kinds: Tensor
    bonds: Decision
    orders: Tensor
    has_atom: Tensor
    has_bond: Tensor

    def total(self, of_atoms: Tensor, of_bonds: Tensor) -> Tensor:
        """Return ``(B,)`` sums of a number for each decision."""
        return (of_atoms * self.has_atom).sum(dim=1) + (of_bonds * self.has_bond).sum(dim=(1, 2))

    def mean_log_density(self) -> Tensor:
        """Return ``(B,)`` log-densities of the dequantised graphs, nats, averaged over the noise."""
        return self.total(self.atoms.mean_log_density(self.kinds), self.bonds.mean_log_density(self.orders))

    def log_prob(self) -> Tensor:
        """Return ``(B,)`` log-probabilities of the graphs in this order of their atoms, at temperature 1."""
        return self.total(self.atoms.log_prob(self.kinds), self.bonds.log_prob(self.orders))


class GraphAF(Trainable):
    """Embedding of the sub-graph, atom network, bond network."""

    held_out: ClassVar[Mapping[str, tuple[str, str]]] = {
        "valid_density": ("train", "density"),
        "valid_decisions": ("train", "decisions"),
    }
    room: Tensor
    exact: Tensor

    def __init__(self, config: GraphAFConfig) -> None:
        super().__init__()
        self.config = config
        self.conditions = Conditions.of(config)
        self.max_tokens = config.max_atoms
        n_kinds, d, e = len(config.kinds) + 1, config.d_model, config.d_edge
        self.star = config.kinds.index("*") + 1 if "*" in config.kinds else -1
        self.kind = nn.Embedding(n_kinds, d)
        self.number = nn.Embedding(config.max_atoms + 1, d)
        self.stars = nn.Embedding(_MOST_STARS + 1, d)
        self.back = nn.Embedding(config.edge_unroll + 1, d)
        self.properties = ConditionEmbedding(len(config.conditions), d, d_hidden=config.d_properties)
        self.bond_bias = nn.Embedding(ORDERS + 1, config.n_heads)
        self.distance_bias = nn.Embedding(config.max_atoms + 1, config.n_heads)
        self.layers = nn.ModuleList(CausalLayer(d, config.n_heads) for _ in range(config.n_layers))
        self.reach = Reach(d, e, config.edge_unroll)
        self.pool = nn.Linear(e, d)
        self.norm = nn.LayerNorm(d)
        self.atom = nn.Sequential(nn.Linear(d, d), nn.GELU(), nn.Linear(d, 2 * n_kinds))
        self.from_graph = nn.Linear(d, e)
        self.from_kind = nn.Embedding(n_kinds, e)
        self.from_other = nn.Linear(e, e)
        self.from_bonds = nn.Linear(e, e)
        self.from_room = nn.Embedding(_MOST_ROOM + 1, e)
        self.order = nn.Embedding(ORDERS + 1, e)
        self.bond = nn.Sequential(nn.LayerNorm(e), nn.GELU(), nn.Linear(e, e), nn.GELU(), nn.Linear(e, 2 * ORDERS + 2))
        for table in (m for m in self.modules() if isinstance(m, nn.Embedding)):
            nn.init.normal_(table.weight, std=0.02)
        room = [0, *(1 if kind == "*" else room for kind, room in zip(config.kinds, config.room, strict=True))]
        self.register_buffer("room", torch.tensor(room), persistent=False)
        exact = torch.tensor([key in DESCRIPTORS for key in config.conditions], dtype=torch.bool)
        self.register_buffer("exact", exact, persistent=False)

    def hide(self, requests: Requests, generator: torch.Generator | None) -> Requests:
        """Hide properties at random, the way people ask; see `hide_some`."""
        if not self.config.conditions:
            return requests
        given = hide_some(requests.given, self.exact, self.config.p_unconditional, generator)
        return Requests(requests.values, given)

    def loss(self, batch: dict[str, Tensor], phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Return ``{"loss", "density", "decisions"}``, nats an atom.

        Args:
            batch: ``kinds`` ``(B, A)`` from 1, 0 for padding; ``bonds`` ``(B, A, A)`` orders; ``values`` ``(B, C)``
                standardised; ``given`` ``(B, C)`` bool, which of them are known.
            phase: of no meaning: there is one.
            generator: source of the random hiding.
        """
        requests = self.hide(Requests(batch["values"], batch["given"]), generator)
        decided = self.decisions(batch["kinds"], batch["bonds"], requests)
        n_atoms = (batch["kinds"] > 0).sum()
        density = -decided.mean_log_density().sum() / n_atoms
        decisions = -decided.log_prob().sum() / n_atoms
        weight = self.config.decisions
        loss = (density + weight * decisions) / (1 + weight)
        return {"loss": loss, "density": density, "decisions": decisions}

    def decisions(self, kinds: Tensor, bonds: Tensor, requests: Requests) -> Decisions:
        """Return all decisions that build graphs, ``(B, A)`` kinds and ``(B, A, A)`` orders of bonds."""
        n_atoms = kinds.shape[1]
        steps = torch.arange(n_atoms + 1, device=kinds.device)
        x = self.tokens(kinds, bonds, steps, self.embedded(requests))
        bias, bonded = self.relations(bonds, steps)
        for layer in self.layers:
            x = layer(x, bias, bonded)
        f, _, exists = self.reach(self.reach.read(x[:, 1:]), bonds, self.room[kinds], steps)
        graph = self.graph(x, f)
        f, exists = f[:, :-1], exists[:-1]
        place = (steps[:-1, None] - self.reach.span + torch.arange(self.reach.span, device=kinds.device)).clamp(min=0)
        orders = bonds.gather(2, place.expand(len(bonds), -1, -1)) * exists
        heard = self.heard(f, orders)
        base = self.bond_base(graph[:, :-1], kinds, f)
        spent = orders.cumsum(dim=2) - orders
        outputs = self.bond_outputs(base, heard.cumsum(dim=2) - heard, self.room[kinds][..., None] - spent)
        noise = self.config.noise
        return Decisions(
            atoms=Decision.of(self.atom(graph), noise),
            kinds=F.pad(kinds, (0, 1)),
            bonds=Decision.of(outputs, noise),
            orders=orders,
            has_atom=(steps <= (kinds > 0).sum(dim=1, keepdim=True)) & (steps < self.config.max_atoms),
            has_bond=exists & (kinds > 0)[..., None],
        )

    def embedded(self, requests: Requests) -> Tensor:
        """Return ``(B, d)`` embeddings of what is asked for."""
        return self.properties(requests.values, requests.given)[:, 0]

    def tokens(self, kinds: Tensor, bonds: Tensor, steps: Tensor, properties: Tensor) -> Tensor:
        """Return ``(B, M, d)`` inputs of ``(M,)`` steps: what was added last, atom t - 1; before the first, nothing."""
        before = F.pad(kinds, (1, 0))
        stars = (before == self.star).cumsum(dim=1)[:, steps].clamp(max=_MOST_STARS)
        last = (steps - 1).clamp(min=0)
        back = (last - parents(bonds, last)).clamp(max=self.config.edge_unroll)
        x = self.kind(before[:, steps]) + self.number(steps) + self.stars(stars) + self.back(back)
        return x + properties[:, None]

    def relations(self, bonds: Tensor, steps: Tensor) -> tuple[Tensor, Tensor]:
        """Return ``(B, H, M, N)`` biases of attention and ``(B, 3, M, N)`` bonds, of steps with those up to the last.

        Args:
            bonds: ``(B, A, A)`` orders.
            steps: ``(M,)`` consecutive, N - 1 the last.
        """
        before = torch.arange(int(steps.shape[0]) if steps.shape[0] > 1 else int(steps[-1]) + 1, device=steps.device)
        rows = F.pad(bonds[:, (steps - 1).clamp(min=0)], (1, 0))[..., : len(before)] * (before < steps[:, None])
        distance = steps[:, None] - before
        bias = self.bond_bias(rows) + self.distance_bias(distance.clamp(min=0))
        bias = bias.masked_fill((distance < 0)[..., None], -torch.inf).movedim(-1, 1)
        return bias, torch.stack([rows == order for order in range(1, ORDERS + 1)], dim=1)

    def graph(self, x: Tensor, f: Tensor) -> Tensor:
        """Return ``(B, T, d)`` graph embeddings of causal ``(B, T, d)`` ones and ``(B, T, S, e)`` within reach."""
        return self.norm(x + self.pool(f.sum(dim=2)))

    def heard(self, f: Tensor, orders: Tensor) -> Tensor:
        """Return what a new atom hears by its bonds, ``(..., e)``: zeros where there is none."""
        return f * self.order(orders) * (orders > 0)[..., None]

    def bond_base(self, graph: Tensor, kinds: Tensor, f: Tensor) -> Tensor:
        """Return ``(B, M, S, e)``, that part of a bond's input which does not depend on the bonds decided before it."""
        return (self.from_graph(graph) + self.from_kind(kinds))[:, :, None] + self.from_other(f)

    def bond_outputs(self, base: Tensor, heard: Tensor, room: Tensor) -> Tensor:
        """Return ``(..., 8)`` outputs for bonds, of the sum of what is `heard` by those before and of the room left."""
        return self.bond(base + self.from_bonds(heard) + self.from_room(room.clamp(0, _MOST_ROOM)))
