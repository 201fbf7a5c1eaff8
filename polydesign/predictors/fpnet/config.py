"""Settings of the fingerprint network."""

from __future__ import annotations

from dataclasses import dataclass

from polydesign.core.errors import TrainingError
from polydesign.core.properties import POLYMER_KEYS


@dataclass(frozen=True)
class FpnetConfig:
    """Everything needed to rebuild the ensemble, apart from its weights.

    Attributes:
        keys: properties predicted, in the order of the outputs.
        radius: reach of the atom environments, in bonds.
        n_bits: length of the folded fingerprint that the network reads.
        n_members: networks in the ensemble.
        n_folds: each member is trained without one of so many parts of the training chains.
        d_hidden: width of the hidden layers.
        n_layers: number of hidden layers.
        dropout: share of hidden units switched off while training.
        epochs, batch_size, learning_rate, weight_decay: of the training run.
        rare_weight: exponent with which properties that have few values count more in the loss.
    """

    keys: tuple[str, ...] = POLYMER_KEYS
    radius: int = 3
    n_bits: int = 1024
    n_members: int = 10
    n_folds: int = 5
    d_hidden: int = 288
    n_layers: int = 2
    dropout: float = 0.2
    epochs: int = 20
    batch_size: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    rare_weight: float = 0.5

    def __post_init__(self) -> None:
        if self.n_members < self.n_folds or self.n_folds < 2:
            raise TrainingError(
                f"Every part of the training chains needs a member that does not see it: n_members must be at least "
                f"n_folds, and n_folds at least 2; got {self.n_members} and {self.n_folds}."
            )


PRESETS = {
    "tiny": FpnetConfig(n_bits=256, n_members=4, n_folds=2, d_hidden=32, epochs=8, batch_size=16),
    "small": FpnetConfig(),
    "reference": FpnetConfig(n_bits=2048, n_members=20, d_hidden=512, epochs=40),
}
