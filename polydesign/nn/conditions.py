"""Embed a set of wished-for properties, any of which may be absent."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

_FREQUENCIES = (0.5, 1.0, 2.0, 4.0, 8.0)


class ConditionEmbedding(nn.Module):
    """Map C standardised property values, some of them hidden, to a few embeddings.

    Each value enters as itself and as sines and cosines of several frequencies: a plain linear
    layer blurs counts that differ by one (Tancik et al., 2020, https://arxiv.org/abs/2006.10739).
    Hidden values contribute zeros and their own flag, so "don't care" differs from "average".

    Args:
        n_conditions: number C of properties.
        d_model: width of an embedding.
        n_embeddings: number P of embeddings returned.
        d_hidden: width of the hidden layer.
    """

    def __init__(self, n_conditions: int, d_model: int, n_embeddings: int = 1, d_hidden: int = 512) -> None:
        super().__init__()
        self.n_embeddings = n_embeddings
        n_features = n_conditions * (2 + 2 * len(_FREQUENCIES))
        last = nn.Linear(d_hidden, n_embeddings * d_model)
        nn.init.normal_(last.weight, std=0.02)
        self.mlp = nn.Sequential(nn.Linear(n_features, d_hidden), nn.GELU(), last)

    def forward(self, values: Tensor, given: Tensor) -> Tensor:
        """Map ``(B, C)`` standardised values and ``(B, C)`` bool flags to ``(B, P, d_model)``.

        A row in which nothing is given maps to zeros: that is how a model is asked without conditions.
        """
        flag = given.to(values.dtype)
        values = values.clamp(-8.0, 8.0) * flag
        waves = [f(math.pi * k * values) * flag for k in _FREQUENCIES for f in (torch.sin, torch.cos)]
        features = torch.cat([values, flag, *waves], dim=-1)
        out = self.mlp(features).view(len(values), self.n_embeddings, -1)
        return out * given.any(dim=-1)[:, None, None]


# Of rows with a request: all descriptors, a few properties; the rest are any subset.
_ALL_DESCRIPTORS, _FEW_PROPERTIES = 0.45, 0.35
_MOST_OF_FEW = 3  # one, two or three properties, with equal chances


def hide_some(given: Tensor, exact: Tensor, p_none: float, generator: torch.Generator | None) -> Tensor:
    """Hide known properties at random, the way people ask: none, all descriptors, a few, or any subset.

    Args:
        given: ``(B, C)`` bool, which properties are known.
        exact: ``(C,)`` bool, which of them are descriptors.
        p_none: share of rows in which everything is hidden.
        generator: source of randomness.

    Returns ``(B, C)`` bool, what is asked for.
    """
    batch, n_conditions = given.shape
    mode = torch.rand(batch, 1, generator=generator, device=given.device)
    chance = torch.rand(batch, 1, generator=generator, device=given.device)
    draw = torch.rand(batch, n_conditions, generator=generator, device=given.device)
    few = torch.randint(min(_MOST_OF_FEW, n_conditions), (batch, 1), generator=generator, device=given.device)
    turn = draw.masked_fill(exact | ~given, 2.0)
    few = turn <= turn.sort(dim=1).values.gather(1, few)
    rest = 1 - p_none
    kept = torch.where(
        mode < p_none + rest * _ALL_DESCRIPTORS,
        exact.expand_as(given),  # PolyTAO's question: all descriptors, nothing else
        torch.where(mode < p_none + rest * (_ALL_DESCRIPTORS + _FEW_PROPERTIES), few & ~exact, draw < chance),
    )
    return given & kept & (mode >= p_none)
