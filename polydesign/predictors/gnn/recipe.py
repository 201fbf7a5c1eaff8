"""How the graph network is trained: on the labelled polymers, or on the molecules of QM9.

Chains: as for the other property models (`data.corpora.teaching`). Of a property known for many polymers only the
guide's share of the train chains is taught, so that the checker stays a stranger to this network too. Member e of the
ensemble never sees part e of the train chains: their errors out of fold set the intervals. Molecules: one network; the
errors on the valid molecules set the intervals.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from polydesign.core import registry
from polydesign.core.errors import TrainingError
from polydesign.core.properties import property_spec
from polydesign.core.results import PredictionColumns
from polydesign.data.corpora.graph_sets import SETS, find_graphs, graphs_of
from polydesign.data.corpora.prepare import statistics
from polydesign.data.corpora.split import folds, sides
from polydesign.data.corpora.teaching import MANY, molecule_sides, which_teach
from polydesign.data.encodings.graphs import GraphRows, PreparedGraphs
from polydesign.data.encodings.stream import Stream
from polydesign.predictors.domain import Domain
from polydesign.predictors.gnn.config import PRESET_FOR, GnnConfig
from polydesign.predictors.gnn.inference import domain_counts, run_network
from polydesign.predictors.gnn.network import GraphNetwork
from polydesign.predictors.gnn.predictor import GnnPredictor
from polydesign.predictors.intervals import Intervals, fit_widening, fit_widths
from polydesign.predictors.scales import Scales
from polydesign.training.loop import Loop, RunReport, RunSettings
from polydesign.training.objectives.supervised import Supervised
from polydesign.training.processes import Processes
from polydesign.training.recipe import PREPARED, Made, Order, Recipe
from polydesign.training.recipes.properties import CUT
from polydesign.training.reports.figures import errors, figures
from polydesign.training.reports.graph_card import graph_card
from polydesign.training.reports.growth import growth
from polydesign.training.reports.parity import property_parity
from polydesign.training.state import run_folder

_PARTS = "members"  # salt of the parts that members do not see
_DOMAIN_GRAPHS = 30_000  # enough to meet every common environment; more would only cost memory
_WATCHED = 4000


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

    @classmethod
    def of(cls, prepared: PreparedGraphs, config: GnnConfig) -> Lesson:
        """Divide graphs into sides and choose the values to learn from; see the module."""
        columns = [prepared.meta["keys"].index(key) for key in config.keys]
        prepared = dataclasses.replace(prepared, values=prepared.values[:, columns])
        known = np.isfinite(prepared.values)
        if config.structure == "molecule":
            side = molecule_sides(prepared.names)
            return cls(prepared, side, known & (side == "train")[:, None], ())
        side = sides(prepared.names)
        teaching, many = which_teach(prepared.names, prepared.values, "guide")
        halved = tuple(k for k, flag in zip(config.keys, many, strict=True) if flag)
        return cls(prepared, side, teaching & (side == "train")[:, None], halved)


@dataclass(frozen=True)
class Trained:
    """A trained network in evaluation mode, rounded as it will be stored, and what the loop has to say."""

    network: GraphNetwork
    report: RunReport
    epochs: float


class GnnRecipe(Recipe):
    """Graph networks: ``--data properties`` for chains, ``--data qm9`` for molecules."""

    flags = frozenset({"--max-minutes", "--device"})

    def preset_name(self, order: Order) -> str:
        """Return the preset that is made for the data where none is asked for."""
        return PRESET_FOR.get(order.data, order.preset) if order.preset == "small" else order.preset

    def make(self, order: Order, processes: Processes) -> Made:
        """See `Recipe`.

        Raises `TrainingError` for another data set or a preset that does not fit it, `DataError` when the data are
        not on this machine.
        """
        presets = registry.presets(self.family)
        name = self.preset_name(order)
        if order.data not in SETS or name not in presets or presets[name].structure != SETS[order.data][1]:
            fitting = [
                f"--data {d} --preset {p}" for d in SETS for p, c in presets.items() if c.structure == SETS[d][1]
            ]
            raise TrainingError(
                f"Graph networks cannot train '{name}' on '{order.data}'. Choose: {'; '.join(fitting)}."
            )
        prepared = find_graphs(order.data, PREPARED / f"graphs-{order.data}")
        sources = [{**entry, "rows": len(prepared.graphs)} for entry in prepared.meta["recipe"]["data"]]
        return self._train(prepared, presets[name], order, sources)

    def learn(
        self, labels: pd.DataFrame, config: GnnConfig, order: Order, sources: Sequence[Mapping[str, Any]]
    ) -> Made:
        """Train on a table with the structures, ``chain_key`` and the keys of `config`, in their units."""
        return self._train(graphs_of(labels, config.structure, config.keys), config, order, sources)

    def _train(
        self, prepared: PreparedGraphs, config: GnnConfig, order: Order, sources: Sequence[Mapping[str, Any]]
    ) -> Made:
        lesson = Lesson.of(prepared, config)
        began, processor = time.monotonic(), time.process_time()
        predictor, trained, blind = fit(config, lesson, order)
        wall, processor = (time.monotonic() - began) / 60, (time.process_time() - processor) / 60
        values, test = lesson.prepared.values, np.flatnonzero(lesson.side == "test")
        held_out = {key: property_spec(key).from_scale(values[test, k]) for k, key in enumerate(config.keys)}
        columns = _predict(predictor, lesson, test)
        far = _of_domain(predictor.domain.distance, predictor, lesson, test)
        molecules = config.structure == "molecule"
        metrics = {
            "test": figures(columns, held_out),
            **growth(columns, held_out, far, predictor.intervals.scale),
            "valid" if molecules else "out_of_fold": {
                key: errors(values[:, k], blind[:, k]) for k, key in enumerate(config.keys)
            },
            "loss": trained[0].report.held_out,
        }
        return Made(
            config=config,
            properties={
                key: statistics(property_spec(key).from_scale(values[lesson.taught[:, k], k]), key)
                for k, key in enumerate(config.keys)
            },
            data=sources,
            weights=predictor.weights(),
            trained={
                "minutes": round(wall, 2),
                "processor_minutes": round(processor, 2),
                "epochs": round(float(np.mean([member.epochs for member in trained])), 1),
                "steps": sum(member.report.steps for member in trained),
                "n_train": int(lesson.taught.any(axis=1).sum()),
                "n_valid": int((lesson.side == "valid").sum()),
                "n_test": len(test),
                "n_parameters": sum(p.numel() for member in predictor.members for p in member.parameters()),
            },
            metrics=metrics,
            label=f"{registry.spec(self.family).label}: {'molecules' if molecules else 'polymers'}",
            card=lambda record: graph_card(record, metrics, lesson.halved, MANY),
            beside={"parity.svg": _parity(predictor, lesson)},
        )


def fit(config: GnnConfig, lesson: Lesson, order: Order) -> tuple[GnnPredictor, list[Trained], np.ndarray]:
    """Return the calibrated predictor, its trained members, and (N, K) predictions that no teacher saw, else NaN."""
    graphs, names = lesson.prepared.graphs, lesson.prepared.names
    taught_values = np.where(lesson.taught, lesson.prepared.values, np.nan)
    taught = lesson.taught.any(axis=1)
    molecules = config.structure == "molecule"
    scales = Scales.fit(taught_values[taught], graphs.composition()[taught] if molecules else None)
    standard = scales.standardise(lesson.prepared.values)
    lesson_values = scales.standardise(taught_values)
    if not molecules:  # measured values have outliers; sums over atoms are computed ones
        lesson_values = lesson_values.clip(-CUT, CUT)
    part = folds(names, config.n_members, _PARTS) if config.n_members > 1 else np.full(len(names), -1)
    weight = learning_weights(taught_values, config.rare_weight)
    share = None if order.minutes is None else order.minutes / config.n_members
    # What is watched during a run gets the values of the valid side; these teach nothing.
    shown = np.where((lesson.side == "valid")[:, None], standard, lesson_values)
    trained = []
    for member in range(config.n_members):
        rows = GraphRows(
            graphs, shown, weight, np.flatnonzero(taught & (part != member)), np.flatnonzero(lesson.side == "valid")
        )
        where = run_folder(order.out) / f"member-{member}"
        trained.append(
            train_network(
                config, rows, where, seed=order.seed + member, minutes=share, device=order.device,
                reference=scales.reference,
            )
        )  # fmt: skip
    blind_rows = np.flatnonzero(taught if config.n_members > 1 else lesson.side == "valid")
    answers = np.stack([run_network(member.network, graphs, blind_rows) for member in trained])
    own = answers[part[blind_rows], np.arange(len(blind_rows))] if config.n_members > 1 else answers[0]
    # Some of the members saw the chain, so this spread is a little small; `_widening` of the valid side mends it.
    spread = answers.std(axis=0, ddof=1) if config.n_members > 1 else np.zeros_like(own)
    known = np.where(
        lesson.taught[blind_rows] | (lesson.side[blind_rows, None] == "valid"), standard[blind_rows], np.nan
    )
    floor, widen = fit_widths(own - known, spread)
    known_rows = np.random.default_rng(0).permutation(np.flatnonzero(taught))[:_DOMAIN_GRAPHS]
    domain = Domain.fit(domain_counts(config, graphs, known_rows), lesson.taught[known_rows])
    networks = [member.network for member in trained]
    predictor = GnnPredictor(networks, Intervals(scales.center, scales.scale, floor, widen), domain)
    if config.n_members > 1:
        widen = (widen * _widening(predictor, lesson, standard)).astype(np.float32)
        predictor = GnnPredictor(networks, Intervals(scales.center, scales.scale, floor, widen), domain)
    blind = np.full(standard.shape, np.nan)
    blind[blind_rows] = np.where(np.isfinite(known), scales.center + scales.scale * own, np.nan)
    return predictor, trained, blind


def _widening(predictor: GnnPredictor, lesson: Lesson, standard: np.ndarray) -> float:
    """Return one factor for all widths, with which 80 % of the values of the valid side lie inside."""
    rows = np.flatnonzero(lesson.side == "valid")
    mean, spread = _answers(predictor, lesson, rows)
    score = (standard[rows] - mean) / predictor.intervals.sigma(spread)
    score = score[np.isfinite(score)]
    return fit_widening(score, np.zeros(len(score)), 1.0) if len(score) else 1.0


def _answers(predictor: GnnPredictor, lesson: Lesson, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    answers = np.stack([run_network(member, lesson.prepared.graphs, rows) for member in predictor.members])
    spread = answers.std(axis=0, ddof=1) if len(answers) > 1 else np.zeros_like(answers[0])
    return answers.mean(axis=0), spread


def _predict(predictor: GnnPredictor, lesson: Lesson, rows: np.ndarray) -> dict[str, PredictionColumns]:
    mean, spread = _answers(predictor, lesson, rows)
    inside = _of_domain(predictor.domain.contains, predictor, lesson, rows)
    return predictor.intervals.columns(predictor.keys, mean, spread, inside)


def _of_domain(ask: Callable[[np.ndarray], np.ndarray], predictor: GnnPredictor, lesson: Lesson, rows: np.ndarray):
    """Return the (B, K) answers of a domain about the graphs at (B,) `rows`, asked in parts."""
    parts = np.array_split(rows, max(1, len(rows) // 2000))
    counts = (domain_counts(predictor.config, lesson.prepared.graphs, part) for part in parts)
    return np.concatenate([ask(part) for part in counts])


def _parity(predictor: GnnPredictor, lesson: Lesson) -> str:
    """Return the parity plot of what was learnt from and of the test side."""
    values, sets = lesson.prepared.values, {}
    test = np.broadcast_to((lesson.side == "test")[:, None], values.shape)
    for name, chosen in {"training": lesson.taught, "test": test}.items():
        rows = np.flatnonzero(chosen.any(axis=1))
        mean, _ = _answers(predictor, lesson, rows)
        said = predictor.intervals.center + predictor.intervals.scale * mean
        sets[name] = np.where(chosen[rows], values[rows], np.nan), said
    return property_parity(predictor.keys, sets)


def train_network(
    config: GnnConfig, rows: GraphRows, out: Path | None, *, seed: int, minutes: float | None, device: str = "cpu",
    reference: np.ndarray | None = None,
) -> Trained:  # fmt: skip
    """Train one network.

    Args:
        config: settings.
        rows: graphs, standardised values, and which of them to learn from.
        out: the state of the run is kept in ``out.run``; nowhere when None.
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
    n_atoms = int(rows.sizes[rows.train].sum())
    steps_an_epoch = max(1, math.ceil(n_atoms / config.batch_atoms))
    settings = RunSettings(
        out, seed, None if minutes else config.epochs * steps_an_epoch, minutes, device,
        average=config.average, weight_decay=config.weight_decay,
    )  # fmt: skip
    batches = Stream(rows, config.batch_atoms, config.max_atoms, _WATCHED)
    report = Loop({config.phase.name: Supervised(network)}, batches, [config.phase], settings).run()
    network.load_state_dict(report.weights, strict=True)
    network = network.cpu().half().float().eval()
    return Trained(network, report, report.steps / steps_an_epoch)


def learning_weights(values: np.ndarray, rare_weight: float) -> np.ndarray:
    """Return (K,) weights (largest count / count of the property) ** rare_weight for (N, K) values."""
    count = np.maximum(np.isfinite(values).sum(axis=0), 1)
    return ((count.max() / count) ** rare_weight).astype(np.float32)


RECIPE = GnnRecipe("gnn")
