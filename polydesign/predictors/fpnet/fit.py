"""Train the guide: every network on its own part of the chains, all in one pass, then the waves."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from polydesign.core.errors import TrainingError
from polydesign.predictors.domain import left_out_rarity
from polydesign.predictors.features import Features
from polydesign.predictors.fpnet.config import FpnetConfig
from polydesign.predictors.fpnet.inputs import Projection
from polydesign.predictors.fpnet.model import Blend, GuideModel, network_members
from polydesign.predictors.fpnet.network import EnsembleNetwork, network_inputs
from polydesign.predictors.fpnet.waves import fit_waves

_WARM_UP = 0.03  # share of the run
_CLIP = 5.0  # largest norm of the gradient


def fit(
    config: FpnetConfig,
    features: Features,
    targets: np.ndarray,
    own: Sequence[bool],
    seed: int,
    minutes: float | None,
) -> tuple[GuideModel, np.ndarray, np.ndarray]:
    """Train both models and predict every training chain by what did not see its part.

    Args:
        config: settings.
        features: features of the N training chains.
        targets: (N, K) standardised values, NaN where unknown or not to be learnt.
        own: which properties are taught to no other model; the guide makes no difference.
        seed: seed of everything random.
        minutes: wall-clock budget of the networks; the number of epochs of `config` when None.

    Returns the model, and (N, K) out-of-fold means and spreads.
    Raises `TrainingError` when the loss is not finite.
    """
    folds = features.parts(config.n_folds)  # member e never sees part e modulo `n_folds`
    projection = Projection.fit(features, config.n_bits, config.n_components)
    blocks = projection.blocks(features)
    network = _fit_network(config, network_inputs(blocks), targets, folds, seed, minutes)
    of_network = _blind(network_members(network, blocks), folds, config.n_folds)
    waves, of_waves = fit_waves(config, blocks, targets, folds, seed)
    rarity = left_out_rarity(features.counts, np.isfinite(targets))
    blend = Blend.fit(of_network, of_waves, rarity, targets)
    return GuideModel(config, projection, network, waves, blend), *blend(of_network, of_waves, rarity)


def _fit_network(
    config: FpnetConfig, x: torch.Tensor, targets: np.ndarray, folds: np.ndarray, seed: int, minutes: float | None
) -> EnsembleNetwork:
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    network = EnsembleNetwork(config, x.shape[1])
    target = torch.from_numpy(np.nan_to_num(targets).astype(np.float32))
    weight = torch.from_numpy(loss_weights(targets, config.rare_weight))
    rows = [torch.from_numpy(np.flatnonzero(folds != e % config.n_folds)) for e in range(config.n_members)]
    optimizer = torch.optim.AdamW(
        [{"params": list(network.weights), "weight_decay": config.weight_decay},
         {"params": list(network.biases), "weight_decay": 0.0}],
        lr=0.0,
    )  # fmt: skip
    n_steps = min(len(own) for own in rows) // config.batch_size
    if n_steps == 0:
        raise TrainingError(f"{len(x)} training chains do not fill a batch of {config.batch_size}.")
    began, total = time.monotonic(), config.epochs * n_steps
    network.train()
    progress = 0.0
    for step in tqdm(range(total), unit="step", mininterval=1.0):
        if step % n_steps == 0:
            order = torch.stack([own[torch.randperm(len(own), generator=generator)[: n_steps * config.batch_size]]
                                 for own in rows])  # fmt: skip
        progress = max(progress, step / total)
        if minutes is not None:
            progress = max(progress, (time.monotonic() - began) / (60 * minutes))
        if progress >= 1.0:
            break
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(config.learning_rate, progress)
        batch = order[:, step % n_steps * config.batch_size :][:, : config.batch_size]
        loss = network.loss(x[batch], target[batch], weight[batch])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(network.parameters(), _CLIP)
        if not torch.isfinite(norm):
            raise TrainingError(f"The gradient is not finite at step {step}. Lower the learning rate.")
        optimizer.step()
    return network.half().float().eval()  # as it will be read back from the checkpoint


def _blind(members: np.ndarray, folds: np.ndarray, n_folds: int) -> np.ndarray:
    """Return (N, K) means over the members of (E, N, K) that never saw a chain."""
    unseen = np.arange(len(members))[:, None] % n_folds == folds[None, :]  # (E, N)
    return np.einsum("en,enk->nk", unseen / unseen.sum(axis=0), members)


def learning_rate(peak: float, progress: float) -> float:
    """Return the learning rate at `progress` in [0, 1]: linear warm-up, then a cosine to zero."""
    if progress < _WARM_UP:
        return peak * max(progress / _WARM_UP, 0.01)
    return peak * 0.5 * (1 + math.cos(math.pi * (progress - _WARM_UP) / (1 - _WARM_UP)))


def loss_weights(targets: np.ndarray, rare_weight: float) -> np.ndarray:
    """Return (N, K) float32 weights: 0 where unknown, else (largest count / count of the property) ** rare_weight."""
    known = np.isfinite(targets)
    count = np.maximum(known.sum(axis=0), 1)
    return (known * (count.max() / count) ** rare_weight).astype(np.float32)
