"""The graph network: embedding, messages, readout of every atom, pooled over the graph.

With z_i the codes of atom i, T layers of `polydesign.nn.message_passing` and a readout network,

    h_i = sum over columns c of Embedding_c(z_ic),      y = pool over i of ReadoutMLP(h_i^T),

where the pool is the sum for molecules and the mean for chains, followed by a head MLP where the config
asks for one. With the atomic number as only column, no kinds of bonds, the sum and no head this is the
network that the first task of the project describes, but for one thing: to the sum over atoms is added

    offset + sum over i of reference(element of i),

one number an element and property, from least squares on the training molecules. The network then has
to learn only what composition does not say, which it does in a fraction of the epochs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polydesign.nn.message_passing import MessagePassing, mlp, sum_onto
from polydesign.nn.trainable import Trainable
from polydesign.predictors.gnn.config import GnnConfig

# Codes of each column of an atom and kinds of bonds, as in polydesign.chem.describe.graphs, which needs RDKit.
ATOM_CODES = (119, 9, 6, 8, 9, 4)
N_BOND_CODES = 8


class GraphNetwork(Trainable):
    """Maps a batch of graphs to (B, K) standardised properties; blind to the order of atoms and bonds."""

    held_out: ClassVar[Mapping[str, tuple[str, str]]] = {"valid_loss": ("regress", "loss")}
    starts: Tensor

    def __init__(self, config: GnnConfig) -> None:
        super().__init__()
        self.config = config
        sizes = ATOM_CODES[: config.atom_columns]
        self.embedding = nn.Embedding(sum(sizes), config.d_model)
        starts = torch.tensor([sum(sizes[:column]) for column in range(len(sizes))])
        self.register_buffer("starts", starts, persistent=False)
        with torch.no_grad():
            self.embedding.weight.mul_(len(sizes) ** -0.5)  # their sum has variance 1
        n_codes = N_BOND_CODES if config.bonds else 0
        self.layers = nn.ModuleList(
            MessagePassing(config.d_model, n_codes, config.dropout, config.norm) for _ in range(config.n_layers)
        )
        n_out = config.d_head or len(config.keys)
        self.readout = mlp(config.d_model, config.d_model, n_out)
        self.head = mlp(n_out, config.d_head, len(config.keys)) if config.d_head else None
        if config.structure == "molecule":
            self.reference = nn.Parameter(torch.zeros(ATOM_CODES[0], len(config.keys)))
            self.offset = nn.Parameter(torch.zeros(len(config.keys)))

    def forward(self, atoms: Tensor, bonds: Tensor, codes: Tensor, graph: Tensor, n_graphs: int) -> Tensor:
        """Return (B, K) properties in units of their training standard deviation.

        Args:
            atoms: (n, C) codes of the atoms; the first `atom_columns` are read.
            bonds: (2, e) ends of each bond.
            codes: (e,) kinds of the bonds.
            graph: (n,) to which graph an atom belongs.
            n_graphs: B.
        """
        h = self.embedding(atoms[:, : self.config.atom_columns] + self.starts).sum(dim=1)
        for layer in self.layers:
            h = layer(h, bonds, codes)
        read = self.readout(h).float()
        if self.config.structure == "molecule":
            return self.offset + sum_onto(read + self.reference[atoms[:, 0]], graph, n_graphs)
        pooled = sum_onto(read, graph, n_graphs) / torch.bincount(graph, minlength=n_graphs)[:, None]
        return pooled if self.head is None else self.head(F.silu(pooled)).float()

    def loss(self, batch: dict[str, Tensor], phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Return the weighted mean squared error over the known values of a `GraphBatch` (data/encodings/graphs.py)."""
        weight = batch["weight"]
        predicted = self(batch["atoms"], batch["bonds"], batch["codes"], batch["graph"], len(weight))
        squared = weight * (predicted - batch["values"]) ** 2
        return {"loss": squared.sum() / weight.sum().clamp(min=1e-6)}
