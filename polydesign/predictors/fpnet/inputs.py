"""Bring features to the two blocks of numbers that networks and waves read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from polydesign.chem.describe.fingerprints import QUICK_DESCRIPTOR_NAMES
from polydesign.predictors.features import Features

Blocks = tuple[np.ndarray, np.ndarray]  # (N, P) environments and (N, M) descriptors

_CUT = 5.0  # a descriptor far outside of the training data says no more than that it is far outside
_LEAST_VARIANCE = 1e-6  # of environments, where all chains have the same
_AT_ONCE = 2000  # rows
_PI = 1.4  # the few descriptors of pi orbitals, without which electronic properties are guesswork, count so much more


@dataclass(frozen=True)
class Projection:
    """Principal components of the environments, and standardised descriptors.

    The roots of the shares of environments are the Hellinger embedding of a composition: their squared
    distance tells how differently two chains are built, whatever their length. Both blocks are
    scaled so that two training chains have a mean squared distance of 1 in each.

    Attributes:
        components: (n_bits, P) float32 directions, divided by the scale of the block.
        offset: (P,) components of the mean chain.
        center, scale: (M,) of the descriptors.
        width: (1,) scale of their block.
    """

    components: np.ndarray
    offset: np.ndarray
    center: np.ndarray
    scale: np.ndarray
    width: np.ndarray

    @classmethod
    def fit(cls, features: Features, n_bits: int, n_components: int) -> Projection:
        """Find the principal components of the training chains."""
        roots = np.sqrt(features.shares(n_bits))
        mean = roots.mean(axis=0)
        covariance = roots.T @ roots / len(roots) - np.outer(mean, mean)
        values, vectors = np.linalg.eigh(covariance)
        kept = slice(-min(n_components, n_bits), None)
        components = vectors[:, kept] / np.sqrt(2 * max(values[kept].sum(), _LEAST_VARIANCE))
        center, scale = features.quick.mean(axis=0), np.maximum(features.quick.std(axis=0), 1e-3)
        scale[[name.startswith("pi_") for name in QUICK_DESCRIPTOR_NAMES]] /= _PI
        standard = np.clip((features.quick - center) / scale, -_CUT, _CUT)
        width = np.sqrt(2 * standard.var(axis=0).sum(keepdims=True))
        # Half precision, because that is how they are stored.
        fitted = (components, mean @ components, center, scale, width)
        return cls(*(array.astype(np.float16).astype(np.float32) for array in fitted))

    @classmethod
    def from_weights(cls, weights: Mapping[str, np.ndarray]) -> Projection:
        """Build from the arrays of a checkpoint."""
        return cls(*(weights[f"projection.{field.name}"].astype(np.float32) for field in fields(cls)))

    def weights(self) -> dict[str, np.ndarray]:
        """Return the arrays that a checkpoint stores."""
        return {f"projection.{field.name}": getattr(self, field.name) for field in fields(self)}

    @property
    def n_inputs(self) -> tuple[int, int]:
        """Numbers in the two blocks."""
        return self.components.shape[1], len(self.center)

    def blocks(self, features: Features) -> Blocks:
        """Return (N, P) environments and (N, M) descriptors, float32."""
        n_bits, n = len(self.components), len(features.counts)
        pieces = [features.rows(slice(start, start + _AT_ONCE)) for start in range(0, n, _AT_ONCE)]
        environments = [np.sqrt(piece.shares(n_bits)) @ self.components - self.offset for piece in pieces]
        descriptors = np.clip((features.quick - self.center) / self.scale, -_CUT, _CUT) / self.width
        empty = np.zeros((0, self.components.shape[1]), dtype=np.float32)
        return np.concatenate([empty, *environments]), descriptors.astype(np.float32)
