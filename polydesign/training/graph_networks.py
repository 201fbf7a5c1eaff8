"""Train graph networks on prepared graphs with the common loop, and predict what a network did not see."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from polydesign.core.errors import TrainingError
from polydesign.data.encodings.graphs import GraphBatches, GraphData, Graphs
from polydesign.predictors.gnn.config import GnnConfig
from polydesign.predictors.gnn.inference import run_network
from polydesign.predictors.gnn.network import GraphNetwork
from polydesign.training.trainer import RunReport, RunSettings, Trainer


@dataclass(frozen=True)
class Scales:
    """How the values of K properties are standardised, as half precision can store it.

    Attributes:
        center, scale: (K,) float32; mean, and standard deviation of the values, or of what composition leaves of them.
        reference: (119 + 1, K) float32 standardised contribution of each element to a molecule and, last, the
            offset; None for chains.
    """

    center: np.ndarray
    scale: np.ndarray
    reference: np.ndarray | None = None

    @classmethod
    def fit(cls, values: np.ndarray, composition: np.ndarray | None = None) -> Scales:
        """Measure (N, K) values, NaN where unknown, of molecules with (N, 119) `composition` or of chains (None).

        Raises `TrainingError` when a property has no value.
        """
        if not np.isfinite(values).any(axis=0).all():
            raise TrainingError("A property has no value to learn from. Add values or leave its key out.")
        center = np.nanmean(values, axis=0).astype(np.float16).astype(np.float32)
        left, reference = values - center, None
        if composition is not None:
            inputs = np.concatenate([composition, np.ones((len(composition), 1))], axis=1)
            reference = np.zeros((inputs.shape[1], values.shape[1]))
            for k, column in enumerate(left.T):
                known = np.isfinite(column)
                # The normal equations: a hundred columns, most of them empty, against a hundred thousand rows.
                square, right = inputs[known].T @ inputs[known], inputs[known].T @ column[known]
                reference[:, k] = np.linalg.lstsq(square, right, rcond=None)[0]
            left = left - inputs @ reference
        scale = np.maximum(np.nanstd(left, axis=0), 1e-3).astype(np.float16).astype(np.float32)
        return cls(center, scale, None if reference is None else (reference / scale).astype(np.float32))

    def standardise(self, values: np.ndarray) -> np.ndarray:
        """Return values in units of the scale."""
        return (values - self.center) / self.scale


@dataclass(frozen=True)
class Trained:
    """A trained network in evaluation mode, rounded as it will be stored, and what the loop has to say."""

    network: GraphNetwork
    report: RunReport
    epochs: float


def train_network(
    config: GnnConfig, data: GraphData, out: Path, *, seed: int, minutes: float | None, device: str = "cpu",
    reference: np.ndarray | None = None,
) -> Trained:  # fmt: skip
    """Train one network.

    Args:
        config: settings.
        data: graphs, standardised values, and which of them to learn from.
        out: the state of the run is kept in ``out.run``.
        seed: seed of weights, order and dropout.
        minutes: wall-clock budget; the epochs of `config` when None.
        device: "cpu" or "cuda".
        reference: of `Scales`, what the elements contribute to a molecule.
    """
    torch.manual_seed(seed)
    network = GraphNetwork(config)
    if reference is not None:
        with torch.no_grad():
            network.reference.copy_(torch.from_numpy(reference[:-1]))
            network.offset.copy_(torch.from_numpy(reference[-1]))
    n_atoms = int(data.graphs.sizes[data.train].sum())
    steps_an_epoch = max(1, math.ceil(n_atoms / config.batch_atoms))
    settings = RunSettings(
        out, seed, None if minutes else config.epochs * steps_an_epoch, minutes, device,
        average=config.average, weight_decay=config.weight_decay,
    )  # fmt: skip
    batches = GraphBatches(data, config.batch_atoms, config.max_atoms)
    report = Trainer(network, batches, [config.phase], settings).run()
    network.load_state_dict(report.weights, strict=False)  # all but the buffers, which never change
    network = network.cpu().half().float().eval()
    return Trained(network, report, report.steps / steps_an_epoch)


def learning_weights(values: np.ndarray, rare_weight: float) -> np.ndarray:
    """Return (K,) weights (largest count / count of the property) ** rare_weight for (N, K) values."""
    count = np.maximum(np.isfinite(values).sum(axis=0), 1)
    return ((count.max() / count) ** rare_weight).astype(np.float32)


def out_of_fold(
    config: GnnConfig, graphs: Graphs, values: np.ndarray, folds: np.ndarray, *, seed: int, minutes: float | None,
    only: Sequence[int] | None = None, on_fold: Callable[[int], Any] | None = None,
) -> np.ndarray:  # fmt: skip
    """Predict every graph by a network that did not learn from its fold.

    Args:
        config: settings; one network a fold, whatever `n_members` says.
        graphs: N graphs.
        values: (N, K) values of `config.keys` on their scales, NaN where unknown.
        folds: (N,) fold of each graph; a graph of fold -1 is learnt from always and never predicted.
        seed: seed of each fold's run.
        minutes: wall-clock budget of each fold; the epochs of `config` when None.
        only: the folds wanted, all when None.
        on_fold: called with each fold when it is done.

    Returns (N, K) predictions on the scales, NaN for graphs of folds that were not asked for.
    """
    predicted = np.full(values.shape, np.nan)
    for fold in sorted(set(folds[folds >= 0].tolist())) if only is None else only:
        train = np.flatnonzero((folds != fold) & np.isfinite(values).any(axis=1))
        scales = Scales.fit(values[train])
        weight = learning_weights(values[train], config.rare_weight)
        standard = scales.standardise(values).clip(-5.0, 5.0)
        data = GraphData(graphs, standard, weight, train)
        with TemporaryDirectory() as folder:
            trained = train_network(config, data, Path(folder) / "fold", seed=seed, minutes=minutes)
        held = np.flatnonzero(folds == fold)
        predicted[held] = scales.center + scales.scale * run_network(trained.network, graphs, held)
        if on_fold is not None:
            on_fold(fold)
    return predicted
