"""What variational autoencoders share: a Gaussian code for each input, and how far it is from the prior.

    q(z | x) = N(mean, exp(log_var)),   p(z) = N(0, 1),   z = mean + exp(log_var / 2) n,   n ~ N(0, 1)

(Kingma & Welling, 2014, https://arxiv.org/abs/1312.6114), or a prior that is learned for the request, p(z | e)
(`RequestPrior`). Shapes: B batch, d dimensions of the code, C properties.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polydesign.nn.conditions import ConditionEmbedding
from polydesign.nn.requests import Requests
from polydesign.nn.trainable import Trainable, Writer
from polydesign.writing.sampling import Writing

ACTIVE = 0.01
"""A dimension whose mean varies less than this from input to input says nothing."""

_LEAST_PRECISION = 0.25
_LOG_VAR = (-8.0, 2.0)  # of a learned prior: a step too far must not make the next KL infinite


@dataclass(frozen=True, eq=False)
class Gaussian:
    """One normal distribution with independent dimensions for each row of a batch.

    Attributes:
        mean: ``(B, d)``.
        log_var: ``(B, d)``, natural logarithms of the variances.
    """

    mean: Tensor
    log_var: Tensor

    @classmethod
    def standard(cls, batch: int, d: int, device: torch.device | None = None) -> Self:
        """Return N(0, 1) in `d` dimensions, `batch` times."""
        return cls(torch.zeros(batch, d, device=device), torch.zeros(batch, d, device=device))

    def draw(self, generator: torch.Generator | None = None, spread: float = 1.0) -> Tensor:
        """Return one ``(B, d)`` draw of each, through which gradients reach both; `spread` widens its deviation."""
        mean = self.mean
        noise = torch.randn(mean.shape, generator=generator, device=mean.device, dtype=mean.dtype)
        return mean + spread * torch.exp(0.5 * self.log_var) * noise

    def kl(self, prior: Gaussian | None = None) -> Tensor:
        """Return ``(B, d)`` nats, the KL from this to `prior` (N(0, 1) where there is none) of each dimension.

        KL(N(m, s^2) || N(m', s'^2)) = ( s^2 / s'^2 + (m - m')^2 / s'^2 - log(s^2 / s'^2) - 1 ) / 2
        """
        if prior is None:
            return 0.5 * (self.log_var.exp() + self.mean.square() - self.log_var - 1.0)
        ratio = self.log_var - prior.log_var
        return 0.5 * (ratio.exp() + (self.mean - prior.mean).square() * (-prior.log_var).exp() - ratio - 1.0)

    def guided(self, scale: float) -> Gaussian:
        """Return the density p(z | e) of this, pulled from N(0, 1): p(z) ( p(z | e) / p(z) )^scale, normalised.

        Classifier-free guidance (nn/guidance.py) of a Gaussian is a Gaussian again: with precision
        1 + scale (1 / s^2 - 1), held at 1/4 at least, since it can fall below zero where s > 1, and mean
        scale m / s^2 over that precision.
        """
        if scale == 1.0:
            return self
        own = (-self.log_var).exp()
        precision = (1.0 + scale * (own - 1.0)).clamp(min=_LEAST_PRECISION)
        return Gaussian(scale * self.mean * own / precision, -precision.log())


class RequestPrior(nn.Module):
    """A prior that depends on the request: p(z | e) = N(mean(e), exp(log_var(e))), one layer between.

    The learned prior of conditional autoencoders (Sohn et al., 2015,
    https://papers.nips.cc/paper/2015/hash/8d55a249e6baa5c06772297520da2051-Abstract.html). Ours has no biases, so that
    the embedding 0 of no request gives N(0, 1), and begins as N(0, 1) for every request.

    Args:
        d_property: width of the embedding e of a request.
        d_hidden: width of the layer between.
        d: dimensions of the code.
    """

    def __init__(self, d_property: int, d_hidden: int, d: int) -> None:
        super().__init__()
        self.hidden, self.code = nn.Linear(d_property, d_hidden, bias=False), nn.Linear(d_hidden, 2 * d, bias=False)
        nn.init.zeros_(self.code.weight)

    def forward(self, e: Tensor) -> Gaussian:
        """Return the prior of each of ``(B, d_property)`` embeddings."""
        mean, log_var = self.code(F.silu(self.hidden(e))).float().chunk(2, dim=1)
        return Gaussian(mean, log_var.clamp(*_LOG_VAR))


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

    def prior_of(self, requests: Requests) -> Gaussian:
        """Return p(z | request) of each request: N(0, 1), whatever is asked for, unless a family learns another."""
        return Gaussian.standard(len(requests), self.d_latent, requests.values.device)

    @torch.no_grad()
    def codes(self, requests: Requests, writing: Writing, *, spread: float = 1.0, **options: Any) -> Tensor:
        """Return draws of the guided prior of each request, with `spread` times its deviation; see `LatentWriter`."""
        return self.prior_of(requests).guided(writing.guidance_scale).draw(writing.generator, spread)


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


def cross_covariance(codes: Tensor, values: Tensor, given: Tensor) -> Tensor:
    """Return half the sum of the squared covariances between codes and what is given: 0 where they are unrelated.

    1/2 sum_ij ( 1/N_j sum_n (z_ni - z_i) (y_nj - y_j) )^2, the penalty of Cheung et al., 2014
    (https://arxiv.org/abs/1412.6583); ours takes for each property j the N_j rows that give it, two at least.

    Args:
        codes: ``(B, d)``.
        values: ``(B, C)``, standardised.
        given: ``(B, C)`` bool.
    """
    share = given.float() / given.sum(dim=0).clamp(min=1)
    centred = (values - (share * values).sum(dim=0)) * share * (given.sum(dim=0) > 1)
    # The centred values of a property add up to 0: the mean of the codes drops out.
    return 0.5 * (codes.T @ centred).square().sum()


def active_units(means: np.ndarray, threshold: float = ACTIVE) -> int:
    """Count the dimensions of (N, d) posterior means that vary from input to input: variance above `threshold`.

    Burda et al., 2016 (https://arxiv.org/abs/1509.00519). A dimension that does not vary tells the decoder nothing.
    """
    return int((np.var(means, axis=0) > threshold).sum())
