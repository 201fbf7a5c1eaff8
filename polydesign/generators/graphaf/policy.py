"""GraphAF as a policy: an action is the kind of an atom or the order of a bond, 0 for the end or for no bond.

Actions stand in the order in which they were taken: for atom t its kind, then its bonds with the min(t, S) atoms within
reach, the furthest first. Graphs are built without the valency check and at temperature 1, so that what is drawn has
exactly the probability that `log_prob` says; a graph that breaks valence earns nothing.

Shapes: B graphs, A atoms at most, S places back within reach, L actions of the longest.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from polydesign.generators.graphaf.builder import Builder, Building
from polydesign.generators.graphaf.generator import strings_of
from polydesign.generators.graphaf.network import GraphAF
from polydesign.nn.policy import NONE, Episodes, Policy
from polydesign.nn.requests import Requests


class GraphPolicy(Policy):
    """A network that builds graphs and knows the probabilities of its decisions."""

    def __init__(self, network: GraphAF) -> None:
        self.network: GraphAF = network

    def rollout(self, requests: Requests, generator: torch.Generator) -> Episodes:
        """See `Policy`."""
        kinds, bonds, sizes = Builder(self.network, requests, Building(generator, check=False)).build()
        return Episodes(
            strings_of(self.network, kinds, bonds, sizes), actions_of(kinds, bonds, self.network.reach.span)
        )

    def log_prob(self, episodes: Episodes, requests: Requests) -> Tensor:
        """See `Policy`."""
        config = self.network.config
        kinds, bonds = graphs_of(episodes.actions, config.max_atoms, self.network.reach.span)
        return self.network.decisions(kinds, bonds, requests).log_prob()


def actions_of(kinds: Tensor, bonds: Tensor, span: int) -> Tensor:
    """Return the ``(B, L)`` actions that build graphs of ``(B, A)`` kinds, A as many as there may be, and orders."""
    n_atoms = kinds.shape[1]
    atom, first, second = _layout(n_atoms, span, kinds.device)
    sizes = (kinds > 0).sum(dim=1)
    actions = torch.full((len(kinds), len(first)), NONE, device=kinds.device)
    is_bond = second >= 0
    actions[:, is_bond] = bonds[:, first[is_bond], second[is_bond]]
    actions[:, atom] = kinds
    over = first > sizes[:, None]  # of atoms after the end
    over |= (first == sizes[:, None]) & is_bond
    actions = actions.masked_fill(over, NONE)
    return actions[:, : int((actions != NONE).sum(dim=1).max())]


def graphs_of(actions: Tensor, max_atoms: int, span: int) -> tuple[Tensor, Tensor]:
    """Return ``(B, A)`` kinds and ``(B, A, A)`` orders of bonds that ``(B, L)`` actions build, A of the largest."""
    atom, first, second = _layout(max_atoms, span, actions.device)
    actions = F.pad(actions, (0, len(first) - actions.shape[1]), value=NONE).clamp(min=0)
    kinds = actions[:, atom]
    bonds = actions.new_zeros(len(actions), max_atoms, max_atoms)
    is_bond = second >= 0
    i, j = first[is_bond], second[is_bond]
    bonds[:, i, j] = bonds[:, j, i] = actions[:, is_bond]
    most = max(1, int((kinds > 0).sum(dim=1).max()))
    return kinds[:, :most], bonds[:, :most, :most]


def _layout(max_atoms: int, span: int, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Return where each atom's kind stands, (A,), and of each action the atom and the other end, -1 for kinds."""
    first: list[int] = []
    second: list[int] = []
    atom: list[int] = []
    for t in range(max_atoms):
        others = list(range(max(0, t - span), t))
        atom.append(len(first))
        first += [t] * (1 + len(others))
        second += [-1, *others]
    as_tensor = [torch.tensor(part, device=device) for part in (atom, first, second)]
    return as_tensor[0], as_tensor[1], as_tensor[2]
