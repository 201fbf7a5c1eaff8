"""Grow the forests, and others without each part of the chains for honest errors."""

from __future__ import annotations

import time
from collections.abc import Sequence

import lightgbm
import numpy as np
from tqdm import tqdm

from polydesign.predictors.features import Features
from polydesign.predictors.trees.config import TreesConfig
from polydesign.predictors.trees.network import Forests, tree_inputs

_FEW = 800  # values below which a leaf may hold fewer rows
_SMALLEST_LEAF, _SMALLEST_LEAF_FEW = 20, 6


def fit(
    config: TreesConfig,
    features: Features,
    targets: np.ndarray,
    own: Sequence[bool],
    seed: int,
    minutes: float | None,
) -> tuple[Forests, np.ndarray, np.ndarray]:
    """Grow the forests, and predict every chain by one grown without its part.

    Args:
        config: settings.
        features: features of the N training chains.
        targets: (N, K) standardised values, NaN where unknown or not to be learnt.
        own: for each of the K properties, whether its chains teach no other model: then one forest on
            all of them is kept, and those grown without a part serve the errors only.
        seed: seed of the rows and inputs that each tree sees.
        minutes: wall-clock budget for all; a forest that its share does not finish stays smaller.

    Returns the forests, (N, K) out-of-fold predictions (NaN where there is no target), and zeros as spread.
    """
    inputs, parts = tree_inputs(features, config), features.parts(config.n_folds)
    boosters, out_of_fold = {}, np.full(targets.shape, np.nan)
    deadline = None if minutes is None else time.monotonic() + 60 * minutes
    n_left = len(config.keys) * config.n_folds + sum(own)
    for column, key in enumerate(tqdm(config.keys, unit="property", mininterval=1.0)):
        known = np.isfinite(targets[:, column])
        grown = []
        for part in range(config.n_folds):
            left_out = known & (parts == part)
            rows = known & ~left_out
            grown.append(_grow(config, inputs, targets[:, column], rows, seed, _share(deadline, n_left)))
            if left_out.any():
                out_of_fold[left_out, column] = grown[-1].predict(inputs[left_out], num_threads=1)
            n_left -= 1
        if own[column]:
            grown = [_grow(config, inputs, targets[:, column], known, seed, _share(deadline, n_left))]
            n_left -= 1
        boosters[key] = grown
    return Forests(config, boosters), out_of_fold, np.zeros_like(out_of_fold)


def _share(deadline: float | None, n_left: int) -> float | None:
    """Return the moment at which the next of `n_left` forests has to be finished."""
    return None if deadline is None else time.monotonic() + max(deadline - time.monotonic(), 0.0) / n_left


def _grow(
    config: TreesConfig, inputs: np.ndarray, target: np.ndarray, rows: np.ndarray, seed: int, until: float | None
) -> lightgbm.Booster:
    few = int(rows.sum()) < _FEW
    settings = {
        "objective": "regression",
        "learning_rate": config.learning_rate,
        "num_leaves": config.leaves(int(rows.sum())),
        "min_data_in_leaf": _SMALLEST_LEAF_FEW if few else _SMALLEST_LEAF,
        "feature_fraction": config.feature_share,
        "bagging_fraction": config.row_share,
        "bagging_freq": 1,
        "lambda_l2": 1.0,
        "num_threads": 1,
        "seed": seed,
        "deterministic": True,
        "verbose": -1,
    }
    booster = lightgbm.Booster(settings, lightgbm.Dataset(inputs[rows], target[rows]))
    for _ in range(config.n_trees):
        if booster.update() or (until is not None and time.monotonic() > until):
            break
    return booster
