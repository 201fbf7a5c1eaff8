"""Settings of CharRNN. The reference preset is that of MOSES; the small one fits into a shipped checkpoint.

    python -m polydesign.train charrnn --data polymers
    python -m polydesign.train charrnn --data polymers --preset reference --device cuda

Budget: 40 minutes on two cores for the small preset, 45 on one GPU for the reference.
"""

from __future__ import annotations

from dataclasses import dataclass

from polydesign.core.errors import TrainingError
from polydesign.core.specs import Minutes, Phase
from polydesign.generators.fitted import FittedToData


@dataclass(frozen=True)
class CharRNNConfig(FittedToData):
    """Everything needed to rebuild the network and to train it.

    Attributes:
        vocab_size, notation: taken from the prepared data.
        d_embedding: width of a token's embedding; 0 takes `vocab_size`, as MOSES does.
        d_model, n_layers, dropout: width and number of LSTM layers, dropout between them.
        max_length: longest sequence, start and end included.
        lr: peak learning rate.
        batch_tokens: tokens of a batch, padding included.
    """

    vocab_size: int = 0
    notation: str = "smiles"
    d_embedding: int = 128
    d_model: int = 352
    n_layers: int = 3
    dropout: float = 0.0
    max_length: int = 128
    lr: float = 3e-3
    batch_tokens: int = 2048

    def __post_init__(self) -> None:
        if min(self.d_model, self.n_layers) < 1 or self.d_embedding < 0:
            raise TrainingError(
                f"d_model and n_layers must be at least 1 and d_embedding at least 0; got {self.d_model}, "
                f"{self.n_layers} and {self.d_embedding}."
            )

    @property
    def phases(self) -> tuple[Phase, ...]:
        """One phase: the strings, next token by next token."""
        return (Phase("train", 1.0, self.lr),)


PRESETS = {
    "tiny": CharRNNConfig(d_embedding=16, d_model=48, n_layers=2, max_length=96, lr=1e-2, batch_tokens=1024),
    "small": CharRNNConfig(),
    "reference": CharRNNConfig(
        d_embedding=0, d_model=768, n_layers=3, dropout=0.2, max_length=256, lr=1e-3, batch_tokens=4096
    ),
}

MINUTES = {"tiny": Minutes(cpu=1), "small": Minutes(cpu=40), "reference": Minutes(gpu=45)}
