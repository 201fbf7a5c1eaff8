"""What the training loop asks of a network."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn

from polydesign.writing.mask import Constraint


class Trainable(nn.Module, ABC):
    """A network that gives its own losses.

    Attributes:
        held_out: name of a figure on held-out strings -> the phase and the part of its loss that it is.
    """

    held_out: ClassVar[Mapping[str, tuple[str, str]]] = {
        "valid_token": ("pretrain", "token"),
        "valid_token_conditional": ("finetune", "token"),
    }

    @abstractmethod
    def loss(self, batch: dict[str, Tensor], phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Return ``"loss"``, which carries the gradient, and its parts, of a batch in the phase of that name."""

    def proceed(self, phase: str, within: float) -> None:
        """Be told before each step how far, in [0, 1], the phase of that name has come."""


class Writer(Trainable):
    """A network that writes token sequences for property requests.

    Attributes:
        max_tokens: longest sequence, start and end included.
    """

    max_tokens: int

    @abstractmethod
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
    ) -> list[list[int]]:
        """Return one token sequence, start and end left off, for each row of ``(B, C)`` requests."""


class Policy(Writer):
    """A writer that knows how probable a sequence is, and can therefore be reinforced."""

    @abstractmethod
    def hide(self, given: Tensor, generator: torch.Generator | None) -> Tensor:
        """Hide some of the ``(B, C)`` known properties, the way people ask."""

    @abstractmethod
    def token_log_prob(self, tokens: Tensor, values: Tensor, given: Tensor) -> Tensor:
        """Return ``(B, T - 1)`` log-probabilities of tokens 1..T-1; zero where the target is padding."""
