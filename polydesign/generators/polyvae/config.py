"""Settings of PolyVAE: a small preset that ships, and one of the described size.

    python -m polydesign.train polyvae --data polymers
    python -m polydesign.train polyvae --data polymers --preset reference --device cuda

Budget: 60 minutes on two cores for the small preset, 45 minutes on one GPU for the reference; ``--data qm9`` for
molecules. Where conditions should enter, and what the prior of the codes should be, is compared by
``python -m benchmarks.variants conditioning PREPARED`` and ``priors``.
"""

from __future__ import annotations

from dataclasses import dataclass

from polydesign.core.errors import TrainingError
from polydesign.core.specs import Minutes, Phase
from polydesign.generators.fitted import FittedToData, check_transformer

CONDITIONING = ("encoder", "decoder", "both", "none")
PRIORS = ("normal", "learned")
SCHEDULES = ("constant", "linear", "cyclical")


@dataclass(frozen=True)
class PolyVAEConfig(FittedToData):
    """Everything needed to rebuild the network and to train it.

    A setting that is left out is that of the first checkpoints, with the prior N(0, 1); the presets learn theirs.

    Attributes:
        vocabulary, vocab_size, notation, conditions, condition_mean, condition_std: taken from the prepared data;
            values are standardised on each property's scale with the last two.
        d_model, n_encoder, n_decoder, n_heads, max_length, dropout: the transformers; `max_length` counts the code,
            the start and the mask token too.
        d_property: width of the property embedding.
        d_hidden: width of the layers between transformer and code, on either side.
        d_latent: dimensions of the code.
        conditioning: who reads the properties: "encoder", "decoder", "both" or "none"; a learned prior does unless
            it is "none".
        prior: whether codes are drawn, and pulled by the KL term, to N(0, 1) or to a learned prior p(z | properties),
            which is N(0, 1) where no property is asked for.
        prior_share: share of the training rows with a request that the decoder writes from a draw of the prior, not of
            the code.
        decorrelation: weight of the penalty on covariances between codes and the properties asked for.
        every_position: whether the decoded code is also added to each token (Li et al., 2020) or, as described,
            only stands before them.
        tally: whether each position is told what the string has used up (and, where the decoder reads the
            properties, what is left of the request): nn.tally.
        beta: full weight of the KL term (nats a string) beside the cross-entropy (mean nats a token).
        kl_schedule, kl_cycles, kl_ramp: how the weight rises; see `nn.latent.kl_weight`.
        free_bits: nats a dimension that the KL term leaves alone.
        word_dropout: share of the tokens that the decoder does not see in training (Bowman et al., 2016).
        p_unconditional: share of training rows with all properties hidden: what encoding and interpolating need.
        lr: peak learning rate.
        batch_tokens: tokens of a batch, padding included.
    """

    vocab_size: int = 0
    vocabulary: tuple[str, ...] = ()
    notation: str = "smiles"
    conditions: tuple[str, ...] = ()
    condition_mean: tuple[float, ...] = ()
    condition_std: tuple[float, ...] = ()
    d_model: int = 192
    n_encoder: int = 4
    n_decoder: int = 4
    n_heads: int = 6
    max_length: int = 128
    dropout: float = 0.0
    d_property: int = 64
    d_hidden: int = 384
    d_latent: int = 32
    conditioning: str = "both"
    prior: str = "normal"
    prior_share: float = 0.0
    decorrelation: float = 0.0
    every_position: bool = True
    tally: bool = True
    beta: float = 0.006
    kl_schedule: str = "linear"
    kl_cycles: int = 4
    kl_ramp: float = 0.5
    free_bits: float = 0.0
    word_dropout: float = 0.0
    p_unconditional: float = 0.25
    lr: float = 6e-3
    batch_tokens: int = 2048

    def __post_init__(self) -> None:
        check_transformer(self)
        for name, value, known in (
            ("conditioning", self.conditioning, CONDITIONING),
            ("prior", self.prior, PRIORS),
            ("kl_schedule", self.kl_schedule, SCHEDULES),
        ):
            if value not in known:
                raise TrainingError(f"{name} must be one of {', '.join(known)}; got '{value}'.")
        if min(self.d_latent, self.d_property, self.d_hidden, self.kl_cycles) < 1:
            raise TrainingError("d_latent, d_property, d_hidden and kl_cycles must be at least 1.")
        if self.decorrelation < 0 or not 0 <= self.prior_share < 1:
            raise TrainingError(
                "decorrelation must not be negative and prior_share must lie in [0, 1); got "
                f"{self.decorrelation:g} and {self.prior_share:g}."
            )
        if min(self.beta, self.free_bits) < 0 or not 0 <= self.word_dropout < 1 or not 0 <= self.kl_ramp <= 1:
            raise TrainingError(
                "beta and free_bits must not be negative, word_dropout must lie in [0, 1) and kl_ramp in [0, 1]; got "
                f"{self.beta:g}, {self.free_bits:g}, {self.word_dropout:g} and {self.kl_ramp:g}."
            )

    @property
    def phases(self) -> tuple[Phase, ...]:
        """One phase: read, compress, write again."""
        return (Phase("train", 1.0, self.lr),)


PRESETS = {
    "tiny": PolyVAEConfig(
        d_model=32, n_encoder=1, n_decoder=1, n_heads=2, max_length=96, d_property=16, d_hidden=48, d_latent=8,
        prior="learned", prior_share=0.5, batch_tokens=1024,
    ),
    "small": PolyVAEConfig(prior="learned", prior_share=0.5),
    "reference": PolyVAEConfig(
        d_model=512, n_decoder=8, n_heads=8, max_length=256, d_property=128, d_hidden=1024, every_position=False,
        prior="learned", prior_share=0.5, beta=0.004, lr=2e-3, batch_tokens=65_536,
    ),
}  # fmt: skip

MINUTES = {"tiny": Minutes(cpu=1), "small": Minutes(cpu=60), "reference": Minutes(gpu=45)}
