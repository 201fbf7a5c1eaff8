"""Settings of JT-VAE. Codes of 28 + 28 dimensions and width 450 of the reference preset are those of the paper.

python -m polydesign.train jtvae --data polymers
python -m polydesign.train jtvae --data polymers --preset reference --device cuda
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from polydesign.core.errors import TrainingError
from polydesign.core.specs import Minutes, Phase


@dataclass(frozen=True)
class JTVAEConfig:
    """Everything needed to rebuild the network and to train it.

    Attributes:
        clusters, room: the vocabulary, taken from the prepared data: clusters as text, and kind of atom -> largest sum
            of bond orders.
        max_atoms, max_steps, max_levels: of the largest unit, taken from the prepared data: atoms, steps, and open
            clusters that a step goes up.
        n_sites, n_glues: most sites and glues of a cluster (chem/clusters/), taken from the prepared data.
        d_step: width of a step's embedding.
        d_graph, n_rounds: width and rounds of the messages between atoms.
        d_encoder: width of the GRU that reads the tree, in each direction.
        d_model, n_layers: width and number of GRU layers that write the tree.
        d_choice: width of the layer before each choice.
        d_tree, d_structure: dimensions of the two parts of a code, that of the tree and that of the graph.
        beta: full weight of the KL term, both it and the cross-entropy in nats a unit: 1 is the evidence bound.
        beta_from, beta_to: shares of the run between which that weight rises from 0.
        lr: peak learning rate.
        batch_atoms: atoms of a batch, padding included.
    """

    clusters: tuple[str, ...] = ()
    room: Mapping[str, int] = field(default_factory=dict)
    max_atoms: int = 62
    max_steps: int = 61
    max_levels: int = 40
    n_sites: int = 1
    n_glues: int = 1
    d_step: int = 128
    d_graph: int = 96
    n_rounds: int = 4
    d_encoder: int = 224
    d_model: int = 352
    n_layers: int = 2
    d_choice: int = 192
    d_tree: int = 32
    d_structure: int = 32
    beta: float = 0.2
    beta_from: float = 0.1
    beta_to: float = 0.6
    lr: float = 3e-3
    batch_atoms: int = 8192

    def __post_init__(self) -> None:
        sizes = ("d_step", "d_graph", "n_rounds", "d_encoder", "d_model", "n_layers", "d_choice", "d_tree")
        for name in (*sizes, "d_structure"):
            if getattr(self, name) < 1:
                raise TrainingError(f"{name} must be at least 1; got {getattr(self, name)}.")
        if self.beta < 0:
            raise TrainingError(f"beta must not be negative; got {self.beta:g}.")
        if not 0 <= self.beta_from <= self.beta_to <= 1:
            raise TrainingError(
                f"beta_from and beta_to must rise within [0, 1]; got {self.beta_from:g} and {self.beta_to:g}."
            )

    def for_data(self, meta: Mapping[str, Any]) -> Self:
        """Return this preset fitted to prepared data (its meta.json)."""
        from polydesign.chem.clusters.cluster import Cluster

        clusters = [Cluster.read(text) for text in meta["clusters"]]
        return replace(
            self,
            clusters=tuple(meta["clusters"]),
            room=dict(meta["room"]),
            max_atoms=meta["max_atoms"],
            max_steps=meta["max_steps"],
            max_levels=meta["max_levels"],
            n_sites=max(len(cluster.kinds) + len(cluster.bonds) for cluster in clusters),
            n_glues=max(len(cluster.glues) for cluster in clusters),
        )

    @property
    def phases(self) -> tuple[Phase, ...]:
        """One phase: read, compress, build again."""
        return (Phase("train", 1.0, self.lr),)


PRESETS = {
    "tiny": JTVAEConfig(
        d_step=24, d_graph=16, n_rounds=2, d_encoder=24, d_model=48, n_layers=1, d_choice=32, d_tree=8, d_structure=8,
        lr=1e-2, batch_atoms=2048,
    ),
    "small": JTVAEConfig(),
    "reference": JTVAEConfig(
        d_step=256, d_graph=256, n_rounds=6, d_encoder=450, d_model=450, n_layers=3, d_choice=450, d_tree=28,
        d_structure=28, lr=1e-3, batch_atoms=16_384,
    ),
}  # fmt: skip

MINUTES = {"tiny": Minutes(cpu=1), "small": Minutes(cpu=60, gpu=8), "reference": Minutes(gpu=60)}
