"""Settings of PolyTAO: a small preset that ships, and one of the published size.

    python -m polydesign.train polytao --data polymers
    python -m polydesign.train polytao --data polymers --preset reference --device cuda

Budget: 60 minutes on two cores for the small preset, 60 on one GPU for the reference, ``--data qm9`` for molecules.
``--set discrete=false`` embeds the properties as numbers instead of looking them up; ``--set gamma=0`` leaves the
alignment out, which scores samples with RDKit and the guide and so needs both.
"""

from __future__ import annotations

from dataclasses import dataclass

from polydesign.core.specs import Minutes, Phase
from polydesign.generators.fitted import FittedToData, check_transformer


@dataclass(frozen=True)
class PolyTAOConfig(FittedToData):
    """Everything needed to rebuild the network and to train it.

    Attributes:
        vocabulary: the tokens as written, from the prepared data; with `tally` the network counts by them.
        vocab_size, notation, conditions, condition_mean, condition_std: taken from the prepared data; values
            are standardised on each property's scale with the last two.
        d_model, n_encoder, n_decoder, n_heads, max_length, dropout: the network; `max_length` counts the start
            and mask tokens.
        discrete: whether properties are looked up as integer tokens (as published) or embedded as numbers.
        tally: whether each position is told what the string has used up and what is left of the request (nn.tally).
        p_unconditional: share of training rows with all properties hidden.
        gamma, align_share: weight of the alignment loss, 0 for none, and its share of the run.
        lr, align_lr: peak learning rates.
        batch_tokens: tokens of a batch, padding included.
    """

    vocab_size: int = 0
    vocabulary: tuple[str, ...] = ()
    notation: str = "smiles"
    conditions: tuple[str, ...] = ()
    condition_mean: tuple[float, ...] = ()
    condition_std: tuple[float, ...] = ()
    d_model: int = 192
    n_encoder: int = 2
    n_decoder: int = 4
    n_heads: int = 6
    max_length: int = 128
    dropout: float = 0.0
    discrete: bool = True
    tally: bool = True
    p_unconditional: float = 0.1
    gamma: float = 12.0
    align_share: float = 0.35
    lr: float = 8e-3
    align_lr: float = 4e-4
    batch_tokens: int = 2048

    def __post_init__(self) -> None:
        check_transformer(self)

    @property
    def phases(self) -> tuple[Phase, ...]:
        """Properties and strings together from the start, then alignment of what the model itself writes."""
        align = self.align_share if self.gamma > 0 else 0.0
        phases = (Phase("train", 1.0 - align, self.lr), Phase("align", align, self.align_lr, kind="reinforce"))
        return tuple(phase for phase in phases if phase.share > 0)


PRESETS = {
    "tiny": PolyTAOConfig(d_model=32, n_encoder=1, n_decoder=1, n_heads=2, max_length=96, batch_tokens=1024),
    "small": PolyTAOConfig(),
    "reference": PolyTAOConfig(
        d_model=768, n_encoder=12, n_decoder=12, n_heads=12, max_length=256, lr=2e-3, batch_tokens=65_536
    ),
}

MINUTES = {"tiny": Minutes(cpu=1), "small": Minutes(cpu=60), "reference": Minutes(gpu=60)}
