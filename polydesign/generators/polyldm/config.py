"""Settings of PolyLDM: the described networks; the autoencoder is handed in.

    python -m polydesign.train polyldm --with autoencoder=polyvae --data polymers
    python -m polydesign.train polyldm --with autoencoder=runs/polyvae --data polymers --preset reference --device cuda

Budget: 20 minutes on two cores for the small preset, 10 minutes on one GPU for the reference, on top of the
autoencoder's and of the few minutes in which it reads the training strings. ``--set denoiser=mlp`` trains the other
denoiser; ``python -m benchmarks.variants denoisers PREPARED`` compares them. The data must be prepared as the
autoencoder's was; ``--data qm9`` makes molecules.
"""

from __future__ import annotations

from dataclasses import dataclass

from polydesign.core.errors import TrainingError
from polydesign.core.specs import Minutes
from polydesign.generators.fitted import AmongCodes

DENOISERS = ("mlp", "unet")


@dataclass(frozen=True)
class PolyLDMConfig(AmongCodes):
    """Everything needed to rebuild the network and to train it.

    Attributes, besides those of `AmongCodes`:
        denoiser: "mlp" or "unet".
        d_hidden: width of the denoiser's layers.
        d_step: width of the embedding of the step.
        n_steps: diffusion steps in training.
        lr: peak learning rate.
    """

    denoiser: str = "unet"
    d_hidden: int = 256
    d_step: int = 64
    n_steps: int = 1000
    lr: float = 2e-3

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.denoiser not in DENOISERS:
            raise TrainingError(f"denoiser must be one of {', '.join(DENOISERS)}; got '{self.denoiser}'.")
        if min(self.d_hidden, self.n_steps) < 1 or self.d_step < 2 or self.d_step % 2:
            raise TrainingError("d_hidden and n_steps must be at least 1, d_step an even number of at least 2.")


PRESETS = {
    "tiny": PolyLDMConfig(
        d_property=16, d_hidden=48, d_step=16, n_steps=50, n_codes=2_000, batch_codes=256, batch_tokens=1024
    ),
    "small": PolyLDMConfig(),
    "reference": PolyLDMConfig(d_hidden=1024, n_codes=2_000_000, batch_codes=16_384, lr=1e-3, batch_tokens=262_144),
}

MINUTES = {"tiny": Minutes(cpu=1), "small": Minutes(cpu=20), "reference": Minutes(gpu=10)}
