"""Settings of the combinatorial family."""

from __future__ import annotations

from dataclasses import dataclass

from polydesign.core.errors import TrainingError
from polydesign.core.specs import Minutes


@dataclass(frozen=True)
class CombinatorialConfig:
    """Everything needed to rebuild the model, apart from fragments and counts.

    Attributes:
        most: chains that are read of each group of the corpus, drawn at random where there are more.
        min_chains: a fragment, a filled place or a bond of fewer chains is left out; at least 3, so that no chain can
            be told from what it alone has.
        max_atoms: heavy atoms of a unit at most; measured.
    """

    most: int = 15_000
    min_chains: int = 3
    max_atoms: int = 0

    def __post_init__(self) -> None:
        if self.most < 1:
            raise TrainingError(f"most must be at least 1; got {self.most}.")
        if self.min_chains < 3:
            raise TrainingError(f"min_chains must be at least 3; got {self.min_chains}.")


PRESETS = {
    "tiny": CombinatorialConfig(most=1_000),
    "small": CombinatorialConfig(),
    "reference": CombinatorialConfig(most=1_000_000),
}
# As long as reading the chains takes.
MINUTES = {
    "tiny": Minutes(cpu=1),
    "small": Minutes(cpu=5),
    "reference": Minutes(cpu=20),
}
