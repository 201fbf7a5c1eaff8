"""Settings of the latent flow; the autoencoder is handed in.

    python -m polydesign.train latentflow --with autoencoder=gruvae --data polymers
    python -m polydesign.train latentflow --with autoencoder=polyvae --data polymers --preset reference --device cuda

Budget: 8 minutes on one core for the small preset, 10 minutes on one GPU for the reference, on top of the few minutes
in which the autoencoder reads the training strings. ``--set coupling=spline`` trains the other coupling. The data must
be prepared as the autoencoder's was.
"""

from __future__ import annotations

from dataclasses import dataclass

from polydesign.core.errors import TrainingError
from polydesign.core.specs import Minutes
from polydesign.generators.fitted import AmongCodes

COUPLINGS = ("affine", "spline")


@dataclass(frozen=True)
class LatentFlowConfig(AmongCodes):
    """Everything needed to rebuild the network and to train it.

    Attributes, besides those of `AmongCodes`:
        coupling: "affine" (RealNVP) or "spline" (neural spline flow).
        n_layers: couplings, of which two in succession move one half of the coordinates each.
        d_hidden, hidden_layers: width and number of hidden layers of each coupling's network.
        bins: pieces of a spline.
        bound: a spline leaves alone what is further out, in standard deviations of a coordinate.
        lr: peak learning rate.
    """

    coupling: str = "affine"
    n_layers: int = 8
    d_hidden: int = 192
    hidden_layers: int = 2
    bins: int = 8
    bound: float = 6.0
    batch_codes: int = 512
    lr: float = 3e-3

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.coupling not in COUPLINGS:
            raise TrainingError(f"coupling must be one of {', '.join(COUPLINGS)}; got '{self.coupling}'.")
        if self.n_layers < 2 or min(self.d_hidden, self.hidden_layers) < 1:
            raise TrainingError("n_layers must be at least 2, d_hidden and hidden_layers at least 1.")
        if self.bins < 2 or self.bound <= 0:
            raise TrainingError(f"A spline needs 2 bins and a bound above 0; got {self.bins} and {self.bound:g}.")


PRESETS = {
    "tiny": LatentFlowConfig(
        d_property=16, n_layers=2, d_hidden=32, bins=4, lr=1e-2, n_codes=2_000, batch_codes=256, batch_tokens=1024
    ),
    "small": LatentFlowConfig(),
    "reference": LatentFlowConfig(
        n_layers=12, d_hidden=512, n_codes=2_000_000, batch_codes=16_384, lr=1e-3, batch_tokens=262_144
    ),
}

MINUTES = {"tiny": Minutes(cpu=1), "small": Minutes(cpu=8), "reference": Minutes(gpu=10)}
