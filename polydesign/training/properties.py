"""Train the property models: the guide (fpnet) and the independent checker (trees).

Which chains teach which model is decided by hashes of the chain key:

- test chains (5 %) teach neither model, for any property; all figures marked test are of them;
- valid chains (5 %) teach neither; they set the pooled width of the intervals;
- of the train chains, a property known for at least `MANY` polymers is taught to the guide by one
  half and to the checker by the other half, which share no chain; halving a smaller property would
  cost too much, so both models learn it from all train chains, by other inputs and another method.

Errors for the intervals come from chains that the model did not see: out of fold on the train chains.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from polydesign import store
from polydesign.core import registry
from polydesign.core.errors import TrainingError
from polydesign.core.properties import property_spec
from polydesign.data.prepare import statistics
from polydesign.data.split import folds, position, sides
from polydesign.predictors.chain_predictor import ChainPredictor
from polydesign.predictors.domain import Domain
from polydesign.predictors.features import Features, featurise
from polydesign.predictors.intervals import Intervals, fit_floor, fit_widening
from polydesign.training.property_card import property_card
from polydesign.training.property_figures import agreement, errors, figures
from polydesign.training.recipes import _git_commit, _hardware

MANY = 1000
ROLES = {"fpnet": "guide", "trees": "checker"}
_HALF, _FOLD = "guide or checker", "out of fold"  # salts of the splits among the train chains
_CUT = 5.0  # standard deviations at which training values are cut, so that one outlier does not rule a loss


@dataclass(frozen=True)
class Examples:
    """Labelled chains as a family sees them.

    Attributes:
        keys: K properties.
        chain_keys: (N,) names of the chains.
        features: features of the N chains.
        values: (N, K) values on each property's scale, NaN where unknown.
        side: (N,) "train", "valid" or "test".
        taught: (N, K) bool, which values this model learns from.
        halved: the properties whose train chains are divided between guide and checker.
    """

    keys: tuple[str, ...]
    chain_keys: Sequence[str]
    features: Features
    values: np.ndarray
    side: np.ndarray
    taught: np.ndarray
    halved: tuple[str, ...]


def train_properties(
    family: str, out: Path, *, max_minutes: float | None = None, seed: int = 0, data: str = "properties",
    preset: str = "small",
) -> Path:  # fmt: skip
    """Train one of the property models on the labelled polymers and write its checkpoint folder.

    Args:
        family: "fpnet" or "trees".
        out: checkpoint folder to write; its name is the id.
        max_minutes: wall-clock budget of the fit; the preset's own length when None.
        seed: seed of everything random in the fit. The splits do not depend on it.
        data: "properties", the merged labels of the catalog; or "qm9" for the trees that check molecules.
        preset: settings of the family.

    Returns `out`. Raises `TrainingError` for another family, data or preset, `DataError` when the
    labels are not on this machine.
    """
    from polydesign.data.labels import polymer_labels
    from polydesign.data.load import provenance

    if data == "qm9" and family == "trees":
        from polydesign.training.molecule_checker import train_molecule_checker

        return train_molecule_checker(out, max_minutes=max_minutes, seed=seed)
    if data != "properties":
        raise TrainingError(f"Property models are trained with --data properties; got '{data}'.")
    config = _settings(family, preset)
    labels = polymer_labels(config.keys)
    source = {**provenance("labels_merged"), "rows": len(labels)}
    return train_on(family, labels, out, config=config, sources=[source], max_minutes=max_minutes, seed=seed)


def train_on(
    family: str, labels: pd.DataFrame, out: Path, *, config: Any, sources: list[dict], max_minutes: float | None,
    seed: int,
) -> Path:  # fmt: skip
    """Train on a table with columns psmiles, chain_key and the keys of `config`, in their units."""
    role = ROLES[family]
    examples = gather(labels, config.keys, config.radius, role)
    began = time.monotonic()
    predictor, out_of_fold = _fit(family, config, examples, seed, max_minutes)
    minutes = (time.monotonic() - began) / 60
    metrics = {"test": _test_figures(predictor, labels, examples), "out_of_fold": out_of_fold}
    if role == "checker" and (out.parent / "guide" / "config.json").is_file():
        unseen = labels["psmiles"].to_numpy()[examples.side == "test"].tolist()
        guide = store.load_model(out.parent / "guide")
        metrics["agreement"] = agreement(guide.predict(unseen), predictor.predict(unseen), config.keys)
    spec = registry.spec(family)
    record = {
        "id": out.name,
        "kind": "predictor",
        "role": role,
        "family": family,
        "label": f"{role.capitalize()}: {spec.label.lower()}",
        "summary": spec.summary,
        "config": dataclasses.asdict(config),
        "properties": {
            key: statistics(property_spec(key).from_scale(examples.values[examples.taught[:, column], column]), key)
            for column, key in enumerate(config.keys)
        },
        "data": sources,
        "seed": seed,
        "git_commit": _git_commit(),
        "trained": {
            "minutes": round(minutes, 2),
            "hardware": _hardware("cpu"),
            "date": datetime.now(UTC).date().isoformat(),
        },
        "metrics": metrics,
    }
    store.save(
        out,
        config=record,
        weights=predictor.weights(),
        files=predictor.files(),
        metrics=metrics,
        card=property_card(record, metrics, examples.halved, MANY),
    )
    return out


def gather(labels: pd.DataFrame, keys: Sequence[str], radius: int, role: str) -> Examples:
    """Compute features and decide which values teach the model of this role."""
    chain_keys = labels["chain_key"].tolist()
    features = featurise(labels["psmiles"].tolist(), radius)
    values = np.stack([property_spec(key).to_scale(labels[key].to_numpy(dtype=float)) for key in keys], axis=1)
    side = sides(chain_keys)
    first_half = np.array([position(key, _HALF) < 0.5 for key in chain_keys])
    many = np.isfinite(values).sum(axis=0) >= MANY
    own = first_half if role == "guide" else ~first_half
    taught = np.isfinite(values) & (side == "train")[:, None] & (own[:, None] | ~many)
    taught &= features.readable[:, None]
    halved = tuple(key for key, flag in zip(keys, many, strict=True) if flag)
    return Examples(tuple(keys), chain_keys, features, values, side, taught, halved)


def _fit(
    family: str, config: Any, examples: Examples, seed: int, minutes: float | None
) -> tuple[ChainPredictor, dict[str, dict]]:
    """Return the calibrated predictor, and figures of the train chains out of fold."""
    rows = np.flatnonzero(examples.taught.any(axis=1))
    taught = examples.taught[rows]
    values = np.where(taught, examples.values[rows], np.nan)
    if not taught.any(axis=0).all():
        missing = [key for key, some in zip(examples.keys, taught.any(axis=0), strict=True) if not some]
        raise TrainingError(f"No training chain has a value of {', '.join(missing)}. Add values or leave the key out.")
    # Half precision, because that is how they are stored.
    center = np.nanmean(values, axis=0).astype(np.float16).astype(np.float32)
    scale = np.maximum(np.nanstd(values, axis=0), 1e-3).astype(np.float16).astype(np.float32)
    standard = (values - center) / scale
    part = folds([examples.chain_keys[row] for row in rows], config.n_folds, _FOLD)
    fit = import_module(f"polydesign.predictors.{family}.fit").fit
    features = examples.features.rows(rows)
    model, mean, spread = fit(
        config, features.inputs(config.n_bits), np.clip(standard, -_CUT, _CUT), part, seed, minutes
    )
    floor, widen = _widths(standard, mean, spread)
    domain = Domain.fit(features.counts, taught)
    make = registry.model_class(family)
    predictor = make(model, Intervals(center, scale, floor, widen), domain)
    widen = widen * _pooled_width(predictor, examples)
    predictor = make(model, Intervals(center, scale, floor, widen.astype(np.float32)), domain)
    blind = center + scale * mean
    return predictor, {key: errors(values[:, k], blind[:, k]) for k, key in enumerate(examples.keys)}


def _widths(standard: np.ndarray, mean: np.ndarray, spread: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (K,) floors and widenings from out-of-fold errors."""
    floor, widen = [], []
    for target, predicted, width in zip(standard.T, mean.T, spread.T, strict=True):
        known = np.isfinite(target) & np.isfinite(predicted)
        error, width = (predicted - target)[known], width[known]
        floor.append(fit_floor(error, width))
        widen.append(fit_widening(error, width, floor[-1]))
    return np.array(floor, dtype=np.float32), np.array(widen, dtype=np.float32)


