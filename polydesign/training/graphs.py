"""Train the graph network: on the labelled polymers, or on the molecules of QM9.

Who learns from what is decided by hashes of the chain or molecule key:

- chains: 90 / 5 / 5 % train, valid and test, as for the other property models. Of a property known for at least
  `MANY` polymers only the guide's share of the train chains is taught, so that the checker stays a stranger to
  this network too. Member e of the ensemble never sees part e of the train chains: their errors out of
  fold set the intervals.
- molecules: 70 / 10 / 20 %, nested in the generators' split (their test molecules are test molecules
  here). One network; the errors on the valid molecules set the intervals.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from polydesign import store
from polydesign.core import registry
from polydesign.core.errors import TrainingError
from polydesign.core.properties import property_spec
from polydesign.core.results import PredictionColumns
from polydesign.data.corpora.graph_sets import SETS, find_graphs, graphs_of
from polydesign.data.corpora.prepare import statistics
from polydesign.data.corpora.split import folds, position, sides
from polydesign.data.encodings.graphs import GraphData, PreparedGraphs
from polydesign.predictors.domain import Domain
from polydesign.predictors.gnn.config import PRESET_FOR, GnnConfig
from polydesign.predictors.gnn.inference import domain_counts, run_network
from polydesign.predictors.gnn.predictor import GnnPredictor
from polydesign.predictors.intervals import Intervals, fit_floor, fit_widening
from polydesign.training.graph_card import graph_card
from polydesign.training.graph_networks import Scales, Trained, learning_weights, train_network
from polydesign.training.properties import _HALF, GUIDE_SHARE, MANY
from polydesign.training.property_figures import errors, figures
from polydesign.training.property_growth import growth
from polydesign.training.property_parity import property_parity
from polydesign.training.recipes import PREPARED, _git_commit, _hardware
from polydesign.training.state import run_folder

_MOLECULES_TRAIN, _MOLECULES_VALID = 0.70, 0.80  # ends of the sides along the hash
_PARTS = "members"  # salt of the parts that members do not see
_CUT = 5.0  # standard deviations at which training values are cut
_DOMAIN_GRAPHS = 30_000  # enough to meet every common environment; more would only cost memory


@dataclass(frozen=True)
class Lesson:
    """Who learns from what.

    Attributes:
        prepared: N graphs with the values of the config's keys.
        side: (N,) "train", "valid" or "test".
        taught: (N, K) bool, which values are learnt from.
        halved: properties of which only the guide's half is taught.
    """

    prepared: PreparedGraphs
    side: np.ndarray
    taught: np.ndarray
    halved: tuple[str, ...]


def train_properties(
    family: str, out: Path, *, max_minutes: float | None = None, seed: int = 0, data: str = "properties",
    preset: str = "small",
) -> Path:  # fmt: skip
    """Train a graph network on a data set and write its checkpoint folder.

    Args:
        family: name of the family.
        out: checkpoint folder to write; its name is the id. The state of the run and parity.svg lie in ``out.run``.
        max_minutes: wall-clock budget of all members together; the preset's epochs when None.
        seed: seed of everything random in the fit. The splits do not depend on it.
        data: "properties" (polymers) or "qm9" (molecules).
        preset: settings of the family; "small" means the preset made for the data.

    Returns `out`. Raises `TrainingError` for another data set or a preset that does not fit it, `DataError` when
    the data are not on this machine.
    """
    presets = registry.presets(family)
    preset = PRESET_FOR.get(data, preset) if preset == "small" else preset
    if data not in SETS or preset not in presets or presets[preset].structure != SETS[data][1]:
        fitting = [f"--data {d} --preset {p}" for d in SETS for p, c in presets.items() if c.structure == SETS[d][1]]
        raise TrainingError(f"Graph networks cannot train '{preset}' on '{data}'. Choose: {'; '.join(fitting)}.")
    prepared = find_graphs(data, PREPARED / f"graphs-{data}")
    sources = [{**entry, "rows": len(prepared.graphs)} for entry in prepared.meta["recipe"]["data"]]
    return _train(family, prepared, out, presets[preset], sources, max_minutes, seed)


def train_on(
    family: str, labels: pd.DataFrame, out: Path, *, config: GnnConfig, sources: list[dict],
    max_minutes: float | None, seed: int,
) -> Path:  # fmt: skip
    """Train on a table with the structures, ``chain_key`` and the keys of `config`, in their units."""
    prepared = graphs_of(labels, config.structure, config.keys)
    return _train(family, prepared, out, config, sources, max_minutes, seed)


def lesson(prepared: PreparedGraphs, config: GnnConfig) -> Lesson:
    """Divide graphs into sides and choose the values to learn from; see the module."""
    columns = [prepared.meta["keys"].index(key) for key in config.keys]
    prepared = dataclasses.replace(prepared, values=prepared.values[:, columns])
    known = np.isfinite(prepared.values)
    if config.structure == "molecule":
        place = np.array([position(name) for name in prepared.names])
        side = np.select([place < _MOLECULES_TRAIN, place < _MOLECULES_VALID], ["train", "valid"], "test")
        return Lesson(prepared, side, known & (side == "train")[:, None], ())
    side = sides(prepared.names)
    own = np.array([position(name, _HALF) < GUIDE_SHARE for name in prepared.names])
    many = known.sum(axis=0) >= MANY
    taught = known & (side == "train")[:, None] & (own[:, None] | ~many)
    return Lesson(prepared, side, taught, tuple(k for k, flag in zip(config.keys, many, strict=True) if flag))


def _train(
    family: str, prepared: PreparedGraphs, out: Path, config: GnnConfig, sources: list[dict], minutes: float | None,
    seed: int,
) -> Path:  # fmt: skip
    given = lesson(prepared, config)
    began, processor = time.monotonic(), time.process_time()
    predictor, trained, blind = _fit(config, given, out, minutes, seed)
    wall, processor = (time.monotonic() - began) / 60, (time.process_time() - processor) / 60
    values, test = given.prepared.values, np.flatnonzero(given.side == "test")
    held_out = {key: property_spec(key).from_scale(values[test, k]) for k, key in enumerate(config.keys)}
    columns = _predict(predictor, given, test)
    far = _of_domain(predictor.domain.distance, predictor, given, test)
    name = "valid" if config.structure == "molecule" else "out_of_fold"
    metrics = {
        "test": figures(columns, held_out),
        **growth(columns, held_out, far, predictor.intervals.scale),
        name: {key: errors(values[:, k], blind[:, k]) for k, key in enumerate(config.keys)},
        "loss": trained[0].report.held_out,
    }
    spec = registry.spec(family)
    record = {
        "id": out.name,
        "kind": "predictor",
        "role": None,
        "family": family,
        "label": f"{spec.label}: {'molecules' if config.structure == 'molecule' else 'polymers'}",
        "summary": spec.summary,
        "config": dataclasses.asdict(config),
        "properties": {
            key: statistics(property_spec(key).from_scale(values[given.taught[:, k], k]), key)
            for k, key in enumerate(config.keys)
        },
        "data": sources,
        "seed": seed,
        "git_commit": _git_commit(),
        "trained": {
            "minutes": round(wall, 2),
            "processor_minutes": round(processor, 2),
            "epochs": round(float(np.mean([member.epochs for member in trained])), 1),
            "steps": sum(member.report.steps for member in trained),
            "n_train": int(given.taught.any(axis=1).sum()),
            "n_valid": int((given.side == "valid").sum()),
            "n_test": len(test),
            "n_parameters": sum(p.numel() for member in predictor.members for p in member.parameters()),
            "hardware": _hardware("cpu"),
            "date": datetime.now(UTC).date().isoformat(),
        },
        "metrics": metrics,
    }
    store.save(
        out, config=record, weights=predictor.weights(), metrics=metrics,
        card=graph_card(record, metrics, given.halved, MANY),
    )  # fmt: skip
    (run_folder(out) / "parity.svg").write_text(_parity(predictor, given))
    return out


def _fit(
    config: GnnConfig, given: Lesson, out: Path, minutes: float | None, seed: int
) -> tuple[GnnPredictor, list[Trained], np.ndarray]:
    """Return the calibrated predictor, its trained members, and (N, K) predictions that no teacher saw, else NaN."""
    graphs, names = given.prepared.graphs, given.prepared.names
    taught_values = np.where(given.taught, given.prepared.values, np.nan)
    taught = given.taught.any(axis=1)
    molecules = config.structure == "molecule"
    scales = Scales.fit(taught_values[taught], graphs.composition()[taught] if molecules else None)
    standard = scales.standardise(given.prepared.values)
    lesson_values = scales.standardise(taught_values)
    if not molecules:  # measured values have outliers; sums over atoms are computed ones
        lesson_values = lesson_values.clip(-_CUT, _CUT)
    part = folds(names, config.n_members, _PARTS) if config.n_members > 1 else np.full(len(names), -1)
    weight = learning_weights(taught_values, config.rare_weight)
    share = None if minutes is None else minutes / config.n_members
    # What is watched during a run gets the values of the valid side; these teach nothing.
    shown = np.where((given.side == "valid")[:, None], standard, lesson_values)
    trained = []
    for member in range(config.n_members):
        data = GraphData(
            graphs, shown, weight, np.flatnonzero(taught & (part != member)), np.flatnonzero(given.side == "valid")
        )
        where = run_folder(out) / f"member-{member}"
        trained.append(
            train_network(config, data, where, seed=seed + member, minutes=share, reference=scales.reference)
        )
    blind_rows = np.flatnonzero(taught if config.n_members > 1 else given.side == "valid")
    answers = np.stack([run_network(member.network, graphs, blind_rows) for member in trained])
    own = answers[part[blind_rows], np.arange(len(blind_rows))] if config.n_members > 1 else answers[0]
    # Some of the members saw the chain, so this spread is a little small; `_widening` of the valid side mends it.
    spread = answers.std(axis=0, ddof=1) if config.n_members > 1 else np.zeros_like(own)
    known = np.where(given.taught[blind_rows] | (given.side[blind_rows, None] == "valid"), standard[blind_rows], np.nan)
    floor, widen = held_out_widths(own - known, spread)
    rows = np.random.default_rng(0).permutation(np.flatnonzero(taught))[:_DOMAIN_GRAPHS]
    domain = Domain.fit(domain_counts(config, graphs, rows), given.taught[rows])
    networks = [member.network for member in trained]
    predictor = GnnPredictor(networks, Intervals(scales.center, scales.scale, floor, widen), domain)
    if config.n_members > 1:
        widen = (widen * _widening(predictor, given, standard)).astype(np.float32)
        predictor = GnnPredictor(networks, Intervals(scales.center, scales.scale, floor, widen), domain)
    blind = np.full(standard.shape, np.nan)
    blind[blind_rows] = np.where(np.isfinite(known), scales.center + scales.scale * own, np.nan)
    return predictor, trained, blind


def held_out_widths(error: np.ndarray, spread: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (K,) floors and widenings from (N, K) errors of unseen graphs, NaN where unknown."""
    floor, widen = [], []
    for column, width in zip(error.T, spread.T, strict=True):
        known = np.isfinite(column)
        floor.append(fit_floor(column[known], width[known]))
        widen.append(fit_widening(column[known], width[known], floor[-1]))
    return np.array(floor, dtype=np.float32), np.array(widen, dtype=np.float32)


