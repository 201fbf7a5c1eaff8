"""Settings of the toy policy."""

from __future__ import annotations

from dataclasses import dataclass

from polydesign.core.specs import Minutes, Phase
from polydesign.generators.fitted import FittedToData


@dataclass(frozen=True)
class Config(FittedToData):
    """Everything needed to rebuild the table and to train it.

    Attributes:
        vocab_size, notation: taken from the prepared data.
        max_length: longest sequence, start and end included.
        lr: peak learning rate.
        batch_tokens: tokens of a batch, padding included.
    """

    vocab_size: int = 0
    notation: str = "smiles"
    max_length: int = 40
    lr: float = 5e-2
    batch_tokens: int = 512

    @property
    def phases(self) -> tuple[Phase, ...]:
        """One phase: nothing is learnt from data but the counts."""
        return (Phase("reinforce", 1.0, self.lr, "reinforce"),)


PRESETS = {"tiny": Config(), "small": Config(), "reference": Config()}
MINUTES = {"tiny": Minutes(cpu=1), "small": Minutes(cpu=1), "reference": Minutes(gpu=1)}