def _pooled_width(predictor: ChainPredictor, examples: Examples) -> float:
    """Return the factor by which intervals from out-of-fold errors are to be narrowed, from the valid chains.

    The whole model errs less than its parts that did not see a chain. Most properties have too few
    valid chains for a factor of their own, so that one is taken for all.
    """
    rows = np.flatnonzero((examples.side == "valid") & examples.features.readable)
    mean, spread = predictor.standardised(examples.features.rows(rows))
    intervals = predictor.intervals
    error = (examples.values[rows] - intervals.center) / intervals.scale - mean
    known = np.isfinite(error)
    if not known.any():
        return 1.0
    return fit_widening(error[known] / intervals.sigma(spread)[known], np.zeros(known.sum()), 1.0)


def _test_figures(predictor: ChainPredictor, labels: pd.DataFrame, examples: Examples) -> dict[str, dict]:
    unseen = labels[examples.side == "test"]
    predicted = predictor.predict(unseen["psmiles"].tolist())
    return figures(predicted, {key: unseen[key].to_numpy(dtype=float) for key in examples.keys})


def _settings(family: str, preset: str) -> Any:
    if family not in ROLES:
        raise TrainingError(f"'{family}' is no property model that is trained here. There are: {', '.join(ROLES)}.")
    presets = registry.presets(family)
    if preset not in presets:
        raise TrainingError(f"{family} has no preset '{preset}'. It has: {', '.join(presets)}.")
    return presets[preset]