def _widening(predictor: GnnPredictor, given: Lesson, standard: np.ndarray) -> float:
    """Return one factor for all widths, with which 80 % of the values of the valid side lie inside."""
    rows = np.flatnonzero(given.side == "valid")
    mean, spread = _answers(predictor, given, rows)
    score = (standard[rows] - mean) / predictor.intervals.sigma(spread)
    score = score[np.isfinite(score)]
    return fit_widening(score, np.zeros(len(score)), 1.0) if len(score) else 1.0


def _answers(predictor: GnnPredictor, given: Lesson, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    answers = np.stack([run_network(member, given.prepared.graphs, rows) for member in predictor.members])
    spread = answers.std(axis=0, ddof=1) if len(answers) > 1 else np.zeros_like(answers[0])
    return answers.mean(axis=0), spread


def _predict(predictor: GnnPredictor, given: Lesson, rows: np.ndarray) -> dict[str, PredictionColumns]:
    mean, spread = _answers(predictor, given, rows)
    inside = _of_domain(predictor.domain.contains, predictor, given, rows)
    return predictor.intervals.columns(predictor.keys, mean, spread, inside)


def _of_domain(ask: Callable[[np.ndarray], np.ndarray], predictor: GnnPredictor, given: Lesson, rows: np.ndarray):
    """Return the (B, K) answers of a domain about the graphs at (B,) `rows`, asked in parts."""
    parts = np.array_split(rows, max(1, len(rows) // 2000))
    counts = (domain_counts(predictor.config, given.prepared.graphs, part) for part in parts)
    return np.concatenate([ask(part) for part in counts])


def _parity(predictor: GnnPredictor, given: Lesson) -> str:
    """Return the parity plot of what was learnt from and of the test side."""
    values, sets = given.prepared.values, {}
    test = np.broadcast_to((given.side == "test")[:, None], values.shape)
    for name, chosen in {"training": given.taught, "test": test}.items():
        rows = np.flatnonzero(chosen.any(axis=1))
        mean, _ = _answers(predictor, given, rows)
        said = predictor.intervals.center + predictor.intervals.scale * mean
        sets[name] = np.where(chosen[rows], values[rows], np.nan), said
    return property_parity(predictor.keys, sets)
