"""The graph network as a property predictor, of molecules or of chains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from polydesign.chem.describe.graphs import chain_graph, molecule_graph
from polydesign.core.errors import ChemistryError
from polydesign.core.settings import read_settings
from polydesign.data.encodings.graphs import Graphs
from polydesign.predictors.chain_predictor import ChainPredictor
from polydesign.predictors.domain import Domain
from polydesign.predictors.gnn.config import GnnConfig
from polydesign.predictors.gnn.inference import domain_counts, run_network
from polydesign.predictors.gnn.network import GraphNetwork
from polydesign.predictors.intervals import Intervals


@dataclass(frozen=True)
class GraphFeatures:
    """What the network and the domain read of N structures.

    Attributes:
        graphs: the readable structures only, in their order.
        counts: (N, B) uint8 counts of atom environments; zeros when unreadable.
        readable: (N,) bool, whether the text is a valid repeat unit or molecule.
    """

    graphs: Graphs | None
    counts: np.ndarray
    readable: np.ndarray

    def rows(self, index: np.ndarray) -> GraphFeatures:
        """Return the readable structures alone; `index` is `readable`, (N,) bool."""
        return GraphFeatures(self.graphs, self.counts[index], self.readable[index])


class GnnPredictor(ChainPredictor):
    """Mean of the members as prediction, their standard deviation as spread; a single member has none."""

    def __init__(self, members: Sequence[GraphNetwork], intervals: Intervals, domain: Domain) -> None:
        config = members[0].config
        super().__init__(config.keys, intervals, domain)
        self.config = config
        self.members = [member.eval() for member in members]
        self._to_graph = chain_graph if config.structure == "chain" else molecule_graph

    @classmethod
    def from_checkpoint(
        cls, folder: Path, config: Mapping[str, Any], weights: Mapping[str, torch.Tensor]
    ) -> GnnPredictor:
        """Build from a checkpoint's config.json and weights, strictly."""
        settings = read_settings(GnnConfig, config["config"])
        members = [GraphNetwork(settings) for _ in range(settings.n_members)]
        own = {name: tensor for name, tensor in weights.items() if not name.startswith(("scale.", "domain."))}
        torch.nn.ModuleList(members).load_state_dict(own, strict=True)
        return cls(members, Intervals.from_weights(weights), Domain.from_weights(weights))

    def weights(self) -> dict[str, torch.Tensor]:
        """Return all tensors that a checkpoint stores; those of member e begin with its number."""
        arrays = {**self.intervals.weights(), **self.domain.weights()}
        return {
            **torch.nn.ModuleList(self.members).state_dict(),
            **{name: torch.from_numpy(array) for name, array in arrays.items()},
        }

    def describe(self, texts: Sequence[str]) -> GraphFeatures:
        """Return the graphs of `texts`; never raises for a text."""
        graphs, readable = [], np.zeros(len(texts), dtype=bool)
        for row, text in enumerate(texts):
            try:
                graphs.append(self._to_graph(text))
                readable[row] = True
            except ChemistryError:
                continue
        counts = np.zeros((len(texts), self.config.domain_bits), dtype=np.uint8)
        packed = Graphs.pack(graphs) if graphs else None
        if packed is not None:
            counts[readable] = domain_counts(self.config, packed, np.arange(len(packed)))
        return GraphFeatures(packed, counts, readable)

    def standardised(self, features: GraphFeatures) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and sample standard deviation over the members, both (N, K)."""
        assert features.graphs is not None  # only readable structures come here
        index = np.arange(len(features.graphs))
        answers = np.stack([run_network(member, features.graphs, index) for member in self.members])
        spread = answers.std(axis=0, ddof=1) if len(answers) > 1 else np.zeros_like(answers[0])
        return answers.mean(axis=0), spread
