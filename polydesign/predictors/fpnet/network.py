"""All members of the ensemble as one network of batched matrix products."""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polydesign.predictors.fpnet.config import FpnetConfig


class EnsembleNetwork(nn.Module):
    """E independent multilayer perceptrons with SiLU, one output a property.

    Inputs are standardised inside: (x - input_center) / input_scale, cut at +/- `_CUT`, since a
    descriptor far outside of the training data says no more than that it is far outside.
    """

    _CUT = 5.0

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
        self.register_buffer("input_center", torch.zeros(n_inputs))
        self.register_buffer("input_scale", torch.ones(n_inputs))

    def forward(self, x: Tensor) -> Tensor:
        """Return (E, B, K) standardised properties for (B, I) inputs of all, or (E, B, I) of each member."""
        x = ((x - self.input_center) / self.input_scale).clamp(-self._CUT, self._CUT)
        if x.ndim == 2:
            x = x.expand(self.config.n_members, -1, -1)
        last = len(self.weights) - 1
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            x = torch.baddbmm(bias, x, weight)
            if layer < last:
                x = F.dropout(F.silu(x), self.config.dropout, self.training)
        return x

    def loss(self, x: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        """Return the weighted mean squared error.

        Args:
            x: (E, B, I) inputs of each member.
            target: (E, B, K) standardised values, anything where unknown.
            weight: (E, B, K) weights, 0 where unknown.
        """
        return (weight * (self(x) - target) ** 2).sum() / weight.sum().clamp(min=1e-6)
