"""Train the recipe of a property model anew for each fold, and a one-minute baseline beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator

from polydesign.core import registry
from polydesign.core.configs import PropertyConfig
from polydesign.core.properties import property_spec
from polydesign.predictors.features import Features

_BASELINE_BITS, _BASELINE_RADIUS, _BASELINE_TREES = 2048, 2, 100


@dataclass(frozen=True)
class Chains:
    """N labelled chains.

    Attributes:
        psmiles: their texts.
        features: what models read.
        values: (N, K) on each property's scale, NaN where unknown.
    """

    psmiles: Sequence[str]
    features: Features
    values: np.ndarray


@dataclass(frozen=True)
class HeldOutPredictions:
    """What models said of chains that they had not seen, all (N, K) on the scale, NaN where not predicted.

    Attributes:
        mean, std: of the model.
        baseline: of the baseline.
    """

    mean: np.ndarray
    std: np.ndarray
    baseline: np.ndarray


def cross_validate(
    family: str, config: PropertyConfig, chains: Chains, folds: np.ndarray, seed: int, on_fold: Callable[[], object]
) -> HeldOutPredictions:
    """Predict every chain by a model that was taught the other folds."""
    labelled = np.isfinite(chains.values) & chains.features.readable[:, None]
    bits = written_fingerprints(chains.psmiles)
    mean, std, baseline = (np.full(chains.values.shape, np.nan) for _ in range(3))
    for fold in range(int(folds.max()) + 1):
        held_out = folds == fold
        taught = labelled & ~held_out[:, None]
        own = [True] * len(config.keys)
        fitted = registry.recipe(family).calibrated(config, chains.features, chains.values, taught, own, seed)
        rows = np.flatnonzero(held_out & chains.features.readable)
        columns = fitted.predictor.predict([chains.psmiles[row] for row in rows.tolist()])
        for column, key in enumerate(config.keys):
            mean[rows, column] = property_spec(key).to_scale(columns[key].mean)
            std[rows, column] = columns[key].std
            wanted = np.flatnonzero(held_out & labelled[:, column])
            baseline[wanted, column] = _boosted(bits, chains.values[:, column], taught[:, column], wanted, seed)
        on_fold()
    return HeldOutPredictions(mean, std, baseline)


def written_fingerprints(psmiles: Sequence[str]) -> np.ndarray:
    """Return (N, 2048) float32 Morgan bits of the strings as written, stars included: what anyone would take."""
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=_BASELINE_RADIUS, fpSize=_BASELINE_BITS)
    rows = [generator.GetFingerprintAsNumPy(Chem.MolFromSmiles(text)) for text in psmiles]
    return np.array(rows, dtype=np.float32).reshape(len(psmiles), _BASELINE_BITS)


def _boosted(bits: np.ndarray, values: np.ndarray, taught: np.ndarray, wanted: np.ndarray, seed: int) -> np.ndarray:
    """Return predictions for the rows `wanted` of gradient-boosted trees with the library's own settings."""
    import lightgbm

    if not len(wanted):
        return np.zeros(0)
    settings = {"objective": "regression", "num_threads": 1, "seed": seed, "deterministic": True, "verbose": -1}
    data = lightgbm.Dataset(bits[taught], values[taught], params={"max_bin": 2, "verbose": -1})
    booster = lightgbm.train(settings | {"max_bin": 2}, data, _BASELINE_TREES)
    return np.asarray(booster.predict(bits[wanted], num_threads=1))
