"""What all families of this folder have in common: texts in, calibrated columns out, piece by piece."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from polydesign.core.errors import CheckpointError
from polydesign.core.progress import OnProgress, Progress, ShouldStop, stop_if_asked
from polydesign.core.results import PredictionColumns
from polydesign.predictors.domain import Domain
from polydesign.predictors.features import featurise, probes
from polydesign.predictors.intervals import Intervals

if TYPE_CHECKING:
    import torch

_SAME = 2e-3  # what half precision leaves
_PIECE = 1000  # polymers at a time: bounds memory, and how long Stop and progress have to wait


def check_features(weights: Mapping[str, Any]) -> None:
    """Raise `CheckpointError` when the weights were trained on features other than this version computes."""
    stored, now = weights.get("features.probes"), probes()
    stored = np.empty(0) if stored is None else stored.float().numpy()
    if stored.shape != now.shape or not np.allclose(stored, now, rtol=_SAME, atol=_SAME):
        raise CheckpointError(
            "The model was trained on features that this version computes otherwise. Install the version that it came "
            "with, or train it anew: python -m polydesign.train --help"
        )


class ChainPredictor(ABC):
    """Predict properties of the chain that a repeat unit stands for.

    Attributes:
        keys: the K properties, in the order of all arrays.
        intervals, domain: calibration and neighbourhood of the training chains.
        error_correlation: see `PropertyPredictor`.
    """

    def __init__(self, keys: Sequence[str], intervals: Intervals, domain: Domain) -> None:
        self.keys = tuple(keys)
        self.intervals = intervals
        self.domain = domain
        self.error_correlation: Mapping[str, float] = {}

    def with_record(self, config: Mapping[str, Any]) -> Self:
        """Take over what the config.json of a checkpoint says of the errors; return the predictor."""
        metrics = config.get("metrics")
        self.error_correlation = dict(metrics.get("error_correlation", {})) if isinstance(metrics, Mapping) else {}
        return self

    @abstractmethod
    def weights(self) -> dict[str, torch.Tensor]:
        """Return the tensors that a checkpoint stores."""

    def common_weights(self) -> dict[str, np.ndarray]:
        """Return the arrays that every family on `Features` of chains stores."""
        return {**self.intervals.weights(), **self.domain.weights(), "features.probes": probes()}

    def files(self) -> dict[str, bytes]:
        """Return the files that a checkpoint stores beside its tensors, name -> content."""
        return {}

    def describe(self, texts: Sequence[str]) -> Any:
        """Return what the model reads of `texts`, with `counts`, `readable` and `rows` as `Features` has them."""
        return featurise(texts)

    def distance(self, texts: Sequence[str]) -> np.ndarray:
        """Return (N, K) distances to the training chains: rarity in units of the domain's limit, 1 at its edge.

        See `polydesign.predictors.domain`; NaN for a text that is no valid repeat unit.
        """
        features = self.describe(texts)
        return np.where(features.readable[:, None], self.domain.distance(features.counts), np.nan)

    @abstractmethod
    def standardised(self, features: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return (N, K) means and (N, K) spreads in units of each property's training standard deviation."""

    def predict(
        self,
        psmiles: Sequence[str],
        *,
        on_progress: OnProgress | None = None,
        should_stop: ShouldStop | None = None,
    ) -> dict[str, PredictionColumns]:
        """Return a `PredictionColumns` of N rows for each of `keys`; NaN where a text is no valid repeat unit.

        Raises `Stopped` when `should_stop()` turns true.
        """
        shape = (len(psmiles), len(self.keys))
        mean, spread = np.full(shape, np.nan), np.full(shape, np.nan)
        in_domain = np.zeros(shape, dtype=bool)
        for start in range(0, len(psmiles), _PIECE):
            stop_if_asked(should_stop, "Prediction")
            features = self.describe(psmiles[start : start + _PIECE])
            rows = start + np.flatnonzero(features.readable)
            if len(rows):
                features = features.rows(features.readable)
                mean[rows], spread[rows] = self.standardised(features)
                in_domain[rows] = self.domain.contains(features.counts)
            if on_progress is not None:
                done = min(start + _PIECE, len(psmiles))
                on_progress(Progress("predict", done, len(psmiles), f"{done:,} of {len(psmiles):,} polymers"))
        return self.intervals.columns(self.keys, mean, spread, in_domain)
