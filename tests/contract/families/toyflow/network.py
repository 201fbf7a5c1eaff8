"""One affine coupling after a shift by the request: x = [a ; b], a = u, b = v exp s(u, e) + t(u, e), (u, v) ~ N(0, 1).

Shapes: B batch, d dimensions of a code.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from polydesign.nn.latent_prior import LatentPrior
from polydesign.nn.requests import Requests
from polydesign.writing.sampling import Writing
from toyflow.config import Config


class Network(LatentPrior):
    """The coupling and, frozen, the autoencoder."""

    held_out: ClassVar[Mapping[str, tuple[str, str]]] = {"valid_nats": ("train", "loss")}

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.config = config
        self.half = self.d_latent // 2
        self.coupling = nn.Linear(self.half + self.d_property, 2 * (self.d_latent - self.half))

    def _parts(self, a: Tensor, e: Tensor) -> tuple[Tensor, Tensor]:
        log_scale, move = self.coupling(torch.cat([a, e], dim=1)).chunk(2, dim=1)
        return torch.tanh(log_scale), move

    def prior_loss(self, x: Tensor, e: Tensor, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Return ``{"loss"}``, nats a code: its exact negative log-density."""
        a, b = x[:, : self.half], x[:, self.half :]
        log_scale, move = self._parts(a, e)
        v = (b - move) * torch.exp(-log_scale)
        squared = a.square().sum(dim=1) + v.square().sum(dim=1) + self.d_latent * math.log(2 * math.pi)
        return {"loss": (0.5 * squared + log_scale.sum(dim=1)).mean()}

    def draw(self, requests: Requests, writing: Writing, **options: Any) -> Tensor:
        """See `LatentPrior`."""
        u = torch.randn(len(requests), self.d_latent, generator=writing.generator)
        a, v = u[:, : self.half], u[:, self.half :]
        log_scale, move = self._parts(a, self.embedded(requests))
        return torch.cat([a, v * torch.exp(log_scale) + move], dim=1)
