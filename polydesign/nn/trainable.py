"""What the training loop and the generators ask of a network."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from polydesign.nn.guidance import guided
from polydesign.nn.requests import Conditions, Requests
from polydesign.writing.sampling import Stepper, Writing, sample_sequences


class Trainable(nn.Module, ABC):
    """A network that gives its own losses.

    Attributes:
        held_out: name of a figure on held-out strings -> the phase and the part of its loss that it is.
        fresh: beginnings of names of weights that a checkpoint to go on from may lack: they begin without influence.
    """

    fresh: ClassVar[tuple[str, ...]] = ()
    held_out: ClassVar[Mapping[str, tuple[str, str]]] = {
        "valid_token": ("pretrain", "token"),
        "valid_token_conditional": ("finetune", "token"),
    }

    @abstractmethod
    def loss(self, batch: dict[str, Tensor], phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Return ``"loss"``, which carries the gradient, and its parts, of a batch in the phase of that name."""

    def proceed(self, phase: str, within: float) -> None:
        """Be told before each step how far, in [0, 1], the phase of that name has come."""


class Writer(nn.Module, ABC):
    """A network that writes token sequences; what it learns from is another matter.

    Attributes:
        max_tokens: longest sequence, start and end included.
        conditions: the properties that it reads; none unless it says so.
    """

    max_tokens: int
    conditions: Conditions = Conditions()

    @abstractmethod
    def sample(self, requests: Requests, writing: Writing, **options: Any) -> list[list[int]]:
        """Return one token sequence, start and end left off, for each request.

        `options` are those of the family that `Writing` does not hold.
        """


class LikelihoodWriter(Writer, Trainable):
    """A writer that knows how probable a sequence is, and can therefore be reinforced."""

    @abstractmethod
    def stepper(self, requests: Requests) -> Stepper:
        """Return this network at work on one string for each request."""

    @abstractmethod
    def token_log_prob(self, tokens: Tensor, requests: Requests) -> Tensor:
        """Return ``(B, T - 1)`` log-probabilities of tokens 1..T-1; zero where the target is padding."""

    def hide(self, requests: Requests, generator: torch.Generator | None) -> Requests:
        """Hide some of what is known, the way people ask; a network that reads nothing has nothing to hide."""
        return requests

    @torch.no_grad()
    def sample(self, requests: Requests, writing: Writing, **options: Any) -> list[list[int]]:
        """Return one token sequence, start and end left off, for each request."""
        stepper = guided(self.stepper, requests, writing.guidance_scale)
        return sample_sequences(stepper, len(requests), self.max_tokens - 1, writing)
