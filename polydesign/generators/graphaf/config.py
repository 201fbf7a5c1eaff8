"""Settings of GraphAF. Small presets for two cores or minutes of a GPU; the reference has the sizes of the paper.

    python -m polydesign.train graphaf --data polymers --device cuda
    python -m polydesign.train graphaf --data zinc
    python -m polydesign.train graphaf --data polymers --init graphaf --set reinforce_share=1 --set aim=tg_exp_c=250

Budget: 8 minutes on one GPU for the small preset.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from polydesign.core.errors import TrainingError
from polydesign.core.specs import Minutes, Phase


@dataclass(frozen=True)
class GraphAFConfig:
    """Everything needed to rebuild the network and to train it.

    Attributes:
        kinds: names of the K kinds of atoms, "*" first where there are attachment points; from the prepared data.
        room: largest sum of bond orders at an atom of each kind; from the prepared data.
        max_atoms: atoms of the largest graph, attachment points among them; from the prepared data.
        edge_unroll: how far back in the order of atoms a bond may reach; at most what the prepared data need.
        conditions, condition_mean, condition_std: taken from the prepared data; values are standardised on each
            property's scale with the last two.
        d_model, n_layers, n_heads: of the embedding of the sub-graph.
        d_edge: width of the embeddings of its atoms within reach, and of the edge network.
        d_properties: width of the hidden layer of the property embedding.
        noise: width of the uniform noise that makes kinds continuous (0.9 in the authors' code, 1 in the paper).
        decisions: weight of the probability of the decisions themselves beside the density; 0 as in the paper.
        p_unconditional: share of training rows with all properties hidden.
        reinforce_share: share of the run in which what the network builds is scored; 1 with `--init`.
        aim: what is asked for meanwhile, such as "tg_exp_c=250"; what people ask for where empty.
        gamma: weight of the reinforcement beside the loss of data.
        rollouts: graphs that are built and scored in each step, four a request.
        least_atoms: of a graph that earns something.
        lr, reinforce_lr: peak learning rates.
        batch_atoms: atoms of a batch, padding included.
    """

    kinds: tuple[str, ...] = ()
    room: tuple[int, ...] = ()
    max_atoms: int = 48
    edge_unroll: int = 12
    conditions: tuple[str, ...] = ()
    condition_mean: tuple[float, ...] = ()
    condition_std: tuple[float, ...] = ()
    d_model: int = 192
    n_layers: int = 4
    n_heads: int = 6
    d_edge: int = 96
    d_properties: int = 256
    noise: float = 0.5
    decisions: float = 30.0
    p_unconditional: float = 0.2
    reinforce_share: float = 0.0
    aim: str = ""
    gamma: float = 300.0
    rollouts: int = 192
    least_atoms: int = 8
    lr: float = 1e-2
    reinforce_lr: float = 1e-3
    batch_atoms: int = 8192

    def __post_init__(self) -> None:
        if self.d_model % self.n_heads:
            raise TrainingError(f"d_model must be a multiple of n_heads; got {self.d_model} and {self.n_heads}.")
        if not 0 < self.noise <= 1:
            raise TrainingError(f"noise must lie in (0, 1], or kinds could not be told apart; got {self.noise:g}.")
        if not 0 <= self.reinforce_share <= 1:
            raise TrainingError(f"reinforce_share must lie in [0, 1]; got {self.reinforce_share:g}.")
        if self.edge_unroll < 1:
            raise TrainingError(f"edge_unroll must be at least 1; got {self.edge_unroll}.")

    def for_data(self, meta: Mapping[str, Any]) -> Self:
        """Return this preset fitted to prepared graphs (their meta.json)."""
        return replace(
            self,
            kinds=tuple(meta["kinds"]),
            room=tuple(meta["room"]),
            max_atoms=meta["max_atoms"],
            edge_unroll=max(1, min(self.edge_unroll, meta["span"])),
            conditions=tuple(meta["conditions"]),
            condition_mean=tuple(meta["condition_mean"]),
            condition_std=tuple(meta["condition_std"]),
        )

    @property
    def phases(self) -> tuple[Phase, ...]:
        """Graphs of the data, some of their properties hidden; then those that the network builds beside them."""
        phases = (
            Phase("train", 1.0 - self.reinforce_share, self.lr),
            Phase("reinforce", self.reinforce_share, self.reinforce_lr, kind="reinforce"),
        )
        return tuple(phase for phase in phases if phase.share > 0)


PRESETS = {
    "tiny": GraphAFConfig(d_model=32, n_layers=2, n_heads=2, d_edge=16, d_properties=32, batch_atoms=1024),
    "small": GraphAFConfig(),
    "reference": GraphAFConfig(d_model=128, n_layers=3, n_heads=4, d_edge=128, noise=0.9, decisions=0.0, lr=1e-3),
}

MINUTES = {"tiny": Minutes(cpu=1), "small": Minutes(cpu=120, gpu=8), "reference": Minutes(gpu=240)}
