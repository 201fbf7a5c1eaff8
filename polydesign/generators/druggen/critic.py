"""The critics of DrugGEN: graph transformers that score annotated graphs; see `network` for the shapes.

D1 and D2 of the joint objective are one module each. Their penalty is taken row by row (`training.objectives
.adversarial`), and rows of the first and the second pair are different rows, so each is held to its own slope.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from polydesign.generators.druggen.config import DrugGENConfig
from polydesign.nn.graph_transformer import GraphReader

_USUAL = 25.0  # atoms, so that sums over them are numbers about as large as means


class Critic(nn.Module):
    """``(B,)`` scores of graphs, given what was asked for.

    Args:
        config: of the family.
        n_asked: numbers that say what was asked for; 0 for a critic that is not told.
    """

    def __init__(self, config: DrugGENConfig, n_asked: int) -> None:
        super().__init__()
        d = config.d_model
        self.reader = GraphReader(
            len(config.kinds) + 3, 4, d, config.d_pair, config.n_heads, config.n_critic_layers, pairs=False
        )
        self.norm = nn.LayerNorm(d)
        self.asked = nn.Sequential(nn.Linear(n_asked, d), nn.SiLU(), nn.Linear(d, d)) if n_asked else None
        self.atom = nn.Sequential(nn.Linear(d, d), nn.SiLU())
        self.score = nn.Sequential(nn.Linear(2 * d, d), nn.SiLU(), nn.Linear(d, 1, bias=False))

    def forward(self, kinds: Tensor, bonds: Tensor, asked: Tensor, room: Tensor) -> Tensor:
        """Return the scores.

        Args:
            kinds, bonds: (B, A, K) and (B, A, A, 4), one-hot or between.
            asked: (B, n_asked) values, 0 where not asked, then 1 where asked.
            room: (K,) largest usual sum of bond orders of each kind.
        """
        present = 1.0 - kinds[..., 0]
        over = excess(kinds, bonds, room)
        nodes = torch.cat([kinds, over[..., None] / 4.0, over[..., None].clamp(min=0.0)], dim=-1)
        h, _ = self.reader(nodes, bonds, bonds, present)
        h = self.norm(h)
        if self.asked is not None:
            h = h + self.asked(asked)[:, None]
        h = self.atom(h) * present[..., None]
        total = h.sum(dim=1)
        read = torch.cat([total / _USUAL, total / (present.sum(dim=1, keepdim=True) + 1e-3)], dim=-1)
        return self.score(read)[:, 0]


class Critics(nn.Module):
    """Both critics at once: the first half of the rows is for D1, the second for D2.

    Args:
        config: of the family.
        room: see `Critic`.
    """

    room: Tensor

    def __init__(self, config: DrugGENConfig, room: Tensor) -> None:
        super().__init__()
        self.first = Critic(config, 0)
        self.second = Critic(config, 2 * len(config.conditions))
        self.register_buffer("room", room.clone())

    def forward(self, kinds: Tensor, bonds: Tensor, asked: Tensor) -> Tensor:
        """Return ``(2 B,)`` scores."""
        n = len(kinds) // 2
        one = self.first(kinds[:n], bonds[:n], asked[:n], self.room)
        return torch.cat([one, self.second(kinds[n:], bonds[n:], asked[n:], self.room)])


def excess(kinds: Tensor, bonds: Tensor, room: Tensor) -> Tensor:
    """Return ``(B, A)`` sums of bond orders beyond the room of each atom; negative where some is left."""
    orders = bonds[..., 1] + 2 * bonds[..., 2] + 3 * bonds[..., 3]
    return orders.sum(dim=-1) - kinds @ room
