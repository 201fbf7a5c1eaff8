"""Train the ensemble: every member on its own part of the chains, all members in one pass."""

from __future__ import annotations

import math
import time

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from polydesign.core.errors import TrainingError
from polydesign.predictors.fpnet.config import FpnetConfig
from polydesign.predictors.fpnet.network import EnsembleNetwork

_WARM_UP = 0.03  # share of the run
_CLIP = 5.0  # largest norm of the gradient
_AT_ONCE = 2000  # rows of a prediction


def fit(
    config: FpnetConfig, inputs: np.ndarray, targets: np.ndarray, folds: np.ndarray, seed: int, minutes: float | None
) -> tuple[EnsembleNetwork, np.ndarray, np.ndarray]:
    """Train the network and predict every training chain by the members that did not see it.

    Args:
        config: settings.
        inputs: (N, I) features of the training chains.
        targets: (N, K) standardised values, NaN where unknown or not to be learnt.
        folds: (N,) part of each chain; member e never sees part e modulo `n_folds`.
        seed: seed of weights, order and dropout.
        minutes: wall-clock budget; the number of epochs of `config` when None.

    Returns the network in evaluation mode, and (N, K) out-of-fold means and spreads.
    Raises `TrainingError` when the loss is not finite.
    """
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    network = EnsembleNetwork(config, inputs.shape[1])
    network.input_center.copy_(torch.from_numpy(inputs.mean(axis=0)))
    network.input_scale.copy_(torch.from_numpy(_scales(inputs, config.n_bits)))
    x, target = torch.from_numpy(inputs), torch.from_numpy(np.nan_to_num(targets).astype(np.float32))
    weight = torch.from_numpy(loss_weights(targets, config.rare_weight))
    rows = [torch.from_numpy(np.flatnonzero(folds != e % config.n_folds)) for e in range(config.n_members)]
    optimizer = torch.optim.AdamW(
        [{"params": list(network.weights), "weight_decay": config.weight_decay},
         {"params": list(network.biases), "weight_decay": 0.0}],
        lr=0.0,
    )  # fmt: skip
    n_steps = min(len(own) for own in rows) // config.batch_size
    if n_steps == 0:
        raise TrainingError(f"{len(inputs)} training chains do not fill a batch of {config.batch_size}.")
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
    network.half().float().eval()  # as it will be read back from the checkpoint
    return network, *_out_of_fold(network, x, folds)


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


def _scales(inputs: np.ndarray, n_bits: int) -> np.ndarray:
    """Return (I,) scales: 1 for the logarithmic counts, the standard deviation for a descriptor.

    Counts divided by their own deviation would make the rarest environments the largest inputs.
    """
    scales = np.maximum(inputs.std(axis=0), 1e-3)
    scales[:n_bits] = 1.0
    return scales.astype(np.float32)


def _out_of_fold(network: EnsembleNetwork, x: torch.Tensor, folds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (N, K) mean and spread over the members that never saw a chain."""
    with torch.inference_mode():
        members = np.concatenate([network(x[i : i + _AT_ONCE]).numpy() for i in range(0, len(x), _AT_ONCE)], axis=1)
    blind = np.arange(len(members))[:, None] % network.config.n_folds == folds[None, :]  # (E, N)
    weight = (blind / blind.sum(axis=0))[..., None]
    mean = (weight * members).sum(axis=0)
    n_blind = blind.sum(axis=0)[:, None]
    variance = (weight * (members - mean) ** 2).sum(axis=0) * n_blind / np.maximum(n_blind - 1, 1)
    return mean, np.sqrt(variance)
