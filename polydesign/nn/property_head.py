"""Properties read from a code, and codes led to properties.

    u = (z - mean) / std             over codes as the generator draws them
    y(u) = A u + W_2 SiLU(W_1 u)     standardised properties
    climb: from a drawn u_0 up the gradient of
        - |u - u_0|^2 / 2  -  sum_k (y_k(u) - [nearest wished-for y_k] - s_k e_k)^2 / 2 s_k^2,    e ~ N(0, 1)

The property head on a latent space and the ascent are those of Gómez-Bombarelli et al., 2018
(https://doi.org/10.1021/acscentsci.7b00572), whose head is trained with the autoencoder; ours is fitted afterwards, to
codes of the generator's own. The objective is randomize-then-optimize (Bardsley et al., 2014,
https://doi.org/10.1137/140964023): the noise e makes the end points of a linear head exact draws of the prior given
the properties, so that codes keep the norm and the variety that the decoder knows, and the strength of the pull is no
setting but the width s of what is wished for.

Shapes: B batch, d dimensions of a code, K properties.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

_VALIDATION = 0.15  # of the rows given: says when to stop fitting
_PATIENCE = 40  # steps without a better validation error


class PropertyHead(nn.Module):
    """``(B, d)`` codes to ``(B, K)`` standardised properties; see the module."""

    mean: Tensor
    std: Tensor

    def __init__(self, mean: Tensor, std: Tensor, n_properties: int, d_hidden: int = 128) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("std", std)
        self.linear = nn.Linear(len(mean), n_properties)
        self.curved = nn.Sequential(nn.Linear(len(mean), d_hidden), nn.SiLU(), nn.Linear(d_hidden, n_properties))

    def standardised(self, z: Tensor) -> Tensor:
        """Return ``(B, d)`` codes u."""
        return (z - self.mean) / self.std

    def original(self, u: Tensor) -> Tensor:
        """Return ``(B, d)`` codes z."""
        return self.mean + self.std * u

    def read(self, u: Tensor) -> Tensor:
        """Return the ``(B, K)`` properties of standardised codes."""
        return self.linear(u) + self.curved(u)

    def forward(self, z: Tensor) -> Tensor:
        """Return the ``(B, K)`` standardised properties of codes."""
        return self.read(self.standardised(z))


def fit_head(
    z: Tensor, y: Tensor, *, seed: int, max_steps: int = 1000, check: Callable[[], None] | None = None
) -> PropertyHead:
    """Fit a head to ``(N, d)`` codes and their ``(N, K)`` standardised properties, NaN where unknown.

    Full-batch AdamW on the mean squared error, stopped when a held-back share of the rows gets no better; the best
    step's weights are returned. `check` is called before each step and may raise.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        head = PropertyHead(z.mean(dim=0), z.std(dim=0, correction=0).clamp(min=1e-3), y.shape[1])
    order = torch.randperm(len(z), generator=torch.Generator().manual_seed(seed))
    n_validation = max(1, round(_VALIDATION * len(z)))
    held_back, rest = order[:n_validation], order[n_validation:]
    optimizer = torch.optim.AdamW(head.parameters(), lr=3e-3, weight_decay=0.1)
    best, best_weights, since = math.inf, head.state_dict(), 0
    for _ in range(max_steps):
        if check is not None:
            check()
        optimizer.zero_grad()
        _error(head, z[rest], y[rest]).backward()
        optimizer.step()
        with torch.no_grad():
            now = float(_error(head, z[held_back], y[held_back]))
        since += 1
        if now < best:
            best, since = now, 0
            best_weights = {name: tensor.clone() for name, tensor in head.state_dict().items()}
        if since >= _PATIENCE:
            break
    head.load_state_dict(best_weights)
    return head.eval().requires_grad_(False)


def climb(
    head: PropertyHead,
    z: Tensor,
    columns: Sequence[int],
    low: Tensor,
    high: Tensor,
    width: Tensor,
    *,
    generator: torch.Generator,
    n_steps: int = 20,
    check: Callable[[], None] | None = None,
) -> Tensor:
    """Return ``(B, d)`` codes near the drawn ones `z` whose properties lie nearer to what is wished for.

    Each step goes half the way to where the objective would be best if the head were the line that its gradient J at
    the present code says (Gauss-Newton): u_0 + J^T (J J^T + diag s^2)^-1 (wished-for y - y(u) + J (u - u_0)).

    Args:
        head: what reads properties from codes.
        z: ``(B, d)`` drawn codes, in which the ascent begins.
        columns: the K of the head's properties that something is wished of.
        low, high: ``(K,)`` standardised bounds of the wished-for values, equal or infinite on one side.
        width: ``(K,)`` standard deviations s of the wishes, on the same scale.
        generator: source of the noise e.
        n_steps: number of steps.
        check: called before each step; may raise.
    """
    noise = width * torch.randn(len(z), len(width), generator=generator)
    low, high = low + noise, high + noise
    start = u = head.standardised(z)
    for _ in range(n_steps):
        if check is not None:
            check()
        u = u.detach().requires_grad_(True)
        y = head.read(u)[:, columns]
        slopes = [torch.autograd.grad(column.sum(), u, retain_graph=True)[0] for column in y.unbind(dim=1)]
        slope = torch.stack(slopes, dim=1)  # (B, K, d)
        missing = torch.minimum(torch.maximum(y, low), high) - y + ((u - start)[:, None] * slope).sum(dim=2)
        gram = slope @ slope.transpose(1, 2) + torch.diag(width.square())
        pull = torch.linalg.solve(gram, missing.detach()[:, :, None])
        best = start + (slope * pull).sum(dim=1)
        u = u + 0.5 * (best - u)
    return head.original(u.detach())


def _error(head: PropertyHead, z: Tensor, y: Tensor) -> Tensor:
    known = ~torch.isnan(y)
    return (head(z) - y)[known].square().mean()
