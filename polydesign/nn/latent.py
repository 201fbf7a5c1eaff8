"""What variational autoencoders share: a Gaussian code for each input, and how far it is from the prior.

    q(z | x) = N(mean, exp(log_var)),   p(z) = N(0, 1),   z = mean + exp(log_var / 2) e,   e ~ N(0, 1)

(Kingma & Welling, 2014, https://arxiv.org/abs/1312.6114). Shapes: B batch, d dimensions of the code.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from polydesign.nn.conditions import ConditionEmbedding
from polydesign.nn.requests import Requests
from polydesign.nn.trainable import Trainable, Writer
from polydesign.writing.sampling import Writing

ACTIVE = 0.01
"""A dimension whose mean varies less than this from input to input says nothing."""


@dataclass(frozen=True, eq=False)
class Gaussian:
    """One normal distribution with independent dimensions for each row of a batch.

    Attributes:
        mean: ``(B, d)``.
        log_var: ``(B, d)``, natural logarithms of the variances.
    """

    mean: Tensor
    log_var: Tensor

    def draw(self, generator: torch.Generator | None = None) -> Tensor:
        """Return one ``(B, d)`` draw of each, through which gradients reach both."""
        mean = self.mean
        noise = torch.randn(mean.shape, generator=generator, device=mean.device, dtype=mean.dtype)
        return mean + torch.exp(0.5 * self.log_var) * noise

    def kl(self) -> Tensor:
        """Return ``(B, d)`` nats, KL(N(mean, exp(log_var)) || N(0, 1)) of each dimension."""
        return 0.5 * (self.log_var.exp() + self.mean.square() - self.log_var - 1.0)


class LatentWriter(Writer):
    """A writer that also reads: strings and requests to codes and back.

    Attributes:
        d_latent: dimensions of a code.
    """

    d_latent: int

    @abstractmethod
    def encode(self, tokens: Tensor, requests: Requests) -> Gaussian:
        """Return q(z | string, request) of ``(B, T)`` tokens; what is too long is read in part."""

    @abstractmethod
    def decode(self, z: Tensor, requests: Requests, writing: Writing) -> list[list[int]]:
        """Return one token sequence, start and end left off, for each of the ``(B, d)`` codes and its request."""

    @abstractmethod
    def codes(self, requests: Requests, writing: Writing, **options: Any) -> Tensor:
        """Return one code ``(B, d)`` for each request.

        Of the options that `sample` takes, those that do not tell how codes are drawn have no influence.
        """

    def sample(self, requests: Requests, writing: Writing, **options: Any) -> list[list[int]]:
        """Decode one new code for each request; start and end are left off."""
        return self.decode(self.codes(requests, writing, **options), requests, writing)


class Autoencoder(LatentWriter, Trainable):
    """One that learns to read and to write by a loss of its own.

    Attributes:
        d_property: width of `properties`, its embedding of the requests; 0, without one, where it reads none.
    """

    d_property: int = 0
    properties: ConditionEmbedding

    def codes(self, requests: Requests, writing: Writing, *, spread: float = 1.0, **options: Any) -> Tensor:
        """Return draws of N(0, spread^2), whatever is asked for; see `LatentWriter`."""
        generator = writing.generator
        return spread * torch.randn(len(requests), self.d_latent, generator=generator, device=generator.device)


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
