"""The guide's model: networks and waves that read the same inputs, blended for each property."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from scipy import optimize

from polydesign.predictors.features import Features
from polydesign.predictors.fpnet.config import FpnetConfig
from polydesign.predictors.fpnet.inputs import Blocks, Projection
from polydesign.predictors.fpnet.network import EnsembleNetwork, network_inputs
from polydesign.predictors.fpnet.waves import Waves

_AT_ONCE = 2000  # rows
_TRUSTED = 0.99  # squared errors beyond this quantile are cut, so that a few wrong values rule no slope


@dataclass(frozen=True)
class Blend:
    """How the two are put together for K properties.

    The expected squared error, beyond a constant, is apart |networks - waves|^2 + far rarity^2, with the rarity of
    `predictors.domain`.

    Attributes:
        share: (K,) weight of the networks; the waves have the rest.
        apart, far: (K,) see above.
    """

    share: np.ndarray
    apart: np.ndarray
    far: np.ndarray

    @classmethod
    def fit(cls, networks: np.ndarray, waves: np.ndarray, rarity: np.ndarray, target: np.ndarray) -> Blend:
        """Choose all from (N, K) predictions of chains that had not been seen; (N, K) targets, NaN where unknown.

        The share minimises the squared error; the others are found by least squares without negative terms.
        """
        shares, slopes = [], []
        for first, second, rare, wanted in zip(networks.T, waves.T, rarity.T, target.T, strict=True):
            known = np.isfinite(wanted)
            apart, rest = (first - second)[known], (wanted - second)[known]
            share = float(np.clip((apart * rest).sum() / max((apart**2).sum(), 1e-9), 0.0, 1.0))
            squared = (rest - share * apart) ** 2
            squared = np.minimum(squared, np.quantile(squared, _TRUSTED))
            terms = np.stack([np.ones_like(apart), apart**2, rare[known] ** 2], axis=1)
            shares.append(share)
            slopes.append(optimize.nnls(terms.astype(float), squared.astype(float))[0][1:])
        fitted = (shares, *np.array(slopes).T)
        return cls(*(np.array(values, dtype=np.float16).astype(np.float32) for values in fitted))

    def __call__(self, networks: np.ndarray, waves: np.ndarray, rarity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (N, K) blended predictions and spreads."""
        mean = self.share * networks + (1 - self.share) * waves
        return mean, np.sqrt(self.apart * (networks - waves) ** 2 + self.far * rarity**2)


@dataclass(frozen=True)
class GuideModel:
    """Everything that turns features into standardised predictions."""

    config: FpnetConfig
    projection: Projection
    network: EnsembleNetwork
    waves: Waves
    blend: Blend

    @classmethod
    def from_weights(cls, config: FpnetConfig, weights: Mapping[str, torch.Tensor]) -> GuideModel:
        """Build from the tensors of a checkpoint, strictly."""
        arrays = {name: tensor.numpy() for name, tensor in weights.items() if not name.startswith("network.")}
        projection = Projection.from_weights(arrays)
        network = EnsembleNetwork(config, sum(projection.n_inputs))
        own = {name.removeprefix("network."): t for name, t in weights.items() if name.startswith("network.")}
        network.load_state_dict(own, strict=True)
        blend = Blend(*(arrays[f"blend.{name}"].astype(np.float32) for name in ("share", "apart", "far")))
        return cls(config, projection, network.eval(), Waves.from_arrays(arrays), blend)

    def weights(self) -> dict[str, torch.Tensor]:
        """Return the tensors that a checkpoint stores."""
        arrays = {**self.projection.weights(), **self.waves.arrays()}
        arrays |= {f"blend.{name}": getattr(self.blend, name) for name in ("share", "apart", "far")}
        return {
            **{f"network.{name}": tensor for name, tensor in self.network.state_dict().items()},
            **{name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()},
        }

    def standardised(self, features: Features, rarity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (N, K) predictions and spreads, in units of the training standard deviation, for (N, K) rarities."""
        blocks = self.projection.blocks(features)
        return self.blend(network_members(self.network, blocks).mean(axis=0), self.waves.predict(blocks), rarity)


def network_members(network: EnsembleNetwork, blocks: Blocks) -> np.ndarray:
    """Return (E, N, K) predictions of the networks."""
    x = network_inputs(blocks)
    with torch.inference_mode():
        pieces = [network(x[start : start + _AT_ONCE]).numpy() for start in range(0, max(len(x), 1), _AT_ONCE)]
    return np.concatenate(pieces, axis=1)
