"""The gradient-boosted trees as a property predictor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from polydesign.predictors.chain_predictor import ChainPredictor
from polydesign.predictors.domain import Domain
from polydesign.predictors.features import Features, featurise
from polydesign.predictors.intervals import Intervals
from polydesign.predictors.molecule_features import featurise_molecules
from polydesign.predictors.trees.config import TreesConfig
from polydesign.predictors.trees.network import Forests

if TYPE_CHECKING:
    import torch


class TreesPredictor(ChainPredictor):
    """Boosted trees have no members that could differ: the spread is zero, the width comes from held-out errors."""

    def __init__(self, forests: Forests, intervals: Intervals, domain: Domain) -> None:
        super().__init__(forests.config.keys, forests.config.radius, intervals, domain)
        self.forests = forests

    def describe(self, texts: Sequence[str]) -> Features:
        """Return the features of repeat units or, for a model of molecules, of SMILES."""
        if self.forests.config.structure == "molecule":
            return featurise_molecules(texts, self.radius)
        return featurise(texts, self.radius)

    @classmethod
    def from_checkpoint(
        cls, folder: Path, config: Mapping[str, Any], weights: Mapping[str, torch.Tensor]
    ) -> TreesPredictor:
        """Build from a checkpoint's config.json, weights and files of trees, strictly."""
        settings = TreesConfig(**{k: tuple(v) if isinstance(v, list) else v for k, v in config["config"].items()})
        return cls(Forests.load(settings, folder), Intervals.from_weights(weights), Domain.from_weights(weights))

    def weights(self) -> dict[str, torch.Tensor]:
        """Return the tensors that a checkpoint stores beside the trees."""
        import torch

        arrays = {**self.intervals.weights(), **self.domain.weights()}
        return {name: torch.from_numpy(array) for name, array in arrays.items()}

    def files(self) -> dict[str, bytes]:
        """Return the files that hold the trees."""
        return self.forests.files()

    def standardised(self, features: Features) -> tuple[np.ndarray, np.ndarray]:
        """Return (N, K) predictions and zeros."""
        mean = self.forests.predict(features.inputs(self.forests.config.n_bits))
        return mean, np.zeros_like(mean)
