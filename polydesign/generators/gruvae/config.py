"""Settings of the GRU-VAE. Widths of the reference preset are those of the VAE of MOSES, beta is the origin's.

    python -m polydesign.train gruvae --data polymers
    python -m polydesign.train gruvae --data polymers --preset reference --device cuda

Budget: 40 minutes on two cores for the small preset, 30 on one GPU for the reference.
"""

from __future__ import annotations

from dataclasses import dataclass

from polydesign.core.errors import TrainingError
from polydesign.core.specs import Minutes, Phase
from polydesign.generators.fitted import FittedToData


@dataclass(frozen=True)
class GruVAEConfig(FittedToData):
    """Everything needed to rebuild the network and to train it.

    Attributes:
        vocab_size, notation: taken from the prepared data.
        d_embedding: width of a token's embedding, shared by encoder and decoder.
        d_encoder, encoder_layers: width and number of GRU layers that read, in each direction.
        d_model, n_layers: width and number of GRU layers that write.
        d_latent: dimensions of the code.
        dropout: between the layers of either stack.
        beta: weight of the KL term (nats a string) beside the cross-entropy (nats a position of `max_length`).
        free_bits: nats a dimension that the KL term leaves alone (nn/latent.py); 0 as in the origin.
        max_length: longest sequence, start and end included; the larger, the more the KL term weighs (network.py).
        lr: peak learning rate.
        batch_tokens: tokens of a batch, padding included.
    """

    vocab_size: int = 0
    notation: str = "smiles"
    d_embedding: int = 128
    d_encoder: int = 256
    encoder_layers: int = 1
    d_model: int = 384
    n_layers: int = 2
    d_latent: int = 64
    dropout: float = 0.0
    beta: float = 1e-3
    free_bits: float = 0.0
    max_length: int = 192
    lr: float = 3e-3
    batch_tokens: int = 2048

    def __post_init__(self) -> None:
        sizes = (self.d_embedding, self.d_encoder, self.encoder_layers, self.d_model, self.n_layers, self.d_latent)
        if min(sizes) < 1:
            raise TrainingError(f"Widths and numbers of layers must be at least 1; got {sizes}.")
        if min(self.beta, self.free_bits) < 0:
            raise TrainingError(f"beta and free_bits must not be negative; got {self.beta:g} and {self.free_bits:g}.")

    @property
    def phases(self) -> tuple[Phase, ...]:
        """One phase: read, compress, write again."""
        return (Phase("train", 1.0, self.lr),)


PRESETS = {
    "tiny": GruVAEConfig(
        d_embedding=16, d_encoder=32, d_model=48, d_latent=8, max_length=96, lr=1e-2, batch_tokens=1024
    ),
    "small": GruVAEConfig(),
    "reference": GruVAEConfig(
        d_embedding=192, d_model=512, n_layers=3, d_latent=128, max_length=256, lr=1e-3, batch_tokens=16_384
    ),
}

MINUTES = {"tiny": Minutes(cpu=1), "small": Minutes(cpu=40), "reference": Minutes(gpu=30)}
