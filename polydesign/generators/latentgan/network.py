"""The LatentGAN network: a generator of codes, and the critic that it plays against.

    G   Linear [ BatchNorm LeakyReLU Linear ] x 4    u ~ U(-1, 1)^m -> x, a standardised code (nn/latent_prior.py)
    D   Linear LeakyReLU Linear LeakyReLU Linear     x -> score

LatentGAN (Prykhodko et al., 2019, https://doi.org/10.1186/s13321-019-0397-9), whose text gives five layers of 256 with
batch norm to the generator and three of 256 to the critic; that the last lead to a code and to a score is our reading.
The slope of the leaky ReLU (0.2), m = d and U(-1, 1) are those of the authors' program as we know it. Nothing bounds
what the generator makes: a tanh at its end would cut codes off at one standard deviation. Where ours differs: codes are
brought to zero mean and unit variance, any autoencoder will do, and what is drawn of its q(z | string), not its mean,
is real; the autoencoder is never told properties.

Shapes: B batch, d dimensions of a code, m numbers of noise.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from polydesign.generators.latentgan.config import LatentGANConfig
from polydesign.nn.latent_prior import CodePrior
from polydesign.nn.requests import Requests
from polydesign.writing.sampling import Writing

_SLOPE = 0.2


class LatentGAN(CodePrior):
    """A generator of codes and, frozen, the autoencoder whose codes it makes."""

    def __init__(self, config: LatentGANConfig) -> None:
        super().__init__(config)
        self.config = config
        self.d_noise = config.d_noise or self.d_latent
        layers: list[nn.Module] = []
        width = self.d_noise
        for _ in range(config.n_layers - 1):
            # A bias would be taken away again by the norm.
            layers += [nn.Linear(width, config.d_hidden, bias=False), nn.BatchNorm1d(config.d_hidden)]
            layers += [nn.LeakyReLU(_SLOPE)]
            width = config.d_hidden
        self.layers = nn.Sequential(*layers, nn.Linear(width, self.d_latent))

    def noise(self, n: int, generator: torch.Generator) -> Tensor:
        """Return ``(n, m)`` uniform numbers in [-1, 1)."""
        return 2.0 * torch.rand(n, self.d_noise, generator=generator, device=generator.device) - 1.0

    def forward(self, n: int, generator: torch.Generator) -> Tensor:
        """Return ``(n, d)`` codes of zero mean and unit variance."""
        return self.layers(self.noise(n, generator))

    def draw(self, requests: Requests, writing: Writing, **options: Any) -> Tensor:
        """See `CodePrior`; whatever is asked for."""
        return self(len(requests), writing.generator)


def critic_of(config: LatentGANConfig, d_latent: int) -> nn.Sequential:
    """Return a new critic: ``(B, d)`` codes of zero mean and unit variance to ``(B, 1)`` scores."""
    layers: list[nn.Module] = []
    width = d_latent
    for _ in range(config.n_critic_layers - 1):
        layers += [nn.Linear(width, config.d_hidden), nn.LeakyReLU(_SLOPE)]
        width = config.d_hidden
    # Only differences of scores count, in which a last bias would cancel.
    return nn.Sequential(*layers, nn.Linear(width, 1, bias=False))
