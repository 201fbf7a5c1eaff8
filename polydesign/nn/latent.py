"""What variational autoencoders share: a Gaussian code for each input, and how far it is from the prior.

    q(z | x) = N(mean, exp(log_var)),   p(z) = N(0, 1),   z = mean + exp(log_var / 2) e,   e ~ N(0, 1)

(Kingma & Welling, 2014, https://arxiv.org/abs/1312.6114). Shapes: B batch, d dimensions of the code.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

_ACTIVE = 0.01


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


def active_units(means: np.ndarray, threshold: float = _ACTIVE) -> int:
    """Count the dimensions of (N, d) posterior means that vary from input to input: variance above `threshold`.

    Burda et al., 2016 (https://arxiv.org/abs/1509.00519). A dimension that does not vary tells the decoder nothing.
    """
    return int((np.var(means, axis=0) > threshold).sum())
