"""Settings of the heteroencoder. Widths of the reference preset are those of LatentGAN's paper.

    python -m polydesign.train heteroencoder --data polymers
    python -m polydesign.train heteroencoder --data polymers --preset reference --device cuda

The first run on prepared data writes the other spellings of every string into them, which takes about as long as
preparing did: two milliseconds a string on one core. A smaller set, and fewer of them, take less:

    python -m polydesign.data prepare polymers --limit 20000 --recombined 30000 --out prepared/fewer
    python -m polydesign.train heteroencoder --data prepared/fewer --set n_spellings=2

Budget: 60 minutes on two cores for the small preset, 60 on one GPU for the reference.
"""

from __future__ import annotations

from dataclasses import dataclass

from polydesign.core.errors import TrainingError
from polydesign.core.specs import Minutes, Phase
from polydesign.generators.fitted import FittedToData

WRITTEN = ("canonical", "other")


@dataclass(frozen=True)
class HeteroencoderConfig(FittedToData):
    """Everything needed to rebuild the network and to train it.

    Attributes:
        vocab_size, notation: taken from the prepared data.
        d_embedding: width of a token's embedding, shared by encoder and decoder.
        d_encoder, encoder_layers: width of each direction, and number of the LSTM layers that read.
        d_model, n_layers: width and number of the LSTM layers that write.
        d_latent: dimensions of the code.
        noise: standard deviation of what is added to a code in training.
        written: what is written: "canonical", the string as it stands in the table, or "other", any spelling but the
            one that was read.
        at_every_step: whether the decoder reads the code beside each token, not only in its first state.
        n_spellings: other spellings of each string that are made where the data have none yet.
        max_length: longest sequence, start and end included.
        lr: peak learning rate.
        batch_tokens: tokens of a batch, padding included.
    """

    vocab_size: int = 0
    notation: str = "smiles"
    d_embedding: int = 64
    d_encoder: int = 128
    encoder_layers: int = 2
    d_model: int = 256
    n_layers: int = 2
    d_latent: int = 128
    noise: float = 0.1
    written: str = "canonical"
    at_every_step: bool = True
    n_spellings: int = 4
    max_length: int = 192
    lr: float = 3e-3
    batch_tokens: int = 3072

    def __post_init__(self) -> None:
        sizes = (self.d_embedding, self.d_encoder, self.encoder_layers, self.d_model, self.n_layers, self.n_spellings)
        if min(sizes) < 1 or self.d_latent < 2:
            raise TrainingError(
                f"Widths, layers and spellings must be at least 1, d_latent at least 2; got {(*sizes, self.d_latent)}."
            )
        if not self.noise > 0:
            raise TrainingError(f"noise must be greater than 0; got {self.noise:g}.")
        if self.written not in WRITTEN:
            raise TrainingError(f"written must be one of {', '.join(WRITTEN)}; got '{self.written}'.")

    @property
    def phases(self) -> tuple[Phase, ...]:
        """One phase: read, compress, write otherwise."""
        return (Phase("train", 1.0, self.lr),)


PRESETS = {
    "tiny": HeteroencoderConfig(
        d_embedding=16, d_encoder=24, encoder_layers=1, d_model=48, n_layers=1, d_latent=8, n_spellings=2,
        max_length=96, lr=1e-2, batch_tokens=1024,
    ),
    "small": HeteroencoderConfig(),
    "reference": HeteroencoderConfig(
        d_embedding=128, d_encoder=256, d_model=512, n_layers=4, d_latent=512, written="other", at_every_step=False,
        max_length=256, lr=1e-3, batch_tokens=16_384,
    ),
}  # fmt: skip

MINUTES = {"tiny": Minutes(cpu=1), "small": Minutes(cpu=60), "reference": Minutes(gpu=60)}
