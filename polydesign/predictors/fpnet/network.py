"""The networks of all members as one of batched matrix products."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polydesign.nn.trainable import Trainable
from polydesign.predictors.fpnet.config import FpnetConfig


def network_inputs(blocks: tuple[np.ndarray, np.ndarray]) -> Tensor:
    """Return (N, P + M) float32 from the blocks of `inputs.Projection`, both at a scale that a network likes."""
    environments, descriptors = blocks
    scales = (0.5 * math.sqrt(environments.shape[1]), math.sqrt(descriptors.shape[1]))
    parts = [block * np.float32(scale) for block, scale in zip(blocks, scales, strict=True)]
    return torch.from_numpy(np.concatenate(parts, axis=1))


class EnsembleNetwork(Trainable):
    """E independent multilayer perceptrons with SiLU, one output a property."""

    held_out: ClassVar[Mapping[str, tuple[str, str]]] = {}

    def __init__(self, config: FpnetConfig, n_inputs: int) -> None:
        super().__init__()
        self.config = config
        sizes = [n_inputs, *[config.d_hidden] * config.n_layers, len(config.keys)]
        self.weights = nn.ParameterList()
        self.biases = nn.ParameterList()
        for n_in, n_out in pairwise(sizes):
            gain = 1.0 if n_out == len(config.keys) else math.sqrt(2.0)
            self.weights.append(nn.Parameter(torch.randn(config.n_members, n_in, n_out) * gain / math.sqrt(n_in)))
            self.biases.append(nn.Parameter(torch.zeros(config.n_members, 1, n_out)))

    def forward(self, x: Tensor) -> Tensor:
        """Return (E, B, K) standardised properties for (B, I) inputs of all, or (E, B, I) of each member."""
        if x.ndim == 2:
            x = x.expand(self.config.n_members, -1, -1)
        last = len(self.weights) - 1
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            x = torch.baddbmm(bias, x, weight)
            if layer < last:
                x = F.dropout(F.silu(x), self.config.dropout, self.training)
        return x

    def loss(self, batch: dict[str, Tensor], phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Return the weighted mean squared error of all members.

        Args:
            batch: ``x`` (E, B, I) inputs of each member, ``target`` (E, B, K) standardised values, anything where
                unknown, ``weight`` (E, B, K), 0 where unknown.
            phase: there is one.
            generator: not used.
        """
        weight = batch["weight"]
        return {"loss": (weight * (self(batch["x"]) - batch["target"]) ** 2).sum() / weight.sum().clamp(min=1e-6)}
