"""How the values that a property model learns from are standardised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polydesign.core.errors import TrainingError


@dataclass(frozen=True)
class Scales:
    """How the values of K properties are standardised, as half precision can store it.

    Attributes:
        center, scale: (K,) float32; mean, and standard deviation of the values, or of what composition leaves of them.
        reference: (119 + 1, K) float32 standardised contribution of each element to a molecule and, last, the
            offset; None for chains.
    """

    center: np.ndarray
    scale: np.ndarray
    reference: np.ndarray | None = None

    @classmethod
    def fit(cls, values: np.ndarray, composition: np.ndarray | None = None) -> Scales:
        """Measure (N, K) values, NaN where unknown, of molecules with (N, 119) `composition` or of chains (None).

        Raises `TrainingError` when a property has no value.
        """
        if not np.isfinite(values).any(axis=0).all():
            raise TrainingError("A property has no value to learn from. Add values or leave its key out.")
        center = np.nanmean(values, axis=0).astype(np.float16).astype(np.float32)
        left, reference = values - center, None
        if composition is not None:
            inputs = np.concatenate([composition, np.ones((len(composition), 1))], axis=1)
            reference = np.zeros((inputs.shape[1], values.shape[1]))
            for k, column in enumerate(left.T):
                known = np.isfinite(column)
                # The normal equations: a hundred columns, most of them empty, against a hundred thousand rows.
                square, right = inputs[known].T @ inputs[known], inputs[known].T @ column[known]
                reference[:, k] = np.linalg.lstsq(square, right, rcond=None)[0]
            left = left - inputs @ reference
        scale = np.maximum(np.nanstd(left, axis=0), 1e-3).astype(np.float16).astype(np.float32)
        return cls(center, scale, None if reference is None else (reference / scale).astype(np.float32))

    def standardise(self, values: np.ndarray) -> np.ndarray:
        """Return values in units of the scale."""
        return (values - self.center) / self.scale
