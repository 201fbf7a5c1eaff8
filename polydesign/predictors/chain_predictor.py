"""What all families of this folder have in common: texts in, calibrated columns out, piece by piece."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from polydesign.core.errors import Stopped
from polydesign.core.types import OnProgress, PredictionColumns, Progress, ShouldStop
from polydesign.predictors.domain import Domain
from polydesign.predictors.features import featurise
from polydesign.predictors.intervals import Intervals

if TYPE_CHECKING:
    import torch

_PIECE = 500  # polymers at a time: bounds memory, and how long Stop and progress have to wait


class ChainPredictor(ABC):
    """Predict properties of the chain that a repeat unit stands for.

    Attributes:
        keys: the K properties, in the order of all arrays.
        radius: reach of the atom environments, in bonds.
    """

    def __init__(self, keys: Sequence[str], radius: int, intervals: Intervals, domain: Domain) -> None:
        self.keys = tuple(keys)
        self.radius = radius
        self.intervals = intervals
        self.domain = domain

    @abstractmethod
    def weights(self) -> dict[str, torch.Tensor]:
        """Return the tensors that a checkpoint stores."""

    def files(self) -> dict[str, bytes]:
        """Return the files that a checkpoint stores beside its tensors, name -> content."""
        return {}

    def describe(self, texts: Sequence[str]) -> Any:
        """Return what the model reads of `texts`, with `counts`, `readable` and `rows` as `Features` has them."""
        return featurise(texts, self.radius)

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
            if should_stop is not None and should_stop():
                raise Stopped("Prediction was stopped.")
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
