"""Settings of the toy GAN."""

from __future__ import annotations

from dataclasses import dataclass

from polydesign.core.specs import Minutes, Phase
from polydesign.generators.fitted import FittedToData


@dataclass(frozen=True)
class Config(FittedToData):
    """Everything needed to rebuild the generator and to train it.

    Attributes:
        vocab_size, notation: taken from the prepared data.
        d_noise, d_model: numbers of noise, and width of the layers.
        max_length: longest sequence, start and end included.
        lr: peak learning rate.
        batch_tokens: tokens of a batch, padding included.
    """

    vocab_size: int = 0
    notation: str = "smiles"
    d_noise: int = 8
    d_model: int = 32
    max_length: int = 24
    lr: float = 1e-3
    batch_tokens: int = 512

    @property
    def phases(self) -> tuple[Phase, ...]:
        """One phase."""
        return (Phase("play", 1.0, self.lr),)


PRESETS = {"tiny": Config(), "small": Config(), "reference": Config()}
MINUTES = {"tiny": Minutes(cpu=1), "small": Minutes(cpu=1), "reference": Minutes(gpu=1)}
