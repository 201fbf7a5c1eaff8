"""The gradient-boosted trees as a property predictor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from polydesign.chem.describe.fingerprints import QUICK_DESCRIPTOR_NAMES
from polydesign.core.settings import read_settings
from polydesign.predictors.chain_predictor import ChainPredictor, check_features
from polydesign.predictors.domain import Domain
from polydesign.predictors.features import Features, featurise
from polydesign.predictors.intervals import Intervals
from polydesign.predictors.molecule_features import N_MOLECULE_DESCRIPTORS, featurise_molecules
from polydesign.predictors.trees.config import TreesConfig
from polydesign.predictors.trees.network import Forests

if TYPE_CHECKING:
    import torch


class TreesPredictor(ChainPredictor):
    """Boosted trees have no members that could differ: the spread is zero, the width comes from held-out errors."""

    def __init__(self, forests: Forests, intervals: Intervals, domain: Domain) -> None:
        super().__init__(forests.config.keys, intervals, domain)
        self.forests = forests

    def describe(self, texts: Sequence[str]) -> Features:
        """Return the features of repeat units or, for a model of molecules, of SMILES."""
        config = self.forests.config
        return featurise_molecules(texts, config.radius) if config.structure == "molecule" else featurise(texts)

    @classmethod
    def from_checkpoint(
        cls, folder: Path, config: Mapping[str, Any], weights: Mapping[str, torch.Tensor]
    ) -> TreesPredictor:
        """Build from a checkpoint's config.json, weights and files of trees, strictly."""
        settings = read_settings(TreesConfig, config["config"])
        n_descriptors = N_MOLECULE_DESCRIPTORS
        if settings.structure == "chain":
            check_features(weights)
            n_descriptors = len(QUICK_DESCRIPTOR_NAMES)
        forests = Forests.load(settings, folder, settings.n_bits + n_descriptors)
        predictor = cls(forests, Intervals.from_weights(weights), Domain.from_weights(weights))
        return predictor.with_record(config)

    def weights(self) -> dict[str, torch.Tensor]:
        """Return the tensors that a checkpoint stores beside the trees."""
        import torch

        arrays = {**self.intervals.weights(), **self.domain.weights()}
        if self.forests.config.structure == "chain":
            arrays |= self.common_weights()
        return {name: torch.from_numpy(array) for name, array in arrays.items()}

    def files(self) -> dict[str, bytes]:
        """Return the files that hold the trees."""
        return self.forests.files()

    def standardised(self, features: Features) -> tuple[np.ndarray, np.ndarray]:
        """Return (N, K) predictions and zeros."""
        mean = self.forests.predict(features)
        return mean, np.zeros_like(mean)
