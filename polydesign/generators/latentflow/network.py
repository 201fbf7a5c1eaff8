"""The latent flow: invertible layers between a normal distribution and the codes of a frozen autoencoder.

    u = f_e(x) = f_L o ... o f_1 (x),   x = (z - shift) / scale,   u ~ N(0, 1)
    log p(z | e) = log N(u; 0, 1) + sum_l log |det df_l / df_(l-1)| - sum_i log scale_i
    f_l (x_a, x_b) = (x_a, g_theta(x_b)),   theta = MLP_l [ x_a ; e ]
    affine    g(x) = exp(s) x + t,   s = a / (1 + |a| / 6.9)
    spline    g a monotonic rational-quadratic spline of K pieces on [-B, B], the identity beyond
    loss = - log p(x | e),   draw: u = spread n,  n ~ N(0, 1),  z = scale f_e^-1(u) + shift

The change of variables and the composition of layers, whose log-determinants add, are those of the course notes the
project began with; they name no layer. Couplings are those of Dinh et al., 2017 (https://arxiv.org/abs/1605.08803) and
Durkan et al., 2019 (https://arxiv.org/abs/1906.04032), as the library zuko (Rozet et al., 2022,
https://doi.org/10.5281/zenodo.7625672) has them: log-scales, widths, heights and slopes pass a soft clip, so that no
layer stretches by more than a thousand. The half x_a is drawn at random for each pair of layers, the second of
which keeps what the first has moved. e, the embedding of the request, is zero where nothing is asked: one network is
both the unconditional and the conditional flow.

Which coupling, how many, with what between them: see the card.

Shapes: B batch, d dimensions of a code, C width of the embedding e.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.distributions import Distribution, Independent, Normal, Transform
from zuko.flows.coupling import GeneralCouplingTransform
from zuko.transforms import ComposedTransform, MonotonicAffineTransform, MonotonicRQSTransform

from polydesign.generators.latentflow.config import LatentFlowConfig
from polydesign.nn.latent_prior import LatentPrior
from polydesign.nn.requests import Requests
from polydesign.writing.sampling import Writing

_SLOPE = 1e-3  # least and, inverted, largest slope of a coupling


def log_density(base: Distribution, f: Transform, x: Tensor) -> Tensor:
    """Return ``(B,)`` log p(x) = log p_base(f(x)) + log |det df/dx|, of x whose image under f follows `base`."""
    u = f(x)
    return base.log_prob(u) + f.log_abs_det_jacobian(x, u)


class Couplings(nn.Module):
    """Layers that take points to noise, each an invertible map whose Jacobian is triangular."""

    def __init__(self, d: int, d_context: int, config: LatentFlowConfig) -> None:
        super().__init__()
        spline = config.coupling == "spline"
        univariate = (
            partial(MonotonicRQSTransform, bound=config.bound, slope=_SLOPE)
            if spline
            else partial(MonotonicAffineTransform, slope=_SLOPE)
        )
        k = config.bins
        self.d = d
        self.layers = nn.ModuleList(
            GeneralCouplingTransform(
                d, d_context, mask, univariate=univariate, shapes=((k,), (k,), (k - 1,)) if spline else ((), ()),
                hidden_features=(config.d_hidden,) * config.hidden_layers, activation=nn.SiLU,
            )
            for mask in _halves(d, config.n_layers)
        )  # fmt: skip
        with torch.no_grad():
            for layer in self.layers:  # begins near the identity
                *_, weight, bias = layer.parameters()  # the last ones of its network
                weight.mul_(0.1)
                bias.zero_()

    def each(self, e: Tensor) -> list[Transform]:
        """Return the layers, from points to noise, for ``(B, C)`` embeddings."""
        return [layer(e) for layer in self.layers]

    def forward(self, e: Tensor) -> Transform:
        """Return all layers as one map from ``(B, d)`` points to noise."""
        return ComposedTransform(*self.each(e))

    def base(self, device: torch.device) -> Distribution:
        """Return N(0, 1) of d dimensions."""
        return Independent(Normal(torch.zeros(self.d, device=device), 1.0), 1)

    def log_density(self, x: Tensor, e: Tensor) -> Tensor:
        """Return ``(B,)`` natural-log densities of ``(B, d)`` points."""
        u, log_det = self(e).call_and_ladj(x)
        return self.base(x.device).log_prob(u) + log_det

    def steps(self, u: Tensor, e: Tensor) -> list[Tensor]:
        """Return what ``(B, d)`` noise is after none, one, ... and all of the layers, the last being points."""
        states = [u]
        for layer in reversed(self.each(e)):
            states.append(layer.inv(states[-1]))
        return states


class LatentFlow(LatentPrior):
    """Couplings and, frozen, the autoencoder whose codes they make of noise."""

    held_out: ClassVar[Mapping[str, tuple[str, str]]] = {"valid_nats": ("train", "loss")}

    def __init__(self, config: LatentFlowConfig) -> None:
        super().__init__(config)
        self.config = config
        self.couplings = Couplings(self.d_latent, self.d_property, config)

    def prior_loss(self, x: Tensor, e: Tensor, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Return ``{"loss"}``: mean of -log p(x | e), nats a code of zero mean and unit variance."""
        with torch.autocast(x.device.type, enabled=False):  # bins and log-determinants want all digits
            return {"loss": -self.couplings.log_density(x.float(), e.float()).mean()}

    def draw(self, requests: Requests, writing: Writing, *, spread: float = 1.0, **options: Any) -> Tensor:
        """Return one ``(B, d)`` code made of noise of standard deviation `spread` for each request."""
        generator = writing.generator
        u = spread * torch.randn(len(requests), self.d_latent, generator=generator, device=generator.device)
        return self.couplings(self.embedded(requests)).inv(u)

    @torch.no_grad()
    def log_density(self, z: Tensor, requests: Requests) -> Tensor:
        """Return ``(B,)`` natural-log densities of ``(B, d)`` codes in the autoencoder's space."""
        x = (z - self.shift) / self.scale
        return self.couplings.log_density(x, self.embedded(requests)) - self.scale.log().sum()


def _halves(d: int, n: int) -> list[Tensor]:
    """Return n ``(d,)`` masks of what a layer keeps: a random half, then the other, then another half; the same ones
    for the same numbers.
    """  # fmt: skip
    generator = torch.Generator().manual_seed(0)
    masks: list[Tensor] = []
    while len(masks) < n:
        half = torch.randperm(d, generator=generator) < d // 2
        masks += [half, ~half]
    return masks[:n]
