"""Train the checker of the molecule task: boosted trees on QM9 molecules that the graph network never learns from.

By the hash of the molecule key, QM9 is divided into

    [0, 0.70)     taught to the graph network, the guide of that task
    [0.70, 0.80)  the graph network's valid side: watched by it, not used here
    [0.80, 0.95)  taught to these trees; test molecules of the graph network
    [0.95, 1)     test molecules of both, and of the generators: teach nobody anything
"""

from __future__ import annotations

import dataclasses
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from polydesign import store
from polydesign.core import registry
from polydesign.core.properties import MOLECULE_GUIDE, property_spec
from polydesign.data.corpora.graph_sets import find_graphs
from polydesign.data.corpora.prepare import statistics
from polydesign.data.corpora.split import position
from polydesign.predictors.domain import Domain
from polydesign.predictors.intervals import Intervals
from polydesign.predictors.molecule_features import featurise_molecules
from polydesign.predictors.trees.config import PRESETS, TreesConfig
from polydesign.predictors.trees.fit import fit
from polydesign.predictors.trees.predictor import TreesPredictor
from polydesign.store.card import render
from polydesign.training.graph_card import usage
from polydesign.training.graph_networks import Scales
from polydesign.training.graphs import held_out_widths
from polydesign.training.property_figures import agreement, errors, figures
from polydesign.training.recipes import PREPARED, _git_commit, _hardware

_TAUGHT, _TEST = (0.80, 0.95), (0.95, 1.0)

_SPLIT = """
Molecules of QM9 by a hash of the molecule key: it learns from {n_train:,} that teach the graph network nothing, and is
tested on {n_test:,} that teach neither anything. It reads counts of atom environments and descriptors, not graphs, and
is no network, so that it errs in other ways.
"""
_LIMITS = """
- It knows no geometry: conformers and stereoisomers get one answer.
- QM9 holds molecules of at most nine heavy atoms of C, N, O and F; trees cannot extrapolate beyond them.
"""


def train_molecule_checker(
    out: Path, *, max_minutes: float | None = None, seed: int = 0, config: TreesConfig = PRESETS["molecules"]
) -> Path:
    """Train the checker of the molecule task and write its checkpoint folder; return `out`.

    Raises `DataError` when QM9 is not on this machine.
    """
    prepared = find_graphs("qm9", PREPARED / "graphs-qm9")
    place = np.array([position(name) for name in prepared.names])
    columns = [prepared.meta["keys"].index(key) for key in config.keys]
    taught, test = (np.flatnonzero((place >= low) & (place < high)) for low, high in (_TAUGHT, _TEST))
    values = prepared.values[:, columns]
    began, processor = time.monotonic(), time.process_time()
    features = featurise_molecules([prepared.texts[row] for row in taught], config.radius)
    scales = Scales.fit(values[taught])
    standard = scales.standardise(values[taught])
    places = np.array([position(prepared.names[row], "out of fold") for row in taught])
    features, own = dataclasses.replace(features, place=places), [True] * len(config.keys)
    forests, blind, spread = fit(config, features, standard, own, seed, max_minutes)
    floor, widen = held_out_widths(blind - standard, spread)
    domain = Domain.fit(features.counts, np.isfinite(standard))
    predictor = TreesPredictor(forests, Intervals(scales.center, scales.scale, floor, widen), domain)
    minutes, processor = (time.monotonic() - began) / 60, (time.process_time() - processor) / 60
    unseen = [prepared.texts[row] for row in test]
    predicted = predictor.predict(unseen)
    truth = {key: property_spec(key).from_scale(values[test, k]) for k, key in enumerate(config.keys)}
    blind = scales.center + scales.scale * blind
    metrics: dict = {
        "test": figures(predicted, truth),
        "out_of_fold": {key: errors(values[taught, k], blind[:, k]) for k, key in enumerate(config.keys)},
    }
    if (out.parent / MOLECULE_GUIDE / "config.json").is_file():
        guide = store.load_model(out.parent / MOLECULE_GUIDE)
        metrics["agreement with the graph network"] = agreement(guide.predict(unseen), predicted, config.keys)  # type: ignore[union-attr]
    spec = registry.spec("trees")
    record = {
        "id": out.name,
        "kind": "predictor",
        "family": "trees",
        "label": f"{spec.label}: molecules",
        "summary": "Gradient-boosted trees on QM9 molecules: checks the graph network in the molecule task.",
        "config": dataclasses.asdict(config),
        "properties": {key: statistics(values[taught, k], key) for k, key in enumerate(config.keys)},
        "data": [{**entry, "rows": len(prepared.names)} for entry in prepared.meta["recipe"]["data"]],
        "seed": seed,
        "git_commit": _git_commit(),
        "trained": {
            "minutes": round(minutes, 2),
            "processor_minutes": round(processor, 2),
            "n_train": len(taught),
            "n_test": len(test),
            "hardware": _hardware("cpu"),
            "date": datetime.now(UTC).date().isoformat(),
        },
        "metrics": metrics,
    }
    sections = {
        "Use": usage(out.name, config.keys[0], molecules=True),
        "Who teaches what": _SPLIT.format(n_train=len(taught), n_test=len(test)),
        "Where it fails": _LIMITS,
    }
    store.save(
        out, config=record, weights=predictor.weights(), files=predictor.files(), metrics=metrics,
        card=render({**record, "role": None}, metrics, sections),
    )  # fmt: skip
    return out
