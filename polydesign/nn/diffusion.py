"""Gaussian diffusion of vectors: noise is added in small steps, a network says which, and the steps are undone.

    x_t = sqrt(a_t) x_0 + sqrt(1 - a_t) e,   e ~ N(0, 1),   loss = | e - e_theta(x_t, t) |^2
    x_s = sqrt(a_s) x_0' + sqrt(1 - a_s - v) e' + sqrt(v) n,   v = eta^2 (1 - a_s) / (1 - a_t) (1 - a_t / a_s)

where e' is what the network says, x_0' = (x_t - sqrt(1 - a_t) e') / sqrt(a_t) and s < t. Training and eta = 1 are DDPM
(Ho et al., 2020, https://arxiv.org/abs/2006.11239), eta = 0 is DDIM (Song et al., 2021,
https://arxiv.org/abs/2010.02502, their equations 12 and 16), a_t follows the cosine schedule of Nichol & Dhariwal, 2021
(https://arxiv.org/abs/2102.09672). The schedulers of diffusers are the same lines; the package (28 MB and five further
ones) asks for a huggingface-hub later than the one this project pins.

Shapes: B batch, d dimensions, N steps.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

_OFFSET, _LARGEST_BETA = 0.008, 0.999
# Where less of the signal's variance is left, an error of the predicted noise becomes a large one of the data, which
# DDIM never mends: sampling begins with the first step that has so much, whose input is noise all the same.
_LEAST_SIGNAL = 1e-3

Denoise = Callable[[Tensor, Tensor], Tensor]
"""Says which noise is in ``(B, d)`` vectors at ``(B,)`` steps."""


def cosine_schedule(n_steps: int) -> Tensor:
    """Return ``(N,)`` float32, the share a_t of the signal's variance that is left after steps 1 to N."""
    at = torch.arange(n_steps + 1, dtype=torch.float64) / n_steps
    f = torch.cos((at + _OFFSET) / (1 + _OFFSET) * math.pi / 2).square()
    beta = (1 - f[1:] / f[:-1]).clamp(max=_LARGEST_BETA)
    return (1 - beta).cumprod(dim=0).float()


class Diffusion(nn.Module):
    """Add noise, and sample with a network that predicts it.

    Args:
        n_steps: number N of steps in training.
        reach: predictions of x_0 are kept within -reach to reach (data of unit variance): an error of the first steps,
            where next to nothing of the signal is left, is multiplied by 1 / sqrt(a_t).
    """

    alpha: Tensor

    def __init__(self, n_steps: int, reach: float = 3.0) -> None:
        super().__init__()
        self.n_steps, self.reach = n_steps, reach
        self.register_buffer("alpha", cosine_schedule(n_steps), persistent=False)

    def add_noise(self, x: Tensor, noise: Tensor, step: Tensor) -> Tensor:
        """Return ``(B, d)`` x_t of data and noise at ``(B,)`` steps, counted from 0."""
        alpha = self.alpha[step][:, None]
        return alpha.sqrt() * x + (1 - alpha).sqrt() * noise

    @torch.no_grad()
    def sample(
        self,
        denoise: Denoise,
        shape: tuple[int, int],
        *,
        generator: torch.Generator,
        n_steps: int | None = None,
        eta: float = 0.0,
        check: Callable[[], None] | None = None,
    ) -> Tensor:
        """Return ``(B, d)`` samples.

        Args:
            denoise: the network.
            shape: (B, d).
            generator: source of randomness.
            n_steps: number of steps, evenly spaced among those of training; None takes all.
            eta: 0 is DDIM, 1 is DDPM (exactly so when all steps are taken).
            check: called before each step; may raise to stop.
        """
        last = int((self.alpha >= _LEAST_SIGNAL).sum()) - 1
        n_steps = min(n_steps or self.n_steps, last + 1)
        steps = torch.linspace(last, 0, n_steps).round().long().tolist() if n_steps > 1 else [last]
        x = torch.randn(shape, generator=generator, device=generator.device)
        for step, following in zip(steps, [*steps[1:], -1], strict=True):
            if check is not None:
                check()
            noise = denoise(x, torch.full((len(x),), step, device=x.device))
            x = self.step_back(x, noise, step, following, eta, generator)
        return x

    def step_back(
        self, x: Tensor, noise: Tensor, step: int, following: int, eta: float, generator: torch.Generator
    ) -> Tensor:
        """Return x at the earlier step `following` (-1: the data) from x at `step` and the predicted noise in it."""
        one = torch.ones((), device=x.device)
        now, then = self.alpha[step], self.alpha[following] if following >= 0 else one
        data = ((x - (1 - now).sqrt() * noise) / now.sqrt()).clamp(-self.reach, self.reach)
        noise = (x - now.sqrt() * data) / (1 - now).sqrt()  # what belongs to the data as clamped
        variance = eta**2 * (1 - then) / (1 - now) * (1 - now / then)
        x = then.sqrt() * data + (1 - then - variance).clamp(min=0.0).sqrt() * noise
        if eta > 0 and following >= 0:
            x = x + variance.sqrt() * torch.randn(x.shape, generator=generator, device=x.device)
        return x


def step_embedding(step: Tensor, width: int, n_steps: int) -> Tensor:
    """Return ``(B, width)`` sines and cosines of ``(B,)`` steps of N (Vaswani et al., 2017); `width` is even."""
    frequency = torch.exp(-math.log(10_000.0) * torch.arange(width // 2, device=step.device) / (width // 2))
    # All numbers of steps cover the same range, so that settings compare.
    angle = (step.float() * (1000.0 / n_steps))[:, None] * frequency
    return torch.cat([angle.sin(), angle.cos()], dim=1)
