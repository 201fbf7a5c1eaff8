"""Settings of the n-gram family."""

from __future__ import annotations

from dataclasses import dataclass

from polydesign.core.errors import TrainingError
from polydesign.core.specs import Minutes


@dataclass(frozen=True)
class NgramConfig:
    """Everything needed to rebuild the model, apart from the counts.

    Attributes:
        vocabulary: the tokens, taken from the training strings; token i has id i + 1 (0 marks both ends).
        order: length of the longest run that is counted.
        max_length: a string that has not ended after so many tokens is cut there.
        n_read: strings that are drawn of the training set and counted, where it is made by its recipe.
    """

    vocabulary: tuple[str, ...] = ()
    order: int = 6
    max_length: int = 120
    n_read: int = 20_000

    def __post_init__(self) -> None:
        if min(self.order, self.max_length, self.n_read) < 1:
            raise TrainingError(
                f"order, max_length and n_read must be at least 1; got {self.order}, {self.max_length}, {self.n_read}."
            )


PRESETS = {
    "tiny": NgramConfig(order=4, n_read=2_000),
    "small": NgramConfig(),
    "reference": NgramConfig(order=10, max_length=250, n_read=1_000_000),
}
# As long as reading the chains takes.
MINUTES = {
    "tiny": Minutes(cpu=0.1),
    "small": Minutes(cpu=0.5),
    "reference": Minutes(cpu=30),
}
