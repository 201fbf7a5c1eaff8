"""Ridge regression on random waves, which comes close to a Gaussian process and keeps nothing of a training chain.

The kernel that is approximated is a sum of two rational quadratics (Rasmussen and Williams, Gaussian Processes for
Machine Learning, MIT Press 2006, chapter 4) of the squared distances in the blocks of `inputs.Projection`,

    k(x, z) = a / (1 + |x_env - z_env|^2 / r) + (1 - a) / (1 + |x_des - z_des|^2 / r).

A rational quadratic is a mixture of Gaussians, and so the mean of cosines and sines along random directions (Rahimi
and Recht, Random features for large-scale kernel machines, NeurIPS 2007), which are drawn orthogonal here (Yu et al.,
NeurIPS 2016). All that is stored are the directions, rounded to bytes before anything is fitted, and one weight
a wave and property.

Chains are predicted without their own part by the block form of leave-one-out: with A = (K + noise)^-1 and
alpha = A y, the errors of part b are A_bb^-1 alpha_b. By these errors each property chooses its noise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from scipy import linalg
from tqdm import tqdm

from polydesign.predictors.fpnet.config import FpnetConfig
from polydesign.predictors.fpnet.inputs import Blocks

_TRIAL = 1500  # chains on which the noise is chosen
_AT_ONCE = 250  # rows of a prediction
_STORED = ("environments", "environments_step", "descriptors", "descriptors_step", "heights", "weights", "scale")


@dataclass(frozen=True)
class Waves:
    """D directions in each of the two blocks, and the weights of their cosines and sines for K properties.

    Attributes:
        environments, descriptors: (W, D) and (M, D) float32 directions, W the largest components of environments.
        heights: (2,) float32 of the waves of each block.
        weights: (4 D, K) float32, for cosines and sines along environments, then descriptors.
    """

    environments: np.ndarray
    descriptors: np.ndarray
    heights: np.ndarray
    weights: np.ndarray

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Waves:
        """Build from the arrays of a checkpoint."""
        stored = {name: arrays[f"waves.{name}"].astype(np.float32) for name in _STORED}
        environments, descriptors = (stored[name] * stored[f"{name}_step"] for name in ("environments", "descriptors"))
        return cls(environments, descriptors, stored["heights"], stored["weights"] * stored["scale"])

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays that a checkpoint stores, in half precision or bytes."""
        scale = np.maximum(np.abs(self.weights).max(axis=0), 1e-3).astype(np.float16)
        environments, descriptors = _bytes(self.environments), _bytes(self.descriptors)
        heights, weights = self.heights.astype(np.float16), (self.weights / scale.astype(np.float32)).astype(np.float16)
        stored = zip(_STORED, (*environments, *descriptors, heights, weights, scale), strict=True)
        return {f"waves.{name}": array for name, array in stored}

    def __call__(self, blocks: Blocks) -> np.ndarray:
        """Return (N, 4 D) float32 heights of all waves at N chains."""
        heights = []
        for block, directions, height in zip(blocks, (self.environments, self.descriptors), self.heights, strict=True):
            read = np.ascontiguousarray(block[:, -len(directions) :])  # components stand in order of their variance
            along = torch.from_numpy(read) @ torch.from_numpy(directions)
            heights += [float(height) * torch.cos(along), float(height) * torch.sin(along)]
        return torch.cat(heights, dim=1).numpy()

    def predict(self, blocks: Blocks) -> np.ndarray:
        """Return (N, K) standardised predictions."""
        n = len(blocks[0])
        result = np.empty((n, self.weights.shape[1]), dtype=np.float32)
        for start in range(0, n, _AT_ONCE):
            rows = slice(start, start + _AT_ONCE)
            result[rows] = self((blocks[0][rows], blocks[1][rows])) @ self.weights
        return result


