"""Tables of log-probabilities: of the number of atoms, of each atom after the one before, of a bond between two kinds.

Shapes: B graphs, A atoms, E elements, 4 kinds of bonds, none among them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polydesign.nn.trainable import Trainable
from toygraph.config import Config

_NEAR = 8  # places apart that are told from each other


class Network(Trainable):
    """Every decision is a row of a table."""

    held_out: ClassVar[Mapping[str, tuple[str, str]]] = {"valid_loss": ("train", "loss")}

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.max_tokens = config.max_atoms
        n = len(config.elements) + 1  # 0 is no atom, which comes before the first
        self.size = nn.Parameter(torch.zeros(config.max_atoms + 1))
        self.atom = nn.Parameter(torch.zeros(n, n))
        self.bond = nn.Parameter(torch.zeros(n, n, _NEAR, 4))

    def loss(self, batch: dict[str, Tensor], phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Return ``{"loss"}``, nats a graph."""
        atoms, bonds = batch["atoms"], batch["bonds"]
        before = F.pad(atoms, (1, 0))[:, :-1]
        sizes = F.cross_entropy(self.size.expand(len(atoms), -1), (atoms > 0).sum(dim=1), reduction="sum")
        kinds = F.cross_entropy(self.atom[before].flatten(0, 1), atoms.flatten(), ignore_index=0, reduction="sum")
        i, j = torch.tril_indices(atoms.shape[1], atoms.shape[1], -1)
        logits = self.bond[atoms[:, i], atoms[:, j], (i - j).clamp(max=_NEAR) - 1]
        there = (atoms[:, i] > 0).flatten()
        edges = F.cross_entropy(logits.flatten(0, 1)[there], bonds[:, i, j].flatten()[there], reduction="sum")
        return {"loss": (sizes + kinds + edges) / len(atoms)}

    @torch.no_grad()
    def draw(self, generator: torch.Generator) -> tuple[list[int], dict[tuple[int, int], int]]:
        """Return one graph: places of its atoms in the elements, and (i, j) -> kind of bond."""

        def pick(logits: Tensor) -> int:
            return int(torch.multinomial(logits.softmax(0), 1, generator=generator))

        atoms: list[int] = [0]
        for _ in range(pick(self.size)):
            atoms.append(1 + pick(self.atom[atoms[-1], 1:]))
        atoms, bonds = atoms[1:], {}
        for i in range(len(atoms)):
            for j in range(i):
                if kind := pick(self.bond[atoms[i], atoms[j], min(i - j, _NEAR) - 1]):
                    bonds[i, j] = kind
        return [a - 1 for a in atoms], bonds
