"""Settings of PolyLDM: the described networks; the autoencoder is handed in.

    python -m polydesign.train polyldm --autoencoder polyvae --data polymers
    python -m polydesign.train polyldm --autoencoder runs/polyvae --data polymers --preset reference --device cuda

Budget: 20 minutes on two cores for the small preset, 10 minutes on one GPU for the reference, on top of the
autoencoder's and of the few minutes in which it reads the training strings. ``--set denoiser=mlp`` trains the other
denoiser; ``python -m benchmarks.variants denoisers PREPARED`` compares them. The data must be prepared as the
autoencoder's was; ``--data qm9`` makes molecules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from polydesign.core.errors import TrainingError
from polydesign.core.specs import Phase
from polydesign.generators.fitted import FittedToData

DENOISERS = ("mlp", "unet")


@dataclass(frozen=True)
class PolyLDMConfig(FittedToData):
    """Everything needed to rebuild the network and to train it.

    Attributes:
        notation, conditions, condition_mean, condition_std: taken from the prepared data.
        autoencoder_family, autoencoder: family and settings of the autoencoder.
        autoencoder_id, autoencoder_sha256: the checkpoint it came from, where its weights are carried along; empty
            where the record names it as a part.
        denoiser: "mlp" or "unet".
        d_hidden: width of the denoiser's layers.
        d_step: width of the embedding of the step.
        n_steps: diffusion steps in training.
        n_codes: strings that the autoencoder reads before training begins.
        batch_codes: codes of a batch, each with a noise of its own.
        p_unconditional: share of training rows with all properties hidden.
        frozen_share: share of the run in which the property embedding stays as the autoencoder's was.
        lr: peak learning rate.
        batch_tokens: tokens, padding included, that the autoencoder reads at a time.
    """

    notation: str = "smiles"
    conditions: tuple[str, ...] = ()
    condition_mean: tuple[float, ...] = ()
    condition_std: tuple[float, ...] = ()
    autoencoder_family: str = ""
    autoencoder: Mapping[str, Any] = field(default_factory=dict)
    autoencoder_id: str = ""
    autoencoder_sha256: str = ""
    denoiser: str = "unet"
    d_hidden: int = 256
    d_step: int = 64
    n_steps: int = 1000
    n_codes: int = 200_000
    batch_codes: int = 2048
    p_unconditional: float = 0.2
    frozen_share: float = 0.5
    lr: float = 2e-3
    batch_tokens: int = 4096

    def __post_init__(self) -> None:
        if self.denoiser not in DENOISERS:
            raise TrainingError(f"denoiser must be one of {', '.join(DENOISERS)}; got '{self.denoiser}'.")
        counts = (self.d_hidden, self.n_steps, self.n_codes, self.batch_codes)
        if min(counts) < 1 or self.d_step < 2 or self.d_step % 2:
            raise TrainingError(
                "d_hidden, n_steps, n_codes and batch_codes must be at least 1, d_step an even number of at least 2."
            )
        if not 0 <= self.frozen_share < 1:
            raise TrainingError(f"frozen_share must lie in [0, 1); got {self.frozen_share:g}.")

    def for_autoencoder(self, family: str, config: Mapping[str, Any], id: str, sha256: str) -> PolyLDMConfig:
        """Return this preset with the autoencoder of a checkpoint.

        Raises `TrainingError` when it reads or writes otherwise than the prepared data is written.
        """
        for name in ("notation", "conditions", "condition_mean", "condition_std"):
            ours, its = getattr(self, name), config.get(name)
            if (list(ours) if isinstance(ours, tuple) else ours) != (list(its) if isinstance(its, tuple) else its):
                raise TrainingError(
                    f"The autoencoder '{id}' was trained on data with another {name}. Prepare the data as for it, or "
                    "train the autoencoder on this data."
                )
        return replace(
            self, autoencoder_family=family, autoencoder=dict(config), autoencoder_id=id, autoencoder_sha256=sha256
        )

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The property embedding stays as it was, then learns too."""
        phases = (
            Phase("frozen", self.frozen_share, self.lr),
            Phase("train", 1.0 - self.frozen_share, self.lr * 0.7),
        )
        return tuple(phase for phase in phases if phase.share > 0)


PRESETS = {
    "tiny": PolyLDMConfig(d_hidden=48, d_step=16, n_steps=50, n_codes=2_000, batch_codes=256, batch_tokens=1024),
    "small": PolyLDMConfig(),
    "reference": PolyLDMConfig(d_hidden=1024, n_codes=2_000_000, batch_codes=16_384, lr=1e-3, batch_tokens=262_144),
}

# The recipe's wall-clock minutes: the reference preset's on one GPU, the others' on two cores.
MINUTES = {"tiny": 1, "small": 20, "reference": 10}
