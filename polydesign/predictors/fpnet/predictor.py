"""The fingerprint network as a property predictor."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from polydesign.chem.fingerprints import QUICK_DESCRIPTOR_NAMES
from polydesign.predictors.chain_predictor import ChainPredictor
from polydesign.predictors.domain import Domain
from polydesign.predictors.features import Features
from polydesign.predictors.fpnet.config import FpnetConfig
from polydesign.predictors.fpnet.network import EnsembleNetwork
from polydesign.predictors.intervals import Intervals


class FpnetPredictor(ChainPredictor):
    """Mean of the members as prediction, their standard deviation as spread."""

    def __init__(self, network: EnsembleNetwork, intervals: Intervals, domain: Domain) -> None:
        super().__init__(network.config.keys, network.config.radius, intervals, domain)
        self.network = network.eval()

    @classmethod
    def from_checkpoint(
        cls, folder: Path, config: Mapping[str, Any], weights: Mapping[str, torch.Tensor]
    ) -> FpnetPredictor:
        """Build from a checkpoint's config.json and weights, strictly."""
        settings = FpnetConfig(**{k: tuple(v) if isinstance(v, list) else v for k, v in config["config"].items()})
        network = EnsembleNetwork(settings, settings.n_bits + len(QUICK_DESCRIPTOR_NAMES))
        own = {name: tensor for name, tensor in weights.items() if not name.startswith(("scale.", "domain."))}
        network.load_state_dict(own, strict=True)
        return cls(network, Intervals.from_weights(weights), Domain.from_weights(weights))

    def weights(self) -> dict[str, torch.Tensor]:
        """Return all tensors that a checkpoint stores."""
        arrays = {**self.intervals.weights(), **self.domain.weights()}
        return {**self.network.state_dict(), **{name: torch.from_numpy(array) for name, array in arrays.items()}}

    def members(self, features: Features) -> np.ndarray:
        """Return (E, N, K) standardised predictions of each member."""
        inputs = torch.from_numpy(features.inputs(self.network.config.n_bits))
        with torch.inference_mode():
            return self.network(inputs).numpy()

    def standardised(self, features: Features) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and sample standard deviation over the members, both (N, K)."""
        members = self.members(features)
        return members.mean(axis=0), members.std(axis=0, ddof=1)
