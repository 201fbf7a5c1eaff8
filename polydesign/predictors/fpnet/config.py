"""Settings of the guide: networks and a ridge regression on the same inputs."""

from __future__ import annotations

from dataclasses import dataclass

from polydesign.core.errors import TrainingError
from polydesign.core.properties import POLYMER_KEYS


@dataclass(frozen=True)
class FpnetConfig:
    """Everything needed to rebuild the ensemble, apart from its weights.

    Attributes:
        keys: properties predicted, in the order of the outputs.
        n_bits: length of the folded fingerprint.
        n_components: principal components of the fingerprint that the networks read.
        n_wave_components: of these, the largest that the ridge regression reads.
        n_members: networks in the ensemble.
        n_folds: each network is trained without one of so many parts of the training chains.
        n_waves: directions of random waves in each block of inputs, for the ridge regression.
        environments: share of the environments in its kernel; the descriptors have the rest.
        reach: squared distance, in units of the mean one, at which a part of the kernel falls to one half.
        noises: variances of the noise, in units of that of the values, among which each property chooses.
        d_hidden, n_layers, dropout: the network: width and number of hidden layers, share of units switched off.
        epochs, batch_size, learning_rate, weight_decay: of its training run.
        rare_weight: exponent with which properties that have few values count more in its loss.
    """

    keys: tuple[str, ...] = POLYMER_KEYS
    n_bits: int = 2048
    n_components: int = 512
    n_wave_components: int = 192
    n_members: int = 5
    n_folds: int = 5
    n_waves: int = 8192
    environments: float = 0.4
    reach: float = 0.8
    noises: tuple[float, ...] = (0.02, 0.08, 0.3)
    d_hidden: int = 256
    n_layers: int = 2
    dropout: float = 0.1
    epochs: int = 80
    batch_size: int = 128
    learning_rate: float = 2e-3
    weight_decay: float = 0.01
    rare_weight: float = 0.5

    def __post_init__(self) -> None:
        if self.n_members < self.n_folds or self.n_folds < 2:
            raise TrainingError(
                f"Every part of the training chains needs a member that does not see it: n_members must be at least "
                f"n_folds, and n_folds at least 2; got {self.n_members} and {self.n_folds}."
            )


PRESETS = {
    "tiny": FpnetConfig(
        n_bits=256,
        n_components=16,
        n_wave_components=16,
        n_waves=64,
        n_members=4,
        n_folds=2,
        d_hidden=32,
        epochs=8,
        batch_size=16,
    ),
    "small": FpnetConfig(),
    "reference": FpnetConfig(n_bits=4096, n_components=1024, n_waves=32768, n_members=10, d_hidden=512, epochs=40),
}
