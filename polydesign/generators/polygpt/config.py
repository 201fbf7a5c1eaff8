"""Settings of PolyGPT. Small presets for two cores, a reference one for a GPU.

    python -m polydesign.train polygpt --data polymers
    python -m polydesign.train polygpt --data polymers --preset reference --device cuda

Budget: 60 minutes on two cores for the small preset, 45 on one GPU for the reference, ``--data qm9`` for molecules.
"""

from __future__ import annotations

from dataclasses import dataclass

from polydesign.core.specs import Minutes, Phase
from polydesign.generators.fitted import FittedToData, check_transformer


@dataclass(frozen=True)
class PolyGPTConfig(FittedToData):
    """Everything needed to rebuild the network and to train it.

    Attributes:
        vocabulary: the tokens as written, from the prepared data; with `tally` the network counts by them.
        vocab_size, notation, conditions, condition_mean, condition_std: taken from the prepared data; values
            are standardised on each property's scale with the last two.
        d_model, n_layers, n_heads, max_length, n_embeddings, dropout: the network; `max_length` counts the
            property embeddings and the start token too.
        tally: whether each position is told what the string has used up and what is left of the request (nn.tally).
        alpha, beta, gamma: weights of the token, auxiliary and alignment losses; 0 switches a term off.
        perturbation: standard deviation of the noise on known properties (in standardised units).
        perturbation_counts: the same for the exactly computed descriptors.
        p_perturb: share of training rows whose properties are perturbed.
        p_unconditional: share of fine-tuning rows with all properties hidden.
        pretrain_share, align_share: shares of the run; fine-tuning takes the rest.
        lr, align_lr: peak learning rates.
        batch_tokens: tokens of a batch, padding included.
    """

    vocab_size: int = 0
    vocabulary: tuple[str, ...] = ()
    notation: str = "smiles"
    conditions: tuple[str, ...] = ()
    condition_mean: tuple[float, ...] = ()
    condition_std: tuple[float, ...] = ()
    d_model: int = 256
    n_layers: int = 4
    n_heads: int = 8
    max_length: int = 128
    n_embeddings: int = 2
    dropout: float = 0.0
    tally: bool = True
    alpha: float = 1.0
    beta: float = 0.05
    gamma: float = 12.0
    perturbation: float = 0.1
    perturbation_counts: float = 0.0
    p_perturb: float = 0.5
    p_unconditional: float = 0.15
    pretrain_share: float = 0.25
    align_share: float = 0.25
    lr: float = 8e-3
    align_lr: float = 4e-4
    batch_tokens: int = 2048

    def __post_init__(self) -> None:
        check_transformer(self)

    @property
    def phases(self) -> tuple[Phase, ...]:
        """Pre-training without properties, fine-tuning with them, alignment of what the model itself writes."""
        align = self.align_share if self.gamma > 0 else 0.0
        phases = [
            Phase("pretrain", self.pretrain_share, self.lr),
            Phase("finetune", 1.0 - self.pretrain_share - align, self.lr * 0.7),
            Phase("align", align, self.align_lr, kind="reinforce"),
        ]
        return tuple(phase for phase in phases if phase.share > 0)


PRESETS = {
    "tiny": PolyGPTConfig(d_model=32, n_layers=2, n_heads=2, max_length=96, n_embeddings=1, batch_tokens=1024),
    "small": PolyGPTConfig(),
    "reference": PolyGPTConfig(d_model=768, n_layers=12, n_heads=12, max_length=256, lr=2e-3, batch_tokens=65_536),
}

MINUTES = {"tiny": Minutes(cpu=1), "small": Minutes(cpu=60), "reference": Minutes(gpu=45)}
