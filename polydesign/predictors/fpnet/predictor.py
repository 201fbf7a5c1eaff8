"""The guide as a property predictor."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from polydesign.core.settings import read_settings
from polydesign.predictors.chain_predictor import ChainPredictor, check_features
from polydesign.predictors.domain import Domain
from polydesign.predictors.features import Features
from polydesign.predictors.fpnet.config import FpnetConfig
from polydesign.predictors.fpnet.model import GuideModel
from polydesign.predictors.intervals import Intervals

_OTHERS = ("scale.", "domain.", "features.")


class FpnetPredictor(ChainPredictor):
    """Blend of networks and waves as prediction; their disagreement, and rare environments, as spread."""

    def __init__(self, model: GuideModel, intervals: Intervals, domain: Domain) -> None:
        super().__init__(model.config.keys, intervals, domain)
        self.model = model

    @classmethod
    def from_checkpoint(
        cls, folder: Path, config: Mapping[str, Any], weights: Mapping[str, torch.Tensor]
    ) -> FpnetPredictor:
        """Build from a checkpoint's config.json and weights, strictly."""
        check_features(weights)
        own = {name: tensor for name, tensor in weights.items() if not name.startswith(_OTHERS)}
        model = GuideModel.from_weights(read_settings(FpnetConfig, config["config"]), own)
        predictor = cls(model, Intervals.from_weights(weights), Domain.from_weights(weights))
        return predictor.with_record(config)

    def weights(self) -> dict[str, torch.Tensor]:
        """Return all tensors that a checkpoint stores."""
        common = {name: torch.from_numpy(array) for name, array in self.common_weights().items()}
        return {**self.model.weights(), **common}

    def standardised(self, features: Features) -> tuple[np.ndarray, np.ndarray]:
        """Return predictions and spreads, both (N, K)."""
        return self.model.standardised(features, self.domain.rarity(features.counts))
