"""Recipes of networks that go through the training loop: what a family says of its own, and defaults for the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from polydesign.core import registry
from polydesign.core.configs import LoopConfig
from polydesign.core.specs import Phase
from polydesign.data.encodings.encoding import Encoding, PreparedRows
from polydesign.data.encodings.stream import Batches, Stream
from polydesign.data.encodings.tokens import TokenEncoding
from polydesign.store import Checkpoint
from polydesign.training.objectives.objective import Objective
from polydesign.training.objectives.supervised import Supervised
from polydesign.training.processes import Processes
from polydesign.training.recipe import Made, Order, Recipe
from polydesign.training.run import run

ConfigT = TypeVar("ConfigT", bound=LoopConfig)


class LoopRecipe(Recipe, Generic[ConfigT]):
    """A recipe whose network goes through the training loop.

    A family overrides what differs from a network that reads tokens and gives its own loss.

    Attributes:
        encoding: how the family sees a corpus.
        size: name of the setting that is the budget of a batch.
    """

    encoding: Encoding = TokenEncoding()
    size: str = "batch_tokens"

    def encoding_for(self, config: ConfigT) -> Encoding:
        """Return how the family sees a corpus at the settings of a preset."""
        return self.encoding

    def configure(self, config: ConfigT, rows: PreparedRows, parts: Mapping[str, Checkpoint]) -> ConfigT:
        """Return the preset's config, fitted to the data and to the checkpoints that are handed in."""
        return config.for_data(rows.meta)

    def network(self, config: ConfigT, parts: Mapping[str, Checkpoint]) -> Any:
        """Return a new network; what is handed in keeps its weights."""
        return registry.network_class(self.family)(config)

    def batches(self, network: Any, rows: PreparedRows, order: Order) -> Batches:
        """Return what is learnt from."""
        return Stream(rows, getattr(network.config, self.size), network.max_tokens)

    def phases(self, config: ConfigT) -> Sequence[Phase]:
        """Return the phases of a run, in order."""
        return config.phases

    def objective(self, phase: Phase, network: Any, rows: PreparedRows) -> Objective:
        """Return the objective of a phase."""
        return Supervised(network)

    def make(self, order: Order, processes: Processes) -> Made:
        """See `Recipe`."""
        return run(self, order, processes)
