"""Supervised learning: the network's own loss of a batch of data."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from polydesign.data.encodings.stream import Batch
from polydesign.nn.trainable import Trainable
from polydesign.training.objectives.objective import Objective
from polydesign.training.optimizers import Optimizer, optimizer_of
from polydesign.training.step import Step


class Supervised(Objective):
    """Minimise what `Trainable.loss` returns.

    Args:
        network: gives its losses by the name of the phase.
        optimizer: a name of `optimizers.OPTIMIZERS`.
        mixed: whether products may be rounded to bfloat16 where that is quicker.
        phase: whose loss is taken, whatever phase the run is in; None for the present one's.
    """

    def __init__(
        self, network: Trainable, optimizer: str = "muon", *, mixed: bool = True, phase: str | None = None
    ) -> None:
        self.network = network
        self.optimizer = optimizer
        self.mixed = mixed
        self.phase = phase

    @property
    def followed(self) -> Trainable:
        """See `Objective`."""
        return self.network

    def optimizers(self, weight_decay: float) -> dict[str, Optimizer]:
        """See `Objective`."""
        return {"network": optimizer_of(self.optimizer, self.network, weight_decay)}

    def step(self, batches: Iterator[Batch], at: Step) -> dict[str, Tensor]:
        """See `Objective`."""
        losses, weight = self.losses(next(batches), at)
        at.update("network", losses["loss"], self.network.parameters(), weight=weight)
        return at.mean(losses, weight)

    def losses(self, batch: Batch, at: Step) -> tuple[dict[str, Tensor], float]:
        """Return the losses of the next step's batch, and how much this process's part of it weighs."""
        self.network.proceed(at.phase.name, at.within)
        with at.autocast(self.mixed):
            losses = self.network.loss(at.tensors(batch), self.phase or at.phase.name, at.generator)
        return losses, at.count(batch)

    def held_out(self, batch: dict[str, Tensor], at: Step) -> dict[str, Tensor]:
        """Return the figures that the network names in `Trainable.held_out`, each from the phase it belongs to."""
        wanted = self.network.held_out
        figures: dict[str, Tensor] = {}
        for phase in dict.fromkeys(phase for phase, _ in wanted.values()):
            losses = self.network.loss(batch, phase, at.fresh_generator())
            figures |= {name: losses[part] for name, (of, part) in wanted.items() if of == phase}
        return {name: figures[name] for name in wanted}
