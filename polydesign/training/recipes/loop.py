"""Recipes of networks that go through the training loop: what a family says of its own, and defaults for the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from polydesign.core import registry
from polydesign.core.specs import Phase
from polydesign.data.encodings.encoding import Encoding, PreparedRows
from polydesign.data.encodings.stream import Batches, Stream
from polydesign.data.encodings.tokens import TokenEncoding
from polydesign.nn.trainable import Trainable
from polydesign.store import Checkpoint
from polydesign.training.objectives.objective import Objective
from polydesign.training.objectives.supervised import Supervised
from polydesign.training.processes import Processes
from polydesign.training.recipe import Made, Order, Recipe
from polydesign.training.run import run


class LoopRecipe(Recipe):
    """A recipe whose network goes through the training loop.

    A family overrides what differs from a network that reads tokens and gives its own loss.

    Attributes:
        encoding: how the family sees a corpus.
        size: name of the setting that is the budget of a batch.
    """

    encoding: Encoding = TokenEncoding()
    size: str = "batch_tokens"

    def configure(self, config: Any, rows: PreparedRows, parts: Mapping[str, Checkpoint]) -> Any:
        """Return the preset's config, fitted to the data and to the checkpoints that are handed in."""
        return config.for_data(rows.meta)

    def network(self, config: Any, parts: Mapping[str, Checkpoint]) -> Trainable:
        """Return a new network; what is handed in keeps its weights."""
        return registry.network_class(self.family)(config)

    def batches(self, network: Any, rows: PreparedRows, order: Order) -> Batches:
        """Return what is learnt from."""
        return Stream(rows, getattr(network.config, self.size), network.max_tokens)

    def phases(self, config: Any) -> Sequence[Phase]:
        """Return the phases of a run, in order."""
        return config.phases

    def objective(self, phase: Phase, network: Any, rows: PreparedRows) -> Objective:
        """Return the objective of a phase."""
        return Supervised(network)

    def make(self, order: Order, processes: Processes) -> Made:
        """See `Recipe`."""
        return run(self, order, processes)
