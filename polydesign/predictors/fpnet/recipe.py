"""How the guide is trained: every network on its own part of the chains, all in one pass, then the waves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch

from polydesign.core.errors import TrainingError
from polydesign.core.specs import Phase
from polydesign.data.encodings.stream import Batch, Share
from polydesign.predictors.domain import left_out_rarity
from polydesign.predictors.features import Features
from polydesign.predictors.fpnet.config import FpnetConfig
from polydesign.predictors.fpnet.inputs import Projection
from polydesign.predictors.fpnet.model import Blend, GuideModel, network_members
from polydesign.predictors.fpnet.network import EnsembleNetwork, network_inputs
from polydesign.predictors.fpnet.waves import fit_waves
from polydesign.training.loop import Loop, RunSettings
from polydesign.training.objectives.supervised import Supervised
from polydesign.training.recipes.properties import PropertyRecipe

_CLIP = 5.0  # largest norm of the gradient


@dataclass(frozen=True)
class MemberBatches:
    """Batches of all members side by side, as `data.encodings.stream.Batches`: each epoch in an order of its own.

    Attributes:
        x: (N, I) float32 inputs.
        target: (N, K) float32 standardised values, 0 where unknown.
        weight: (N, K) float32, 0 where unknown.
        members: for each of E members, the chains that it may see.
        size: chains of a batch, for each member.
    """

    x: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    members: Sequence[np.ndarray]
    size: int

    @property
    def an_epoch(self) -> int:
        """Batches in which every member has seen its chains once."""
        return min(len(own) for own in self.members) // self.size

    def endless(self, seed: int, start: int = 0, share: Share = Share()) -> Iterator[Batch]:  # noqa: B008 - frozen
        """Yield ``x`` (E, B, I), ``target`` and ``weight`` (E, B, K); see `Batches`."""
        epoch, skipped = divmod(start, self.an_epoch)
        while True:
            rng = np.random.default_rng([seed, epoch])
            order = np.stack([rng.permutation(own)[: self.an_epoch * self.size] for own in self.members])
            for place in range(skipped, self.an_epoch):
                index = order[:, place * self.size :][:, : self.size]
                index = index[:, share.rank :: share.world]
                yield {"x": self.x[index], "target": self.target[index], "weight": self.weight[index]}
            epoch, skipped = epoch + 1, 0

    def held_out(self) -> Iterator[tuple[Batch, float]]:
        """Yield nothing: every member is watched on the part of the chains that it does not see, afterwards."""
        yield from ()

    def count(self, batch: Batch) -> float:
        """Return the weight of the known values."""
        return float(batch["weight"].sum())


class GuideRecipe(PropertyRecipe[FpnetConfig]):
    """Networks by the training loop, waves in closed form, blended by what neither had seen."""

    role: ClassVar[Literal["guide", "checker"]] = "guide"

    def fit(
        self,
        config: FpnetConfig,
        features: Features,
        targets: np.ndarray,
        own: Sequence[bool],
        seed: int,
        minutes: float | None,
    ) -> tuple[GuideModel, np.ndarray, np.ndarray]:
        """See `PropertyRecipe`; which values are `own` makes no difference, and `minutes` are the networks'."""
        folds = features.parts(config.n_folds)  # member e never sees part e modulo `n_folds`
        projection = Projection.fit(features, config.n_bits, config.n_components)
        blocks = projection.blocks(features)
        network = fit_network(config, network_inputs(blocks).numpy(), targets, folds, seed, minutes)
        of_network = _blind(network_members(network, blocks), folds, config.n_folds)
        waves, of_waves = fit_waves(config, blocks, targets, folds, seed)
        rarity = left_out_rarity(features.counts, np.isfinite(targets))
        blend = Blend.fit(of_network, of_waves, rarity, targets)
        return GuideModel(config, projection, network, waves, blend), *blend(of_network, of_waves, rarity)


def fit_network(
    config: FpnetConfig, x: np.ndarray, targets: np.ndarray, folds: np.ndarray, seed: int, minutes: float | None
) -> EnsembleNetwork:
    """Train the networks of all members on (N, I) inputs; member e never sees fold e modulo `n_folds`."""
    torch.manual_seed(seed)
    network = EnsembleNetwork(config, x.shape[1])
    members = [np.flatnonzero(folds != e % config.n_folds) for e in range(config.n_members)]
    target = np.nan_to_num(targets).astype(np.float32)
    batches = MemberBatches(x, target, loss_weights(targets, config.rare_weight), members, config.batch_size)
    if batches.an_epoch == 0:
        raise TrainingError(f"{len(x)} training chains do not fill a batch of {config.batch_size}.")
    steps = None if minutes is not None else config.epochs * batches.an_epoch
    # Every member is an average over many others already: the weights themselves are not averaged.
    settings = RunSettings(
        None, seed, steps, minutes, clip=_CLIP, average=0.0, weight_decay=config.weight_decay
    )  # fmt: skip
    phase = Phase("regress", 1.0, config.learning_rate)
    Loop({phase.name: Supervised(network, "adamw", mixed=False)}, batches, [phase], settings).run()
    return network.half().float().eval()  # as it will be read back from the checkpoint


def _blind(members: np.ndarray, folds: np.ndarray, n_folds: int) -> np.ndarray:
    """Return (N, K) means over the members of (E, N, K) that never saw a chain."""
    unseen = np.arange(len(members))[:, None] % n_folds == folds[None, :]  # (E, N)
    return np.einsum("en,enk->nk", unseen / unseen.sum(axis=0), members)


def loss_weights(targets: np.ndarray, rare_weight: float) -> np.ndarray:
    """Return (N, K) float32 weights: 0 where unknown, else (largest count / count of the property) ** rare_weight."""
    known = np.isfinite(targets)
    count = np.maximum(known.sum(axis=0), 1)
    return (known * (count.max() / count) ** rare_weight).astype(np.float32)


RECIPE = GuideRecipe("fpnet")
