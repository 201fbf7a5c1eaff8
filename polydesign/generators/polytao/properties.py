"""Property values as the encoder reads them: one position a property, an integer token each.

PolyTAO maps each value to the nearest integer. Integers are too coarse for a density or a free volume
and too fine for a molar mass, so each property has a stated scale of its own: counts keep their
integers, the molar mass goes in steps of 2 g/mol, everything else in twentieths of its standard
deviation. With `discrete` off a value is embedded as a number, which answers whether tokens lose the order.

Shapes: B batch, C conditions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from polydesign.core.properties import DESCRIPTORS

_LARGEST_COUNT, _LARGEST_MASS, _MASS_STEP = 100, 1_200.0, 2.0
_FINE, _REACH = 0.05, 4.0  # in standard deviations
_FREQUENCIES = (0.5, 1.0, 2.0, 4.0, 8.0)


def token_scale(key: str, mean: float, std: float) -> tuple[float, float, int]:
    """Return lowest value, step (both standardised) and number of tokens of a property."""
    if key == "MolWt":
        return -mean / std, _MASS_STEP / std, int(_LARGEST_MASS / _MASS_STEP) + 1
    if key in DESCRIPTORS:
        return -mean / std, 1.0 / std, _LARGEST_COUNT + 1
    return -_REACH, _FINE, round(2 * _REACH / _FINE) + 1


class PropertyTokens(nn.Module):
    """Embed standardised values: a looked-up token and the position of its property, summed.

    The first of the C + 1 positions stands for "a polymer" and is always visible.
    """

    low: Tensor
    step: Tensor
    count: Tensor
    offset: Tensor

    def __init__(
        self, conditions: Sequence[str], mean: Sequence[float], std: Sequence[float], d_model: int, discrete: bool
    ) -> None:
        super().__init__()
        scales = [token_scale(*row) for row in zip(conditions, mean, std, strict=True)]
        low, step, count = (list(column) for column in zip(*scales, strict=True)) if scales else ([], [], [])
        self.discrete = discrete
        self.register_buffer("low", torch.tensor(low), persistent=False)
        self.register_buffer("step", torch.tensor(step), persistent=False)
        self.register_buffer("count", torch.tensor(count, dtype=torch.long), persistent=False)
        offset = torch.tensor([0, *count], dtype=torch.long).cumsum(0)
        self.register_buffer("offset", offset[:-1], persistent=False)
        self.positions = nn.Parameter(torch.randn(len(conditions) + 1, d_model) * 0.02)
        if discrete:
            self.values = nn.Embedding(max(int(offset[-1]), 1), d_model)
            nn.init.normal_(self.values.weight, std=0.02)
        else:
            self.numbers = nn.Linear(1 + 2 * len(_FREQUENCIES), d_model)

    def tokens(self, values: Tensor) -> Tensor:
        """Return the ``(B, C)`` token of each standardised value, counted from its own property's first."""
        return torch.minimum(((values - self.low) / self.step).round().long().clamp(min=0), self.count - 1)

    def forward(self, values: Tensor, given: Tensor) -> tuple[Tensor, Tensor]:
        """Map ``(B, C)`` values and flags to ``(B, C + 1, d_model)`` and ``(B, C + 1)`` bool, what is visible."""
        if self.discrete:
            embedded = self.values(self.tokens(values) + self.offset)
        else:
            clipped = values.clamp(-8.0, 8.0)
            waves = [f(math.pi * k * clipped) for k in _FREQUENCIES for f in (torch.sin, torch.cos)]
            embedded = self.numbers(torch.stack([clipped, *waves], dim=-1))
        first = (
            torch.zeros_like(embedded[:, :1])
            if embedded.shape[1]
            else embedded.new_zeros(len(values), 1, self.positions.shape[1])
        )
        x = torch.cat([first, embedded], dim=1) + self.positions
        return x, torch.cat([torch.ones_like(given[:, :1]), given], dim=1)
