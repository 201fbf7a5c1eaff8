"""How the toy GAN is trained: against a critic of one-hot tokens."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polydesign.core.specs import Phase
from polydesign.data.encodings.encoding import PreparedRows
from polydesign.training.objectives.adversarial import Adversarial, Game, Sample
from polydesign.training.recipes.loop import LoopRecipe
from toygan.network import Network


class TokenGame(Game):
    """Rows of one-hot tokens against rows of probabilities."""

    def __init__(self, network: Network) -> None:
        config = network.config
        self.generator = network
        self.critic = nn.Sequential(
            nn.Linear(config.max_length * config.vocab_size, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1)
        )

    def real(self, batch: dict[str, Tensor]) -> Sample:
        """See `Game`."""
        config = self.generator.config
        tokens = F.pad(batch["tokens"], (0, config.max_length - batch["tokens"].shape[1]))
        return (F.one_hot(tokens, config.vocab_size).float(),)

    def fake(self, batch: dict[str, Tensor], generator: torch.Generator) -> Sample:
        """See `Game`."""
        return (self.generator(len(batch["tokens"]), generator),)

    def score(self, sample: Sample) -> Tensor:
        """See `Game`."""
        return self.critic(sample[0].flatten(1))[:, 0]


class GanRecipe(LoopRecipe):
    """One phase, in which both play."""

    def objective(self, phase: Phase, network: Any, rows: PreparedRows) -> Adversarial:
        """See `LoopRecipe`."""
        return Adversarial(TokenGame(network), critic_steps=2)


RECIPE = GanRecipe("toygan")
