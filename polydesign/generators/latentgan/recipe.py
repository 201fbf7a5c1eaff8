"""How LatentGAN is trained: against a critic, among the codes of an autoencoder that is handed in."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from polydesign.core.specs import Phase
from polydesign.data.encodings.encoding import PreparedRows
from polydesign.generators.latentgan.network import LatentGAN, critic_of
from polydesign.training.objectives.adversarial import Adversarial, Game, Sample
from polydesign.training.recipes.latent_prior import LatentPriorRecipe


class CodeGame(Game):
    """Codes that an autoencoder gave to real strings against codes made from noise."""

    def __init__(self, network: LatentGAN) -> None:
        self.network = self.generator = network
        self.critic = critic_of(network.config, network.d_latent)

    def real(self, batch: dict[str, Tensor]) -> Sample:
        """See `Game`; held-out codes are always the same draws."""
        device = batch["mean"].device
        same = None if self.network.training else torch.Generator(device=device).manual_seed(0)
        return (self.network.standardised(batch, same),)

    def fake(self, batch: dict[str, Tensor], generator: torch.Generator) -> Sample:
        """See `Game`."""
        return (self.network(len(batch["mean"]), generator),)

    def score(self, sample: Sample) -> Tensor:
        """See `Game`."""
        return self.critic(sample[0])[:, 0]

    def compare(self, real: Sample, fake: Sample) -> dict[str, Tensor]:
        """Return ``spread`` and ``nearest``: 1 where samples are alike, near 0 for a generator that collapses.

        The first is the ratio of the summed variances, made to real; the second that of the mean distances of a code
        to the nearest other of its batch, which falls also where a few kinds of codes are made over and over.
        """
        (x,), (g,) = real, fake
        if len(x) < 2:  # a last batch of one tells nothing
            return {"spread": torch.ones(()), "nearest": torch.ones(())}
        spread = g.var(dim=0).sum() / x.var(dim=0).sum()
        return {"spread": spread, "nearest": nearest_other(g).mean() / nearest_other(x).mean()}


def nearest_other(x: Tensor) -> Tensor:
    """Return the (B,) Euclidean distances of ``(B, d)`` points to the nearest other one."""
    apart = torch.cdist(x, x)
    return apart.fill_diagonal_(float("inf")).min(dim=1).values


class LatentGANRecipe(LatentPriorRecipe):
    """One phase, in which both play."""

    def objective(self, phase: Phase, network: Any, rows: PreparedRows) -> Adversarial:
        """See `LoopRecipe`."""
        config = network.config
        return Adversarial(
            CodeGame(network), critic_steps=config.critic_steps, penalty=config.penalty,
            betas=(config.beta_1, config.beta_2),
        )  # fmt: skip


RECIPE = LatentGANRecipe("latentgan")
