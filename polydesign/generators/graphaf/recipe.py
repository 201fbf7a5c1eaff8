"""How GraphAF is trained: on graphs in breadth-first order, then, where asked, by the guide's opinion of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import torch

from polydesign.core.errors import TrainingError
from polydesign.core.specs import Phase
from polydesign.core.targets import parse_target
from polydesign.data.encodings.encoding import PreparedRows
from polydesign.data.encodings.heavy_graphs import HeavyGraphEncoding, HeavyGraphRows
from polydesign.data.encodings.stream import Batches, Stream
from polydesign.generators.graphaf.config import GraphAFConfig
from polydesign.generators.graphaf.policy import GraphPolicy
from polydesign.nn.requests import Conditions, Requests
from polydesign.training.objectives.guarded import GuardedPolicyGradient
from polydesign.training.objectives.objective import Objective
from polydesign.training.objectives.policy_gradient import PolicySettings, Reward
from polydesign.training.objectives.supervised import Supervised
from polydesign.training.recipe import Order
from polydesign.training.recipes.aligned import reward
from polydesign.training.recipes.loop import LoopRecipe
from polydesign.training.token_policy import AskAsPeopleDo

_LEFT_OUT = 255  # no split's number
_EACH = 4  # graphs of a request


class GraphAFRecipe(LoopRecipe):
    """Batches are cut by atoms."""

    encoding = HeavyGraphEncoding(order="breadth")
    size = "batch_atoms"

    def batches(self, network: Any, rows: PreparedRows, order: Order) -> Batches:
        """See `LoopRecipe`; graphs with a bond that reaches further back than `edge_unroll` are left out."""
        graphs = cast(HeavyGraphRows, rows)  # as the encoding says
        far = reach(graphs) > network.config.edge_unroll
        return Stream(
            replace(graphs, split=np.where(far, _LEFT_OUT, graphs.split)),
            network.config.batch_atoms,
            network.max_tokens,
        )

    def objective(self, phase: Phase, network: Any, rows: PreparedRows) -> Objective:
        """See `LoopRecipe`; reinforcement keeps the loss of data."""
        if phase.kind == "supervised":
            return Supervised(network)
        config = network.config
        return GuardedPolicyGradient(
            GraphPolicy(network),
            LargeEnough(reward(config, rows), config.least_atoms),
            Aim(config) if config.aim else AskAsPeopleDo(rows, network),
            PolicySettings(n_requests=max(1, config.rollouts // _EACH), n_samples=_EACH, weight=config.gamma),
            data=Supervised(network, phase="train"),
            distinct=distinct,
        )


def reach(graphs: HeavyGraphRows) -> np.ndarray:
    """Return how far back in the order of atoms the bonds of each of N graphs reach, (N,)."""
    far = np.zeros(len(graphs), dtype=np.int64)
    graph = np.repeat(np.arange(len(graphs)), np.diff(graphs.bond_offsets))
    np.maximum.at(far, graph, graphs.bonds[:, 1].astype(np.int64) - graphs.bonds[:, 0])
    return far


class Aim:
    """The same request in every step."""

    def __init__(self, config: GraphAFConfig) -> None:
        key, target = parse_target(config.aim)
        if key not in config.conditions:
            raise TrainingError(f"The aim '{config.aim}' is of no property that the data have. They have: "
                                f"{', '.join(config.conditions) or 'none'}.")  # fmt: skip
        self.request = Conditions.of(config).requests({key: target}, 1)

    def __call__(self, step: int, n: int, generator: torch.Generator) -> Requests:
        """Return it `n` times."""
        device = generator.device
        return Requests(self.request.values.to(device), self.request.given.to(device)).repeated(n)


@dataclass
class LargeEnough:
    """A reward that small graphs do not earn: they break few rules and are easily foreseen."""

    reward: Reward
    least_atoms: int

    def __call__(self, strings: Sequence[str], values: np.ndarray, given: np.ndarray) -> np.ndarray:
        """Return (B,) rewards, 0 for strings of fewer than `least_atoms` atoms."""
        # Strings of graphs have Kekulé bonds: each atom begins with a capital, and so does hydrogen in brackets.
        atoms = [sum(c == "*" or (c.isupper() and c != "H") for c in text) for text in strings]
        large = np.array(atoms) >= self.least_atoms
        return self.reward(strings, values, given) * large


def distinct(strings: Sequence[str]) -> float:
    """Return the share of valid strings that are distinct structures; 1 where none is valid."""
    from polydesign.chem.notation.psmiles import canonical, parses

    valid = [canonical(text) for text in strings if text and parses(text)]
    return len(set(valid)) / len(valid) if valid else 1.0


RECIPE = GraphAFRecipe("graphaf")
