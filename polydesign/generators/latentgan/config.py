"""Settings of LatentGAN: the generator and the critic of the paper; the autoencoder is handed in.

    python -m polydesign.train latentgan --with autoencoder=heteroencoder --data polymers
    python -m polydesign.train latentgan --with autoencoder=heteroencoder --data polymers --init latentgan \\
        --where "tg_exp_c>=250" --out runs/latentgan-tg

The second goes on from a trained one on polymers of a class alone, as the paper does with compounds that are active on
a target. Budget: 10 minutes on two cores for the small preset, 30 on one GPU for the reference.
"""

from __future__ import annotations

from dataclasses import dataclass

from polydesign.core.errors import TrainingError
from polydesign.core.specs import Minutes, Phase
from polydesign.generators.fitted import AmongCodes


@dataclass(frozen=True)
class LatentGANConfig(AmongCodes):
    """Everything needed to rebuild the generator and to train it.

    Attributes, besides those of `AmongCodes`, of which the ones on properties have no meaning here:
        d_noise: numbers of noise that a code is made of; 0 for as many as a code has.
        d_hidden: width of the layers of both players.
        n_layers: feed-forward layers of the generator, the last one to the code.
        n_critic_layers: feed-forward layers of the critic, the last one to its score.
        critic_steps: batches that the critic learns from before each step of the generator.
        penalty: weight of the gradient penalty.
        beta_1, beta_2: memory of Adam.
        lr: peak learning rate of both players.
    """

    d_noise: int = 0
    d_hidden: int = 256
    n_layers: int = 5
    n_critic_layers: int = 3
    critic_steps: int = 5
    penalty: float = 10.0
    beta_1: float = 0.5
    beta_2: float = 0.999
    lr: float = 2e-4
    n_codes: int = 100_000
    batch_codes: int = 64

    def __post_init__(self) -> None:
        super().__post_init__()
        if (
            self.d_noise < 0
            or min(self.d_hidden, self.critic_steps) < 1
            or min(self.n_layers, self.n_critic_layers) < 2
        ):
            raise TrainingError(
                "d_hidden and critic_steps must be at least 1, n_layers and n_critic_layers at least 2, d_noise not "
                "negative."
            )

    @property
    def phases(self) -> tuple[Phase, ...]:
        """One phase, in which both play."""
        return (Phase("play", 1.0, self.lr),)


PRESETS = {
    "tiny": LatentGANConfig(d_hidden=48, n_layers=3, n_codes=2_000, batch_codes=64, lr=1e-3, batch_tokens=1024),
    "small": LatentGANConfig(),
    "reference": LatentGANConfig(n_codes=1_000_000, batch_tokens=262_144),
}

MINUTES = {"tiny": Minutes(cpu=1), "small": Minutes(cpu=10), "reference": Minutes(gpu=30)}
