"""Answers of a network for packed graphs, and the environments by which its domain is told. Needs no RDKit."""

from __future__ import annotations

import numpy as np
import torch

from polydesign.data.encodings.graphs import Graphs, environments
from polydesign.predictors.gnn.config import GnnConfig
from polydesign.predictors.gnn.network import GraphNetwork

_ATOMS = 8000  # of a batch of predictions


def run_network(network: GraphNetwork, graphs: Graphs, index: np.ndarray) -> np.ndarray:
    """Return (B, K) float32 outputs of a network in evaluation mode for the graphs at (B,) `index`."""
    answers = [np.zeros((0, len(network.config.keys)), dtype=np.float32)]
    with torch.inference_mode():
        for part in graphs.parts(index, _ATOMS):
            batch = graphs.batch(part)
            arrays = (batch["atoms"], batch["bonds"], batch["codes"], batch["graph"])
            answers.append(network(*map(torch.from_numpy, arrays), n_graphs=len(part)).numpy())
    return np.concatenate(answers)


def domain_counts(config: GnnConfig, graphs: Graphs, index: np.ndarray) -> np.ndarray:
    """Return (B, domain_bits) uint8 counts of the environments of the graphs at (B,) `index`."""
    return np.concatenate([
        environments(graphs.batch(part), len(part), config.domain_radius, config.domain_bits)
        for part in graphs.parts(index, _ATOMS)
    ])  # fmt: skip
