"""The PolyLDM network: a denoiser among the codes of a frozen autoencoder.

    x_0 = (z - shift) / scale,  z ~ q(z | string, properties) of the autoencoder;  x_t as in nn/diffusion.py
    mlp    e_theta = Linear SiLU Linear SiLU Linear SiLU Linear [ x_t ; e ; step ]       to 256, 256, 256, d
    unet   h = SiLU Linear [ x_t ; e ; step ],  g = SiLU Linear SiLU Linear h,  e_theta = Linear [ g ; h ]
                                                                                         to 256, 2 d, 256, d
    loss = | e - e_theta(x_t, t, properties) |^2

The latent diffusion model of the project notes (S. Plichta, 2025), after Rombach et al., 2022
(https://arxiv.org/abs/2112.10752). The embedding e of the properties begins as the autoencoder's, stays so in the phase
"frozen" and learns in the next. Where ours differs: a timestep embedding, which the notes leave out and no denoiser can
do without; codes are brought to zero mean and unit variance; any subset of the properties may be given, which
classifier-free guidance (Ho & Salimans, 2022, https://arxiv.org/abs/2207.12598) needs anyway; strings are read once,
before training (training/codes.py), since reading them costs much more than a step among codes; whether the decoder
reads them a second time is an option of sampling. Any autoencoder will do: with one that reads no properties, such as
the GRU-VAE, the embedding is PolyLDM's own, learns in both phases, and alone brings the properties in.

The autoencoder is a part: the checkpoint names its checkpoint by id and sha256 (store/record.py), and the store hands
its weights over under the name ``autoencoder.``; a checkpoint of the older form carries them itself. Which family it is
of comes from the config: it is built through the registry.

Shapes: B batch, T tokens, C conditions, d dimensions of a code.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polydesign.generators.polyldm.config import PolyLDMConfig
from polydesign.nn.diffusion import Diffusion, step_embedding
from polydesign.nn.guidance import asked, guide
from polydesign.nn.latent_prior import LatentPrior
from polydesign.nn.requests import Requests
from polydesign.writing.sampling import Writing


class MLPDenoiser(nn.Module):
    """Three layers of one width and one back to the code."""

    def __init__(self, d_in: int, d_hidden: int, d_latent: int) -> None:
        super().__init__()
        widths = (d_in, d_hidden, d_hidden, d_hidden)
        layers = [layer for a, b in pairwise(widths) for layer in (nn.Linear(a, b), nn.SiLU())]
        self.layers = nn.Sequential(*layers, nn.Linear(d_hidden, d_latent))

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(B, d_in)`` to ``(B, d)``."""
        return self.layers(x)


class UNetDenoiser(nn.Module):
    """Wide, narrow, wide again, and a bridge from the first wide layer to the last."""

    def __init__(self, d_in: int, d_hidden: int, d_latent: int) -> None:
        super().__init__()
        self.widen = nn.Linear(d_in, d_hidden)
        self.narrow = nn.Linear(d_hidden, 2 * d_latent)
        self.again = nn.Linear(2 * d_latent, d_hidden)
        self.out = nn.Linear(2 * d_hidden, d_latent)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(B, d_in)`` to ``(B, d)``."""
        first = F.silu(self.widen(x))
        second = F.silu(self.again(F.silu(self.narrow(first))))
        return self.out(torch.cat([second, first], dim=1))


class PolyLDM(LatentPrior):
    """A denoiser and, frozen, the autoencoder whose codes it makes."""

    held_out: ClassVar[Mapping[str, tuple[str, str]]] = {"valid_noise": ("train", "noise")}

    def __init__(self, config: PolyLDMConfig) -> None:
        super().__init__(config)
        self.config = config
        self.diffusion = Diffusion(config.n_steps)
        denoiser = {"mlp": MLPDenoiser, "unet": UNetDenoiser}[config.denoiser]
        self.denoiser = denoiser(self.d_latent + self.d_property + config.d_step, config.d_hidden, self.d_latent)

    def noise(self, x: Tensor, step: Tensor, e: Tensor) -> Tensor:
        """Return the ``(B, d)`` noise that is in x at ``(B,)`` steps, given embeddings ``(B, d_property)``."""
        at = step_embedding(step, self.config.d_step, self.config.n_steps)
        return self.denoiser(torch.cat([x, e.to(x.dtype), at], dim=1)).float()

    def prior_loss(self, x: Tensor, e: Tensor, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Return ``{"loss", "noise"}``: mean squared error of the noise, 1 for a network that says nothing."""
        noise = torch.randn(x.shape, generator=generator, device=x.device)
        step = torch.randint(self.config.n_steps, (len(x),), generator=generator, device=x.device)
        error = F.mse_loss(self.noise(self.diffusion.add_noise(x, noise, step), step, e), noise)
        return {"loss": error, "noise": error}

    def draw(
        self, requests: Requests, writing: Writing, *, sampler: str = "ddpm", steps: int = 50, **options: Any
    ) -> Tensor:
        """Return one ``(B, d)`` code made from noise for each request."""
        e = self.embedded(requests)
        free = torch.zeros_like(e)  # what the embedding of no request is
        scale = writing.guidance_scale
        guided = asked(requests, scale)

        def denoise(x: Tensor, step: Tensor) -> Tensor:
            if not guided:
                return self.noise(x, step, e)
            both = self.noise(torch.cat([x, x]), torch.cat([step, step]), torch.cat([e, free]))
            return guide(both, scale)

        return self.diffusion.sample(
            denoise, (len(requests), self.d_latent), generator=writing.generator, n_steps=steps,
            eta=1.0 if sampler == "ddpm" else 0.0, check=writing.check,
        )  # fmt: skip
