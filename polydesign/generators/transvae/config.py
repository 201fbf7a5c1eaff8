"""Settings of TransVAE: the eight models of the study by their names, and smaller ones that one core trains.

    python -m polydesign.train transvae --data polymers
    python -m polydesign.train transvae --data polymers --preset small-rnnattn
    python -m polydesign.train transvae --data zinc --preset trans4x-256 --device cuda

A name says kind, width of the feed-forward networks as a multiple of d_model, and d_model. Widths are those of the
study's table 1; it gives no number of layers or heads, no beta and no batch: three layers a side and four heads are
its authors' code, the rest is ours (network.py).

Budget: 60 minutes on one core for the small presets, 60 on one GPU for those of the study.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from polydesign.core.errors import TrainingError
from polydesign.core.specs import Minutes, Phase
from polydesign.generators.fitted import FittedToData

KINDS = ("rnn", "rnnattn", "trans")
SCHEDULES = ("constant", "linear", "cyclical")


@dataclass(frozen=True)
class TransVAEConfig(FittedToData):
    """Everything needed to rebuild the network and to train it.

    Attributes:
        vocabulary, vocab_size, notation: taken from the prepared data.
        kind: "rnn" (GRU layers and their last states), "rnnattn" (GRU layers and attention to all their states) or
            "trans" (attention alone).
        d_model: width of the layers on either side.
        n_layers: their number on either side.
        n_heads, d_feedforward: attention heads, and width within the feed-forward networks, of "trans".
        d_latent: dimensions of the code.
        d_channels: channels of the narrowest convolution of the bottleneck ("rnnattn" and "trans").
        max_length: longest sequence, start and end included; a multiple of 8, which is how far the bottleneck pools.
        dropout: in training.
        tally: whether each written token is told what the string has used up (nn/tally.py); the study has none.
        beta: full weight of the KL term, both it and the cross-entropy in nats a string: 1 is the evidence bound.
        kl_schedule, kl_cycles, kl_ramp: how that weight rises; see `nn.latent.kl_weight`.
        free_bits: nats a dimension that the KL term leaves alone.
        least_weight: weight in the cross-entropy of the most frequent token beside the rarest; 1 weighs all alike.
        lr: peak learning rate.
        batch_tokens: tokens of a batch, padding included.
    """

    vocab_size: int = 0
    vocabulary: tuple[str, ...] = ()
    notation: str = "smiles"
    kind: str = "trans"
    d_model: int = 128
    n_layers: int = 3
    n_heads: int = 4
    d_feedforward: int = 512
    d_latent: int = 128
    d_channels: int = 64
    max_length: int = 128
    dropout: float = 0.1
    tally: bool = False
    beta: float = 0.1
    kl_schedule: str = "linear"
    kl_cycles: int = 4
    kl_ramp: float = 0.5
    free_bits: float = 0.0
    least_weight: float = 1.0
    lr: float = 2e-3
    batch_tokens: int = 16_384

    def __post_init__(self) -> None:
        for name, value, known in (("kind", self.kind, KINDS), ("kl_schedule", self.kl_schedule, SCHEDULES)):
            if value not in known:
                raise TrainingError(f"{name} must be one of {', '.join(known)}; got '{value}'.")
        sizes = ("d_model", "n_layers", "n_heads", "d_feedforward", "d_latent", "d_channels", "kl_cycles")
        for name in sizes:
            if getattr(self, name) < 1:
                raise TrainingError(f"{name} must be at least 1; got {getattr(self, name)}.")
        if self.kind == "trans" and self.d_model % (2 * self.n_heads):
            raise TrainingError(f"d_model must be a multiple of 2 n_heads; got {self.d_model} and {self.n_heads}.")
        if self.max_length < 8 or self.max_length % 8:
            raise TrainingError(f"max_length must be a multiple of 8; got {self.max_length}.")
        if min(self.beta, self.free_bits) < 0:
            raise TrainingError(f"beta and free_bits must not be negative; got {self.beta:g} and {self.free_bits:g}.")
        if not 0 <= self.dropout < 1 or not 0 <= self.kl_ramp <= 1 or not 0 < self.least_weight <= 1:
            raise TrainingError(
                "dropout must lie in [0, 1), kl_ramp in [0, 1] and least_weight in (0, 1]; got "
                f"{self.dropout:g}, {self.kl_ramp:g} and {self.least_weight:g}."
            )

    @property
    def phases(self) -> tuple[Phase, ...]:
        """One phase: read, compress, write again."""
        return (Phase("train", 1.0, self.lr),)


def _transformer(times: int, d_model: int) -> TransVAEConfig:
    return TransVAEConfig(d_model=d_model, d_feedforward=times * d_model)


STUDY = {
    "rnn-128": TransVAEConfig(kind="rnn"),
    "rnn-256": TransVAEConfig(kind="rnn", d_model=256),
    "rnnattn-128": TransVAEConfig(kind="rnnattn"),
    "rnnattn-256": TransVAEConfig(kind="rnnattn", d_model=256),
    "trans1x-128": _transformer(1, 128),
    "trans4x-128": _transformer(4, 128),
    "trans1x-256": _transformer(1, 256),
    "trans4x-256": _transformer(4, 256),
}
"""The models of the study's table 1."""

_SMALL = TransVAEConfig(d_latent=64, max_length=96, dropout=0.0, tally=True, lr=3e-3, batch_tokens=2048)
_TINY = replace(
    _SMALL, d_model=32, n_layers=1, n_heads=2, d_feedforward=64, d_latent=8, d_channels=16, batch_tokens=1024
)

PRESETS = {
    "tiny": _TINY,
    "tiny-rnn": replace(_TINY, kind="rnn", lr=1e-2),
    "tiny-rnnattn": replace(_TINY, kind="rnnattn", lr=1e-2),
    "small": _SMALL,
    "small-rnn": replace(_SMALL, kind="rnn", d_model=256, lr=3e-3),
    "small-rnnattn": replace(_SMALL, kind="rnnattn", d_model=192, lr=3e-3),
    "reference": STUDY["trans4x-256"],
    **STUDY,
}

# The recipe's wall-clock minutes: those of the study's models on one GPU, the others' on one core.
MINUTES = {
    name: Minutes(cpu=1) if "tiny" in name else Minutes(cpu=60) if "small" in name else Minutes(gpu=60)
    for name in PRESETS
}
