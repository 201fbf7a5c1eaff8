"""Settings of the n-gram family."""

from __future__ import annotations

from dataclasses import dataclass

from polydesign.core.errors import TrainingError


@dataclass(frozen=True)
class NgramConfig:
    """Everything needed to rebuild the model, apart from the counts.

    Attributes:
        vocabulary: the tokens, taken from the training strings; token i has id i + 1 (0 marks both ends).
        order: length of the longest run that is counted.
        max_length: a string that has not ended after so many tokens is cut there.
    """

    vocabulary: tuple[str, ...] = ()
    order: int = 6
    max_length: int = 120

    def __post_init__(self) -> None:
        if self.order < 1 or self.max_length < 1:
            raise TrainingError(
                f"order and max_length must be at least 1; got order {self.order}, max_length {self.max_length}."
            )


PRESETS = {"tiny": NgramConfig(order=4), "small": NgramConfig(), "reference": NgramConfig(order=10, max_length=250)}
