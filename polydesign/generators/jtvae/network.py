"""The JT-VAE network: two readers, of a unit's atoms and of its tree of clusters; a code of two parts; a builder.

    graph:  h_i <- h_i + MLP[ h_i ; sum_o W_o sum_{j bonded to i by order o} h_j ],  a few rounds;
            q(z_graph | unit) = Linear sum_i sigma(U h_i) W h_i
    tree:   a GRU in both directions over the steps, each with the atoms that it brought;
            q(z_tree | unit) = Linear of the last states;                        z = [z_tree ; z_graph]
    p(step_t | steps_<t, z) = p(levels | h_t) p(site | h_t, h_p, P) p(cluster | ..., site) p(glue | ..., cluster),
            h_t = GRU( [E(step_t-1) ; z] ), P the parent cluster, which levels tells, h_p the state after it had come
    loss = - sum_t log p(step_t | steps_<t, z)  +  beta KL( q(z | unit) || N(0, 1) ),  nats a unit

After Jin et al., 2018 (https://arxiv.org/abs/1802.04364): clusters, two-part codes, a tree decoded depth first under
teacher forcing, beta from 0 in small steps. What a step is, and how the tree differs, stands in `chem.clusters`. Where
ours differs besides:
- *Topology.* The paper decides before each cluster, again and again, whether to expand or to backtrack. Ours says as
  one number how many open clusters it backtracks before it expands: half the steps, the same walk.
- *Assembly.* The paper decodes the tree alone, then enumerates the ways in which neighbouring clusters fit together and
  scores each resulting molecule with a graph network. Ours says the attachment with each step, which atom or bond of
  either cluster is shared, in numbers that the clusters' canonical forms fix. A step is right or wrong at once, nothing
  is enumerated, and what does not fit is masked: every sequence of choices is one valid unit. So the graph's part of
  the code is read all along, not in the assembly alone.
- *Tree messages.* The paper's decoder sends GRU messages along the tree; ours is one GRU over the walk, which is told
  its state at the parent. The reader, too, is a GRU over the walk in both directions in place of messages up and down.

Shapes: B batch, T steps, A atoms, E bonds, V clusters, S sites, G glues, d dimensions of the code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polydesign.generators.jtvae.config import JTVAEConfig
from polydesign.generators.jtvae.encoding import STEP
from polydesign.nn.latent import Gaussian, kl_weight
from polydesign.nn.message_passing import mlp
from polydesign.nn.recurrent import RecurrentStack, State, last_positions, reverse_rows
from polydesign.nn.trainable import Trainable

_ORDERS = 3


class JTVAE(Trainable):
    """Readers, code and builder; see the module."""

    held_out: ClassVar[Mapping[str, tuple[str, str]]] = {
        "valid_loss": ("train", "loss"),
        "valid_nats": ("train", "nats"),
        "valid_kl": ("train", "kl"),
        "valid_exact": ("train", "exact"),
    }

    def __init__(self, config: JTVAEConfig) -> None:
        super().__init__()
        self.config = config
        self.max_tokens, self.d_latent = config.max_atoms, config.d_tree + config.d_structure
        self.beta = config.beta
        d, n_clusters, n_kinds = config.d_step, len(config.clusters), len(config.room)
        self.levels_in = nn.Embedding(config.max_levels + 1, d)
        self.sites_in = nn.Embedding(config.n_sites, d)
        self.clusters_in = nn.Embedding(n_clusters + 1, d)  # 0: none
        self.glues_in = nn.Embedding(config.n_glues, d)
        self.parents_in = nn.Embedding(n_clusters + 1, d)  # 0: the first attachment point
        self.rooms_in = nn.Embedding((n_kinds + 1) * (_most_room(config) + 1), d)

        self.graph = AtomReader(n_kinds + 1, config.d_graph, config.n_rounds)
        self.of_graph = nn.Linear(config.d_graph, 2 * config.d_structure)
        self.brought = nn.Linear(config.d_graph, d)
        self.forwards = RecurrentStack("gru", d, config.d_encoder, 1)
        self.backwards = RecurrentStack("gru", d, config.d_encoder, 1)
        self.of_tree = nn.Linear(2 * config.d_encoder, 2 * config.d_tree)

        self.first_state = nn.Linear(self.d_latent, config.n_layers * config.d_model)
        self.builder = RecurrentStack("gru", d + self.d_latent, config.d_model, config.n_layers)
        self.levels = mlp(config.d_model, config.d_choice, config.max_levels + 1)
        self.here = nn.Linear(config.d_model, config.d_choice)
        self.there = nn.Linear(config.d_model, config.d_choice, bias=False)
        self.told = nn.Linear(d, config.d_choice, bias=False)
        self.sites = mlp(config.d_choice, config.d_choice, config.n_sites)
        self.clusters = mlp(config.d_choice, config.d_choice, n_clusters)
        self.glues = mlp(config.d_choice, config.d_choice, config.n_glues)

    def proceed(self, phase: str, within: float) -> None:
        """Raise the weight of the KL term from 0, in small steps, between the two points of the run."""
        first, last = self.config.beta_from, self.config.beta_to
        self.beta = self.config.beta * (kl_weight("linear", within - first, ramp=last - first) if within > first else 0)

    def encode(self, batch: Mapping[str, Tensor]) -> Gaussian:
        """Return q(z | unit) of a batch of `encoding.ClusterRows`."""
        steps, atoms, bonds = batch["steps"], batch["atoms"], batch["bonds"]
        h, summary = self.graph(atoms[..., 0], bonds)
        x = self.embedded(steps, _parents(steps))
        # The atoms of each step; those of the first attachment point have none.
        sums = torch.zeros(len(x), x.shape[1] + 1, h.shape[2], device=h.device)
        sums = sums.scatter_add(1, atoms[..., 1:].expand(-1, -1, h.shape[2]), h)
        x = x + self.brought(sums[:, 1:]).float()
        lengths = (steps[..., STEP.index("cluster")] > 0).sum(dim=1)
        place = torch.arange(x.shape[1], device=x.device).expand(len(x), -1)
        back = x.gather(1, reverse_rows(place, lengths)[..., None].expand_as(x))
        ends = [last_positions(gru(read)[0], lengths) for gru, read in ((self.forwards, x), (self.backwards, back))]
        tree, structure = self.of_tree(torch.cat(ends, dim=1)).float(), self.of_graph(summary).float()
        means, variances = zip(tree.chunk(2, dim=1), structure.chunk(2, dim=1), strict=True)
        return Gaussian(torch.cat(means, dim=1), torch.cat(variances, dim=1))

    def loss(self, batch: dict[str, Tensor], phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Return ``{"loss", "nats", "kl", "exact"}``: the last are nats a unit, and the share of units built right.

        Units count as built right where at each step every choice is the likeliest, told the true ones before it.
        """
        steps = batch["steps"]
        code = self.encode(batch)
        hidden = self.states(steps, code.draw(generator))
        parent, levels, site, cluster, glue = steps[..., :5].unbind(dim=2)
        there = cluster > 0
        at_parent = hidden.gather(1, parent[..., None].expand(-1, -1, hidden.shape[2]))
        hidden = hidden[:, :-1]
        context = self.context(hidden, at_parent, _parents(steps))
        told_site = context + self.told(self.site_told(steps))
        logits = {
            "levels": (self.levels(hidden), levels),
            "site": (self.sites(context), site),
            "cluster": (self.clusters(told_site), cluster - 1),
            "glue": (self.glues(told_site + self.told(self.clusters_in(cluster))), glue),
        }
        nats, right = torch.zeros((), device=hidden.device), torch.ones_like(there)
        for choice, target in logits.values():
            choice, target = choice.float(), target.masked_fill(~there, -100)
            nats = nats + F.cross_entropy(choice.flatten(0, 1), target.flatten(), ignore_index=-100, reduction="sum")
            right = right & ((choice.detach().argmax(dim=2) == target) | ~there)
        nats, kl = nats / len(steps), code.kl().sum(dim=1).mean()
        return {"loss": nats + self.beta * kl, "nats": nats, "kl": kl, "exact": right.all(dim=1).float().mean()}

    def states(self, steps: Tensor, z: Tensor) -> Tensor:
        """Return ``(B, T + 1, d_model)``: the builder's state before any step, then after each of the ``(B, T, 7)``."""
        x = self.embedded(steps, _parents(steps))
        x = torch.cat([torch.zeros_like(x[:, :1]), x], dim=1)
        return self.builder(torch.cat([x, z[:, None].expand(-1, x.shape[1], -1)], dim=2), self.state_of(z))[0]

    def state_of(self, z: Tensor) -> State:
        """Return the ``(L, B, d_model)`` state in which the builder starts."""
        state = torch.tanh(self.first_state(z)).view(len(z), self.config.n_layers, self.config.d_model)
        # In the inputs' precision, which mixed precision has changed: a GRU takes no other.
        return (state.transpose(0, 1).contiguous().to(self.clusters_in.weight.dtype),)

    def embedded(self, steps: Tensor, parents: Tensor) -> Tensor:
        """Return ``(..., d_step)`` of ``(..., 7)`` steps with ``(...)`` clusters that they hang on."""
        _, levels, _, cluster, glue = steps[..., :5].unbind(dim=-1)
        return (
            self.levels_in(levels)
            + self.clusters_in(cluster)
            + self.glues_in(glue)
            + self.parents_in(parents)
            + self.site_told(steps)
        )

    def site_told(self, steps: Tensor) -> Tensor:
        """Return ``(..., d_step)``: where each of ``(..., 7)`` steps hangs, the kind of the atom there and its room."""
        site, kind, room = (steps[..., STEP.index(name)] for name in ("site", "kind", "room"))
        return self.sites_in(site) + self.rooms_in(kind * (_most_room(self.config) + 1) + room)

    def context(self, hidden: Tensor, at_parent: Tensor, parents: Tensor) -> Tensor:
        """Return ``(..., d_choice)``: what a step is chosen by once its parent is known."""
        return self.here(hidden) + self.there(at_parent) + self.told(self.parents_in(parents))


