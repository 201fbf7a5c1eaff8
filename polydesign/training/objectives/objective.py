"""The contract between the training loop and what is trained.

The loop keeps time, pace, averages, log, resume and processes; an objective keeps losses and optimizers. A run goes
through phases, each with an objective of its own or the same one; what they follow is one network.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping

from torch import Tensor, nn

from polydesign.data.encodings.stream import Batch
from polydesign.training.optimizers import Optimizer
from polydesign.training.step import Step


class Objective(ABC):
    """What one phase of a run asks of its networks."""

    @property
    @abstractmethod
    def followed(self) -> nn.Module:
        """The network that is averaged and shipped; a critic is not."""

    @property
    def others(self) -> Mapping[str, nn.Module]:
        """Further networks that are trained: kept in the state of the run, never shipped."""
        return {}

    @abstractmethod
    def optimizers(self, weight_decay: float) -> dict[str, Optimizer]:
        """Return name -> optimizer. One that a phase before had under the same name goes on with its moments."""

    @abstractmethod
    def step(self, batches: Iterator[Batch], at: Step) -> dict[str, Tensor]:
        """Take one step and return its figures; may pull several batches, and calls `at.update` for each loss."""

    def held_out(self, batch: dict[str, Tensor], at: Step) -> dict[str, Tensor]:
        """Return figures of a batch that is never trained on; called with the averaged network, without gradients."""
        return {}

    def state(self) -> dict[str, Tensor]:
        """Return what else has to be kept for an exact resume, such as a replay buffer."""
        return {}

    def load_state(self, state: Mapping[str, Tensor]) -> None:  # noqa: B027 - most keep nothing
        """Take what `state` returned."""
