"""Train the property models: the guide (fpnet) and the independent checker (trees).

Which chains teach which model is decided by hashes of the chain key:

- test chains (5 %) teach neither model, for any property; all figures marked test are of them;
- of the others, a property known for at least `MANY` polymers is taught to the guide by two
  thirds and to the checker by the rest, which share no chain; dividing a smaller property would
  cost too much, so both models learn it from all of them, and the checker predicts every chain by
  the part of itself that has not seen it.

Errors for the intervals come from chains that a part of the model did not see (out of fold).
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd

from polydesign import store
from polydesign.core import registry
from polydesign.core.errors import TrainingError
from polydesign.core.properties import property_spec
from polydesign.core.protocols import PropertyPredictor
from polydesign.data.corpora.prepare import statistics
from polydesign.data.corpora.split import position, sides
from polydesign.predictors.chain_predictor import ChainPredictor
from polydesign.predictors.features import Features, featurise
from polydesign.training.property_card import property_card
from polydesign.training.property_figures import agreement, figures
from polydesign.training.property_fit import fit_predictor
from polydesign.training.property_growth import growth
from polydesign.training.property_parity import property_parity
from polydesign.training.recipes import _git_commit, _hardware
from polydesign.training.state import run_folder

MANY = 1000
ROLES = {"fpnet": "guide", "trees": "checker"}
GUIDE_SHARE = 2 / 3
_HALF = "guide or checker"  # salt of the division of the train chains


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
        out: checkpoint folder to write; its name is the id. parity.svg lies in ``out.run``.
        max_minutes: wall-clock budget of the fit; the preset's own length when None.
        seed: seed of everything random in the fit. The splits do not depend on it.
        data: "properties", the merged labels of the catalog; or "qm9" for the trees that check molecules.
        preset: settings of the family.

    Returns `out`. Raises `TrainingError` for another family, data or preset, `DataError` when the
    labels are not on this machine.
    """
    from polydesign.data.corpora.labels import polymer_labels
    from polydesign.data.sources.load import provenance

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
    examples = gather(labels, config.keys, role)
    began = time.monotonic()
    fitted = fit_predictor(
        family, config, examples.features, examples.values, examples.taught,
        [key in examples.halved for key in config.keys], seed, max_minutes,
    )  # fmt: skip
    minutes, predictor = (time.monotonic() - began) / 60, fitted.predictor
    at_test = examples.side == "test"
    unseen = labels["psmiles"].to_numpy()[at_test].tolist()
    tested = predictor.predict(unseen)
    truth = {key: labels[key].to_numpy(dtype=float)[at_test] for key in config.keys}
    metrics: dict[str, Any] = {
        "test": figures(tested, truth),
        **growth(tested, truth, predictor.distance(unseen), predictor.intervals.scale),
        "out_of_fold": fitted.out_of_fold,
        "error_correlation": fitted.error_correlation,
    }
    if role == "checker" and (out.parent / "guide" / "config.json").is_file():
        guide = cast(PropertyPredictor, store.load_model(out.parent / "guide"))
        metrics["agreement"] = agreement(guide.predict(unseen), tested, config.keys)
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
    run_folder(out).mkdir(exist_ok=True)
    (run_folder(out) / "parity.svg").write_text(_parity(predictor, examples))
    return out


def gather(labels: pd.DataFrame, keys: Sequence[str], role: str) -> Examples:
    """Compute features and decide which values teach the model of this role."""
    chain_keys = labels["chain_key"].tolist()
    features = featurise(labels["psmiles"].tolist())
    values = np.stack([property_spec(key).to_scale(labels[key].to_numpy(dtype=float)) for key in keys], axis=1)
    taught, many = which_teach(chain_keys, values, role)
    taught &= features.readable[:, None]
    halved = tuple(key for key, flag in zip(keys, many, strict=True) if flag)
    return Examples(tuple(keys), chain_keys, features, values, sides(chain_keys), taught, halved)


def which_teach(chain_keys: Sequence[str], values: np.ndarray, role: str) -> tuple[np.ndarray, np.ndarray]:
    """Return (N, K) flags of the values that teach the model of a role, (K,) of the properties that are divided.

    Args:
        chain_keys: (N,) names of the chains.
        values: (N, K), NaN where unknown.
        role: "guide" or "checker".
    """
    guided = np.array([position(key, _HALF) < GUIDE_SHARE for key in chain_keys])
    many = np.asarray(np.isfinite(values).sum(axis=0) >= MANY)
    own = guided if role == "guide" else ~guided
    return np.isfinite(values) & (sides(chain_keys) != "test")[:, None] & (own[:, None] | ~many), many


def _parity(predictor: ChainPredictor, examples: Examples) -> str:
    """Return the parity plot of what was learnt from and of the test chains."""
    sets = {}
    test = np.broadcast_to((examples.side == "test")[:, None], examples.values.shape)
    for name, chosen in {"training": examples.taught, "test": test}.items():
        rows = np.flatnonzero(chosen.any(axis=1) & examples.features.readable)
        mean, _ = predictor.standardised(examples.features.rows(rows))
        said = predictor.intervals.center + predictor.intervals.scale * mean
        sets[name] = np.where(chosen[rows], examples.values[rows], np.nan), said
    return property_parity(examples.keys, sets)


def _settings(family: str, preset: str) -> Any:
    if family not in ROLES:
        raise TrainingError(f"'{family}' is no property model that is trained here. There are: {', '.join(ROLES)}.")
    presets = registry.presets(family)
    if preset not in presets:
        raise TrainingError(f"{family} has no preset '{preset}'. It has: {', '.join(presets)}.")
    return presets[preset]
