"""Classifier-free guidance (Ho & Salimans, 2022, https://arxiv.org/abs/2207.12598): away from what is unasked for.

    u + s (c - u)

of the outputs c with and u without the request, at a scale s: 0 ignores it, 1 is as trained, more exaggerates. With
logits in the place of the paper's scores it guides networks that write.

Shapes: B batch, A rows that have not ended, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from polydesign.nn.requests import Requests
from polydesign.writing.sampling import Stepper


def asked(requests: Requests, scale: float) -> bool:
    """Tell whether guidance changes anything: there is a request, and a scale other than 1."""
    return scale != 1.0 and bool(requests.given.any())


def guide(both: Tensor, scale: float) -> Tensor:
    """Return ``(B, ...)`` guided outputs of ``(2 B, ...)``: those with the request, then those without."""
    conditional, unconditional = both.chunk(2)
    return unconditional + scale * (conditional - unconditional)


class Guided:
    """Steps a network with and without the request, in one batch of twice the rows.

    Args:
        stepper: at work on 2 B rows; the second half of them are the first without their requests.
        batch: number B of strings.
        scale: see the module.
    """

    def __init__(self, stepper: Stepper, batch: int, scale: float) -> None:
        self.stepper, self.batch, self.scale = stepper, batch, scale

    def step(self, tokens: Tensor) -> Tensor:
        """Return the ``(A, V)`` guided logits of what follows ``(A,)`` tokens."""
        return guide(self.stepper.step(torch.cat([tokens, tokens])), self.scale)

    def keep(self, rows: Tensor) -> None:
        """Keep only the batch `rows`, in both halves."""
        self.stepper.keep(torch.cat([rows, rows + self.batch]))
        self.batch = len(rows)


def guided(start: Callable[..., Stepper], requests: Requests, scale: float, *beside: Tensor) -> Stepper:
    """Return ``start(requests, *beside)``, guided where that changes anything.

    Args:
        start: returns a stepper of as many rows as there are requests.
        requests: of B rows.
        scale: see the module.
        beside: further tensors of B rows, the same with and without the request.
    """
    if not asked(requests, scale):
        return start(requests, *beside)
    twice = requests.before(requests.hidden())
    return Guided(start(twice, *(torch.cat([part, part]) for part in beside)), len(requests), scale)
