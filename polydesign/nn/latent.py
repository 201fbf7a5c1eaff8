"""What variational autoencoders share: a Gaussian code for each input, and how far it is from the prior.

    q(z | x) = N(mean, exp(log_var)),   p(z) = N(0, 1),   z = mean + exp(log_var / 2) e,   e ~ N(0, 1)

(Kingma & Welling, 2014, https://arxiv.org/abs/1312.6114). Shapes: B batch, d dimensions of the code.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from polydesign.nn.conditions import ConditionEmbedding
from polydesign.nn.trainable import Writer
from polydesign.writing.mask import Constraint

ACTIVE = 0.01
"""A dimension whose mean varies less than this from input to input says nothing."""


class Autoencoder(Writer):
    """A writer that also reads: strings and properties to codes and back.

    Attributes:
        d_latent: dimensions of a code.
        properties: embedding of the requests, one of `d_property` numbers.
    """

    d_latent: int
    d_property: int
    properties: ConditionEmbedding

    @abstractmethod
    def posterior(self, tokens: Tensor, values: Tensor, given: Tensor) -> tuple[Tensor, Tensor]:
        """Return ``(B, d)`` means and logarithms of variances of the codes of ``(B, T)`` tokens and requests."""

    @abstractmethod
    def codes(
        self,
        values: Tensor,
        given: Tensor,
        *,
        generator: torch.Generator,
        check: Callable[[], None] | None = None,
        **settings: Any,
    ) -> Tensor:
        """Return one new code ``(B, d)`` for each row of ``(B, C)`` requests."""

    @abstractmethod
    def decode(
        self,
        z: Tensor,
        values: Tensor,
        given: Tensor,
        *,
        generator: torch.Generator,
        temperature: float = 0.0,
        top_p: float = 1.0,
        guidance_scale: float = 1.0,
        check: Callable[[], None] | None = None,
        constraint: Constraint | None = None,
    ) -> list[list[int]]:
        """Return one token sequence, start and end left off, for each of the ``(B, d)`` codes and its request."""


def kl_weight(schedule: str, within: float, cycles: int = 4, ramp: float = 0.5) -> float:
    """Return the share, in [0, 1], of its full weight that the KL term has at the point `within` of a phase.

    "constant"; "linear": rises over the first `ramp` of the phase (Bowman et al., 2016,
    https://arxiv.org/abs/1511.06349); "cyclical": does so in each of `cycles` equal parts (Fu et al., 2019,
    https://arxiv.org/abs/1903.10145).
    """
    if schedule == "constant":
        return 1.0
    if schedule == "cyclical":
        within = 1.0 if within >= 1.0 else within * cycles % 1.0
    return min(within / ramp, 1.0) if ramp > 0 else 1.0


def reparametrize(mean: Tensor, log_var: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Return ``(B, d)`` draws of N(mean, exp(log_var)) through which gradients reach both."""
    noise = torch.randn(mean.shape, generator=generator, device=mean.device, dtype=mean.dtype)
    return mean + torch.exp(0.5 * log_var) * noise


def gaussian_kl(mean: Tensor, log_var: Tensor) -> Tensor:
    """Return ``(B, d)`` nats, KL(N(mean, exp(log_var)) || N(0, 1)) of each dimension."""
    return 0.5 * (log_var.exp() + mean.square() - log_var - 1.0)


def free_bits(kl: Tensor, least: float) -> Tensor:
    """Return the KL of a batch, in nats a string, below `least` nats a dimension held at `least`.

    A dimension whose mean over the batch is below has no gradient, so that the decoder may learn to use it
    before it is pushed to the prior (Kingma et al., 2016, https://arxiv.org/abs/1606.04934, with groups of one).
    With `least` 0 this is the plain KL.
    """
    return kl.mean(dim=0).clamp(min=least).sum()


def active_units(means: np.ndarray, threshold: float = ACTIVE) -> int:
    """Count the dimensions of (N, d) posterior means that vary from input to input: variance above `threshold`.

    Burda et al., 2016 (https://arxiv.org/abs/1509.00519). A dimension that does not vary tells the decoder nothing.
    """
    return int((np.var(means, axis=0) > threshold).sum())
