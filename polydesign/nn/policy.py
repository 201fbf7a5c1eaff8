"""What can be reinforced: it acts until an object is complete, and knows how probable its actions were.

No word here of tokens: a string family's actions are tokens, a sequential graph generator's are atoms and bonds.

Shapes: B episodes, L actions of the longest.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from polydesign.nn.requests import Requests

NONE = -1
"""What stands after the last action of an episode."""


@dataclass(frozen=True)
class Episodes:
    """What a policy did.

    Attributes:
        strings: (B,) the raw string of each object.
        actions: ``(B, L)`` int64, numbers of the actions, `NONE` after the last.
    """

    strings: list[str]
    actions: Tensor

    def __len__(self) -> int:
        return len(self.strings)

    @property
    def lengths(self) -> Tensor:
        """``(B,)`` numbers of actions."""
        return (self.actions != NONE).sum(dim=1)

    def rows(self, index: Sequence[int]) -> Episodes:
        """Return the episodes at `index`."""
        return Episodes([self.strings[i] for i in index], self.actions[list(index)])

    def joined(self, other: Episodes) -> Episodes:
        """Return these and `other`."""
        width = max(self.actions.shape[1], other.actions.shape[1])
        parts = [nn.functional.pad(e.actions, (0, width - e.actions.shape[1]), value=NONE) for e in (self, other)]
        return Episodes(self.strings + other.strings, torch.cat(parts))


class Policy(ABC):
    """A generator that acts step by step.

    Attributes:
        network: what is trained.
    """

    network: nn.Module

    @abstractmethod
    def rollout(self, requests: Requests, generator: torch.Generator) -> Episodes:
        """Act once for each of B requests, without gradients."""

    @abstractmethod
    def log_prob(self, episodes: Episodes, requests: Requests) -> Tensor:
        """Return ``(B,)`` natural-log probabilities of all that was done, through which gradients reach the network."""
