"""Adversarial learning: a generator against a critic, Wasserstein distance with a gradient penalty (WGAN-GP).

    critic      E[D(G)] - E[D(x)] + penalty E[(|grad D(y)| - 1)^2],   y = a x + (1 - a) G,  a ~ U(0, 1) a row
    generator   - E[D(G)]

Arjovsky et al., 2017 (https://arxiv.org/abs/1701.07875); Gulrajani et al., 2017 (https://arxiv.org/abs/1704.00028).
Several critic steps go with each generator step. The generator is followed; the critic is kept for resuming only.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn

from polydesign.data.encodings.stream import Batch
from polydesign.training.objectives.objective import Objective
from polydesign.training.optimizers import Optimizer, adam
from polydesign.training.step import Step

Sample = tuple[Tensor, ...]
"""Tensors of B rows each that the critic scores together, such as node and edge types."""


class Game(ABC):
    """What a family says of its two players.

    Attributes:
        generator: the network that is shipped.
        critic: the one that scores.
    """

    generator: nn.Module
    critic: nn.Module

    @abstractmethod
    def real(self, batch: dict[str, Tensor]) -> Sample:
        """Return the real samples of a batch."""

    @abstractmethod
    def fake(self, batch: dict[str, Tensor], generator: torch.Generator) -> Sample:
        """Return as many samples of the generator, in the same form, through which gradients reach it."""

    @abstractmethod
    def score(self, sample: Sample) -> Tensor:
        """Return the critic's ``(B,)`` scores."""

    def compare(self, real: Sample, fake: Sample) -> dict[str, Tensor]:
        """Return figures that tell whether samples of both are alike, such as how far those of each lie apart.

        They stand in the log of training and, with "valid_" before their names, among those of held-out samples: what
        a generator that collapses does not show in its loss. None unless a family has some.
        """
        return {}

    def charges(self, batch: dict[str, Tensor], fake: Sample, generator: torch.Generator) -> dict[str, Tensor]:
        """Return what the generator pays besides the critic's verdict: name -> a part of its loss.

        Such as a graph that breaks a rule the critic need not learn. They stand in the log; none unless a family has
        some.
        """
        return {}

    def figures(self, batch: dict[str, Tensor], generator: torch.Generator) -> dict[str, Tensor]:
        """Return further figures of held-out samples; none unless a family has some."""
        return {}


class Adversarial(Objective):
    """Play a `Game`.

    Args:
        game: both networks and what they are shown.
        critic_steps: batches that the critic learns from before each step of the generator.
        penalty: weight of the gradient penalty.
        betas: memory of both players' Adam; that of Gulrajani et al. unless a family's paper has another.
    """

    def __init__(
        self, game: Game, *, critic_steps: int = 5, penalty: float = 10.0, betas: tuple[float, float] = (0.5, 0.9)
    ) -> None:
        self.game = game
        self.critic_steps = critic_steps
        self.penalty = penalty
        self.betas = betas

    @property
    def followed(self) -> nn.Module:
        """See `Objective`."""
        return self.game.generator

    @property
    def others(self) -> Mapping[str, nn.Module]:
        """See `Objective`."""
        return {"critic": self.game.critic}

    def optimizers(self, weight_decay: float) -> dict[str, Optimizer]:
        """See `Objective`; weights do not decay."""
        players = {"generator": self.game.generator, "critic": self.game.critic}
        return {name: adam(network, self.betas) for name, network in players.items()}

    def step(self, batches: Iterator[Batch], at: Step) -> dict[str, Tensor]:
        """See `Objective`; figures are the critic's estimate of the distance, its penalty, and the generator's loss."""
        game = self.game
        for _ in range(self.critic_steps):
            batch = next(batches)
            tensors, weight = at.tensors(batch), at.count(batch)
            # The penalty needs second derivatives, which mixed precision would spoil.
            with at.autocast(False):
                real = game.real(tensors)
                with torch.no_grad():
                    fake = game.fake(tensors, at.generator)
                distance = game.score(real).mean() - game.score(fake).mean()
                penalty = gradient_penalty(game, real, fake, at.generator)
            at.update("critic", self.penalty * penalty - distance, game.critic.parameters(), weight=weight)
        compared = game.compare(real, fake)
        batch = next(batches)
        tensors, weight = at.tensors(batch), at.count(batch)
        with at.autocast(False):
            fake = game.fake(tensors, at.generator)
            loss = -game.score(fake).mean()
            charges = game.charges(tensors, fake, at.generator)
        at.update("generator", sum(charges.values(), start=loss), game.generator.parameters(), weight=weight)
        figures = {"loss": loss, "distance": distance, "penalty": penalty, **charges, **compared}
        return at.mean(figures, weight)

    def held_out(self, batch: dict[str, Tensor], at: Step) -> dict[str, Tensor]:
        """Return the critic's estimate of the distance on held-out samples, and the family's own figures."""
        game = self.game
        real, fake = game.real(batch), game.fake(batch, at.fresh_generator())
        compared = {f"valid_{name}": value for name, value in game.compare(real, fake).items()}
        distance = game.score(real).mean() - game.score(fake).mean()
        return {"valid_distance": distance, **compared, **game.figures(batch, at.fresh_generator())}


def gradient_penalty(game: Game, real: Sample, fake: Sample, generator: torch.Generator) -> Tensor:
    """Return the mean of ``(|grad D(y)| - 1)^2`` at points y between real and fake rows."""
    share = torch.rand(len(real[0]), generator=generator, device=real[0].device)
    between = []
    for x, g in zip(real, fake, strict=True):
        a = share.view(-1, *[1] * (x.ndim - 1))
        between.append((a * x + (1 - a) * g).detach().requires_grad_())
    gradients = torch.autograd.grad(game.score(tuple(between)).sum(), between, create_graph=True)
    squared = sum((gradient.flatten(1).square().sum(dim=1) for gradient in gradients), start=torch.zeros_like(share))
    return ((squared + 1e-12).sqrt() - 1.0).square().mean()