class AtomReader(nn.Module):
    """Messages between bonded atoms; see the module.

    Args:
        n_kinds: kinds of atoms, 0 where there is none.
        d: width.
        n_rounds: of messages.
    """

    def __init__(self, n_kinds: int, d: int, n_rounds: int) -> None:
        super().__init__()
        self.kinds = nn.Embedding(n_kinds, d)
        self.by_order = nn.ModuleList(nn.Linear(d, _ORDERS * d, bias=False) for _ in range(n_rounds))
        self.update = nn.ModuleList(mlp(2 * d, 2 * d, d) for _ in range(n_rounds))
        self.norms = nn.ModuleList(nn.LayerNorm(d) for _ in range(n_rounds))
        self.gate, self.value = nn.Linear(d, d), nn.Linear(d, d)

    def forward(self, kinds: Tensor, bonds: Tensor) -> tuple[Tensor, Tensor]:
        """Return ``(B, A, d)`` atoms and ``(B, d)`` units of ``(B, A)`` kinds and ``(B, E, 3)`` bonds."""
        b, a = kinds.shape
        there = (kinds > 0)[..., None]
        h = self.kinds(kinds) * there
        i, j, order = bonds.unbind(dim=2)
        # (B, orders, A, A), with what is padding in a plane of its own that is left out.
        planes = torch.zeros(b, (_ORDERS + 1) * a * a, device=h.device)
        for one, other in ((i, j), (j, i)):
            planes = planes.scatter(1, order * a * a + one * a + other, 1.0)
        bonded = planes.view(b, _ORDERS + 1, a, a)[:, 1:].transpose(1, 2).reshape(b, a, _ORDERS * a)
        for norm, by_order, update in zip(self.norms, self.by_order, self.update, strict=True):
            x = norm(h)
            sent = by_order(x).view(b, a, _ORDERS, -1).transpose(1, 2).reshape(b, _ORDERS * a, -1)
            h = (h + update(torch.cat([x, bonded.to(sent.dtype) @ sent], dim=2)).float()) * there
        summary = (torch.sigmoid(self.gate(h)) * self.value(h) * there).sum(dim=1)
        return h, summary


def _parents(steps: Tensor) -> Tensor:
    """Return ``(B, T)`` clusters that the steps hang on, 0 for the first attachment point."""
    clusters = F.pad(steps[..., STEP.index("cluster")], (1, 0))
    return clusters.gather(1, steps[..., STEP.index("parent")])


def _most_room(config: JTVAEConfig) -> int:
    return max(config.room.values(), default=0) + 3
