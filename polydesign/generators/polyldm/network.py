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
reads them a second time is an option of sampling.

The autoencoder is a part: the checkpoint names its checkpoint by id and sha256 (store/record.py), and the store hands
its weights over under the name ``autoencoder.``; a checkpoint of the older form carries them itself. Which family it is
of comes from the config: it is built through the registry.

Shapes: B batch, T tokens, C conditions, d dimensions of a code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, ClassVar, Self

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polydesign.core import registry
from polydesign.core.errors import TrainingError
from polydesign.core.properties import DESCRIPTORS
from polydesign.generators.polyldm.config import PolyLDMConfig
from polydesign.nn.conditions import hide_some
from polydesign.nn.diffusion import Diffusion, step_embedding
from polydesign.nn.latent import Autoencoder, reparametrize
from polydesign.writing.mask import Constraint


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


class PolyLDM(Autoencoder):
    """A denoiser and, frozen, the autoencoder whose codes it makes."""

    held_out: ClassVar[Mapping[str, tuple[str, str]]] = {"valid_noise": ("train", "noise")}
    exact: Tensor

    def __init__(self, config: PolyLDMConfig) -> None:
        super().__init__()
        if not config.autoencoder_family:
            raise TrainingError("PolyLDM works in the space of an autoencoder. Name its checkpoint: --autoencoder ID.")
        self.config = config
        settings = {k: tuple(v) if isinstance(v, list) else v for k, v in config.autoencoder.items()}
        network = registry.network_class(config.autoencoder_family)
        if not issubclass(network, Autoencoder):
            raise TrainingError(f"The family '{config.autoencoder_family}' has no codes that PolyLDM could make.")
        self.autoencoder: Autoencoder = network(registry.config_class(config.autoencoder_family)(**settings))
        self.properties = type(self.autoencoder.properties)(len(config.conditions), self.autoencoder.d_property)
        self.autoencoder.requires_grad_(False).eval()
        self.max_tokens = self.autoencoder.max_tokens
        self.d_latent, self.d_property = self.autoencoder.d_latent, self.autoencoder.d_property
        self.diffusion = Diffusion(config.n_steps)
        denoiser = {"mlp": MLPDenoiser, "unet": UNetDenoiser}[config.denoiser]
        self.denoiser = denoiser(self.d_latent + self.d_property + config.d_step, config.d_hidden, self.d_latent)
        # Parameters, so that they are kept with the weights; measured, not trained.
        self.shift = nn.Parameter(torch.zeros(self.d_latent), requires_grad=False)
        self.scale = nn.Parameter(torch.ones(self.d_latent), requires_grad=False)
        exact = torch.tensor([key in DESCRIPTORS for key in config.conditions], dtype=torch.bool)
        self.register_buffer("exact", exact, persistent=False)

    def train(self, mode: bool = True) -> Self:
        """Switch to training or back; the autoencoder stays as it is."""
        super().train(mode)
        self.autoencoder.eval()
        return self

    @torch.no_grad()
    def take(self, weights: Mapping[str, Tensor]) -> None:
        """Take the trained weights of the autoencoder."""
        self.autoencoder.load_state_dict(dict(weights), strict=True)
        self.properties.load_state_dict(self.autoencoder.properties.state_dict())

    @torch.no_grad()
    def read(self, batch: dict[str, Tensor], generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Return ``mean`` and ``log_var`` ``(B, d)`` of the codes of ``tokens`` ``(B, T)``, and what else `loss` reads.

        Some of the properties are hidden, from the autoencoder and thus from the denoiser too.
        """
        given = hide_some(batch["given"], self.exact, self.config.p_unconditional, generator)
        mean, log_var = self.posterior(batch["tokens"], batch["values"], given)
        return {"mean": mean.float(), "log_var": log_var.float(), "values": batch["values"], "given": given}

    @torch.no_grad()
    def measure(self, mean: Tensor, log_var: Tensor) -> None:
        """Measure where codes lie and how they are spread, of ``(N, d)`` means and logarithms of variances."""
        z = reparametrize(mean, log_var, torch.Generator(device=mean.device).manual_seed(0))
        self.shift.copy_(z.mean(dim=0))
        self.scale.copy_(z.std(dim=0, correction=0).clamp(min=1e-3))

    def noise(self, x: Tensor, step: Tensor, e: Tensor) -> Tensor:
        """Return the ``(B, d)`` noise that is in x at ``(B,)`` steps, given embeddings ``(B, d_property)``."""
        at = step_embedding(step, self.config.d_step, self.config.n_steps)
        return self.denoiser(torch.cat([x, e.to(x.dtype), at], dim=1)).float()

    def loss(self, batch: dict[str, Tensor], phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Return ``{"loss", "noise"}``: mean squared error of the noise, 1 for a network that says nothing.

        Args:
            batch: as `read` returns it.
            phase: "frozen" keeps the property embedding as it is.
            generator: source of codes, steps and noise.
        """
        x = (reparametrize(batch["mean"], batch["log_var"], generator) - self.shift) / self.scale
        noise = torch.randn(x.shape, generator=generator, device=x.device)
        step = torch.randint(self.config.n_steps, (len(x),), generator=generator, device=x.device)
        with torch.set_grad_enabled(torch.is_grad_enabled() and phase != "frozen"):
            e = self.properties(batch["values"], batch["given"])[:, 0]
        error = F.mse_loss(self.noise(self.diffusion.add_noise(x, noise, step), step, e), noise)
        return {"loss": error, "noise": error}

    @torch.no_grad()
    def codes(
        self,
        values: Tensor,
        given: Tensor,
        *,
        generator: torch.Generator,
        guidance_scale: float = 1.0,
        sampler: str = "ddpm",
        steps: int = 50,
        check: Callable[[], None] | None = None,
    ) -> Tensor:
        """Return one code ``(B, d)``, in the autoencoder's space, for each row of ``(B, C)`` requests."""
        e = self.properties(values, given)[:, 0]
        free = torch.zeros_like(e)  # what the embedding of no request is
        guided = guidance_scale != 1.0 and bool(given.any())

        def denoise(x: Tensor, step: Tensor) -> Tensor:
            if not guided:
                return self.noise(x, step, e)
            both = self.noise(torch.cat([x, x]), torch.cat([step, step]), torch.cat([e, free]))
            conditional, unconditional = both.chunk(2)
            return unconditional + guidance_scale * (conditional - unconditional)

        x = self.diffusion.sample(
            denoise, (len(values), self.d_latent), generator=generator, n_steps=steps,
            eta=1.0 if sampler == "ddpm" else 0.0, check=check,
        )  # fmt: skip
        return x * self.scale + self.shift

    def sample(
        self,
        values: Tensor,
        given: Tensor,
        *,
        generator: torch.Generator,
        temperature: float = 1.0,
        top_p: float = 1.0,
        guidance_scale: float = 1.0,
        check: Callable[[], None] | None = None,
        constraint: Constraint | None = None,
        sampler: str = "ddpm",
        steps: int = 50,
        twice: bool = True,
    ) -> list[list[int]]:
        """Make a code for each row of ``(B, C)`` requests and decode it; start and end are left off.

        With `twice` the decoder reads the request too.
        """
        z = self.codes(
            values, given, generator=generator, guidance_scale=guidance_scale, sampler=sampler, steps=steps, check=check
        )
        read = given if twice else torch.zeros_like(given)
        return self.decode(
            z, values, read, generator=generator, temperature=temperature, top_p=top_p, check=check,
            constraint=constraint,
        )  # fmt: skip

    def posterior(self, tokens: Tensor, values: Tensor, given: Tensor) -> tuple[Tensor, Tensor]:
        """Return the autoencoder's ``(B, d)`` means and logarithms of variances."""
        return self.autoencoder.posterior(tokens, values, given)

    def decode(self, z: Tensor, values: Tensor, given: Tensor, **settings: Any) -> list[list[int]]:
        """Return the token sequences that the autoencoder writes for ``(B, d)`` codes and requests."""
        return self.autoencoder.decode(z, values, given, **settings)