def _bytes(directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (P, D) int8 multiples of (D,) float16 steps."""
    step = np.maximum(np.abs(directions).max(axis=0) / 127, 1e-4).astype(np.float16)
    return np.clip(np.rint(directions / step.astype(np.float32)), -127, 127).astype(np.int8), step


def draw(config: FpnetConfig, n_inputs: tuple[int, int], seed: int) -> Waves:
    """Draw the directions; the weights are still zero."""
    random = np.random.default_rng(seed)
    shares = np.array([config.environments, 1 - config.environments])
    environments, descriptors = (_directions(size, config.n_waves, config.reach, random) for size in n_inputs)
    heights = np.sqrt(shares / config.n_waves)
    waves = Waves(environments, descriptors, heights, np.zeros((4 * config.n_waves, len(config.keys)), np.float32))
    return Waves.from_arrays(waves.arrays())  # as they will be read back


def _directions(n_inputs: int, n_waves: int, reach: float, random: np.random.Generator) -> np.ndarray:
    """Return (n_inputs, n_waves): normal vectors, orthogonal n_inputs at a time, of exponentially spread variance."""
    squares = [np.linalg.qr(random.standard_normal((n_inputs, n_inputs)))[0] for _ in range(-(-n_waves // n_inputs))]
    length = np.sqrt(random.chisquare(n_inputs, size=n_waves))
    levels = -np.log1p(-(random.permutation(n_waves) + 0.5) / n_waves)  # evenly over an exponential distribution
    return np.concatenate(squares, axis=1)[:, :n_waves] * length * np.sqrt(2 * levels / reach)


def fit_waves(
    config: FpnetConfig, blocks: Blocks, targets: np.ndarray, folds: np.ndarray, seed: int
) -> tuple[Waves, np.ndarray]:
    """Fit the weights of all properties.

    Args:
        config: settings.
        blocks: inputs of N training chains.
        targets: (N, K) standardised values, NaN where unknown.
        folds: (N,) part of each chain.
        seed: of the directions, and of the choice of chains on which the noise is tried.

    Returns the waves, and (N, K) predictions of the training chains without their part; NaN where there is no value.
    """
    n_read = min(config.n_wave_components, blocks[0].shape[1])
    waves, random = draw(config, (n_read, blocks[1].shape[1]), seed), np.random.default_rng(seed)
    blind = np.full(targets.shape, np.nan, dtype=np.float32)
    for column in tqdm(range(len(config.keys)), unit="ridge", mininterval=1.0):
        rows = np.flatnonzero(np.isfinite(targets[:, column]))
        heights, part = waves((blocks[0][rows], blocks[1][rows])), folds[rows]
        target = targets[rows, column].astype(np.float32)
        gram = heights @ heights.T
        trial = np.sort(random.permutation(len(rows))[:_TRIAL])
        noise = _choose(config, gram[np.ix_(trial, trial)], target[trial], part[trial])
        alpha, error = _solve(gram, target, part, noise)
        blind[rows, column] = target - error
        waves.weights[:, column] = alpha @ heights
    return Waves.from_arrays(waves.arrays()), blind  # as they will be read back


def _choose(config: FpnetConfig, gram: np.ndarray, target: np.ndarray, part: np.ndarray) -> float:
    """Return the noise that predicts chains best without their part."""
    squared = [float((_solve(gram, target, part, noise)[1] ** 2).mean()) for noise in config.noises]
    return config.noises[int(np.argmin(squared))]


def _solve(gram: np.ndarray, target: np.ndarray, part: np.ndarray, noise: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the (n,) weights of chains, and the (n,) errors of chains predicted without their part."""
    inverse = linalg.inv(gram + np.float32(noise) * np.eye(len(gram), dtype=np.float32), overwrite_a=True,
                         check_finite=False, assume_a="pos")  # fmt: skip
    inverse = np.triu(inverse) + np.triu(inverse, 1).T
    alpha = inverse @ target
    error = np.empty_like(target)
    for number in np.unique(part):
        rows = np.flatnonzero(part == number)
        error[rows] = linalg.solve(inverse[np.ix_(rows, rows)], alpha[rows], assume_a="pos", check_finite=False)
    return alpha, error
