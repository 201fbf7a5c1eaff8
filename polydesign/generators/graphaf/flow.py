"""The flow of one decision: a Gaussian of each kind, of which the largest number is what is chosen.

A decision for kind k of D is made continuous as z = onehot(k) + u, u ~ U[0, noise)^D, from which the largest entry
gives k back. The flow is affine, with a mean and a positive scale that are functions of the sub-graph so far:

    z = mu + alpha * eps,    eps = (z - mu) / alpha,    log p(z) = log N(eps; 0, I) - sum log alpha

(GraphAF: Shi et al., 2020, https://arxiv.org/abs/2001.09382.) Where ours differs: the mean over u of that density has
a closed form and is what is learnt from, so that the noise need not be drawn; and the probability that the flow
chooses k, the integral of the density over all z of which entry k is the largest, is computed too:

    P(k) = integral of N(x; mu_k, alpha_k) prod over j other than k of Phi((x - mu_j) / alpha_j) dx

by the trapezoidal rule, which converges exponentially here (Trefethen & Weideman, 2014,
https://doi.org/10.1137/130932132): the scales are bounded, so that no factor is much steeper than the first. It is how
a decision is drawn, and what a policy gradient needs.

Shapes: ... decisions, D kinds, Q points of the rule.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional as F

_POINTS, _WIDTH = 20, 5.0  # between -5 and 5 standard deviations
# log alpha lies between -2 and -0.4: a kind that is certain has noise / sqrt(12), one that is not 0.5 at most.
_LOG_MIDDLE, _LOG_SPREAD = -1.2, 0.8
_REFUSED = -1e4  # mean of a kind that must not be chosen


@dataclass(frozen=True)
class Decision:
    """The flow of each of many decisions.

    Attributes:
        mean: ``(..., D)`` mu.
        log_scale: ``(..., D)`` log alpha.
        noise: width of the uniform noise, in (0, 1].
    """

    mean: Tensor
    log_scale: Tensor
    noise: float

    @classmethod
    def of(cls, outputs: Tensor, noise: float) -> Decision:
        """Return those that the ``(..., 2 D)`` outputs of a network stand for."""
        mean, raw = outputs.float().chunk(2, dim=-1)
        return cls(mean, _LOG_MIDDLE + _LOG_SPREAD * torch.tanh(raw / _LOG_SPREAD), noise)

    def dequantised(self, chosen: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return ``(..., D)`` z of ``(...)`` chosen kinds."""
        kinds = F.one_hot(chosen, self.mean.shape[-1]).to(self.mean.dtype)
        return kinds + self.noise * torch.rand(kinds.shape, generator=generator, device=kinds.device)

    def eps(self, z: Tensor) -> Tensor:
        """Return what the flow makes ``(..., D)`` z of."""
        return (z - self.mean) * torch.exp(-self.log_scale)

    def z(self, eps: Tensor) -> Tensor:
        """Return what the flow makes of ``(..., D)`` eps, the inverse of `eps`."""
        return self.mean + torch.exp(self.log_scale) * eps

    def log_density(self, z: Tensor) -> Tensor:
        """Return ``(...)`` log p(z), nats."""
        return -(0.5 * self.eps(z).square() + self.log_scale + 0.5 * math.log(2 * math.pi)).sum(dim=-1)

    def mean_log_density(self, chosen: Tensor) -> Tensor:
        """Return ``(...)`` means of log p(z) over the noise of ``(...)`` chosen kinds.

        Of each entry E (z - mu)^2 = (onehot + noise / 2 - mu)^2 + noise^2 / 12.
        """
        middle = F.one_hot(chosen, self.mean.shape[-1]) + self.noise / 2
        square = (middle - self.mean).square() + self.noise**2 / 12
        return -(0.5 * square * torch.exp(-2 * self.log_scale) + self.log_scale + 0.5 * math.log(2 * math.pi)).sum(
            dim=-1
        )

    def log_prob(self, chosen: Tensor) -> Tensor:
        """Return ``(...)`` log-probabilities that the kinds ``(...)`` are chosen, at temperature 1."""
        points, log_weights = _rule(self.mean.device)
        scale = torch.exp(self.log_scale)
        index = chosen[..., None]
        x = self.mean.gather(-1, index) + scale.gather(-1, index) * points  # (..., Q)
        below = torch.special.log_ndtr((x[..., None] - self.mean[..., None, :]) / scale[..., None, :])  # (..., Q, D)
        own = F.one_hot(chosen, self.mean.shape[-1]).bool()[..., None, :]
        return torch.logsumexp(below.masked_fill(own, 0.0).sum(dim=-1) + log_weights, dim=-1)

    def draw(self, temperature: float, generator: torch.Generator, allowed: Tensor | None = None) -> Tensor:
        """Return ``(...)`` kinds, the largest entries of z at eps of the standard deviation `temperature`.

        Args:
            temperature: 0 takes the largest mean.
            generator: source of randomness.
            allowed: ``(..., D)`` bool, the kinds among which the largest is taken; None for all.
        """
        eps = temperature * torch.randn(self.mean.shape, generator=generator, device=self.mean.device)
        z = self.z(eps)
        return (z if allowed is None else z.masked_fill(~allowed, _REFUSED)).argmax(dim=-1)


@cache
def _rule(device: torch.device) -> tuple[Tensor, Tensor]:
    """Return ``(Q,)`` points and log-weights of the mean over a standard normal variable."""
    points = torch.linspace(-_WIDTH, _WIDTH, _POINTS, device=device)
    return points, torch.log_softmax(-0.5 * points.square(), dim=0)
