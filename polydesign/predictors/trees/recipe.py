"""How the trees are trained: on chains as the checker of the guide, on molecules as that of the graph network."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from typing import Any, ClassVar, Literal, cast

import numpy as np

from polydesign import store
from polydesign.core import registry
from polydesign.core.properties import MOLECULE_GUIDE, property_spec
from polydesign.core.protocols import PropertyPredictor
from polydesign.data.corpora.graph_sets import find_graphs
from polydesign.data.corpora.prepare import statistics
from polydesign.data.corpora.split import position
from polydesign.data.corpora.teaching import molecules_of_checker
from polydesign.predictors.domain import Domain
from polydesign.predictors.features import Features
from polydesign.predictors.intervals import Intervals, fit_widths
from polydesign.predictors.molecule_features import featurise_molecules
from polydesign.predictors.scales import Scales
from polydesign.predictors.trees.config import TreesConfig
from polydesign.predictors.trees.fit import fit
from polydesign.predictors.trees.network import Forests
from polydesign.predictors.trees.predictor import TreesPredictor
from polydesign.store.card import render
from polydesign.training.processes import Processes
from polydesign.training.recipe import PREPARED, Made, Order
from polydesign.training.recipes.properties import PropertyRecipe
from polydesign.training.reports.figures import agreement, errors, figures
from polydesign.training.reports.graph_card import usage

MOLECULES = "qm9"

_SPLIT = """
Molecules of QM9 by a hash of the molecule key: it learns from {n_train:,} that teach the graph network nothing, and is
tested on {n_test:,} that teach neither anything. It reads counts of atom environments and descriptors, not graphs, and
is no network, so that it errs in other ways.
"""
_LIMITS = """
- It knows no geometry: conformers and stereoisomers get one answer.
- QM9 holds molecules of at most nine heavy atoms of C, N, O and F; trees cannot extrapolate beyond them.
"""


class CheckerRecipe(PropertyRecipe[TreesConfig]):
    """Boosted trees, which need no training loop: ``--data properties`` for chains, ``--data qm9`` for molecules."""

    role: ClassVar[Literal["guide", "checker"]] = "checker"

    def fit(
        self,
        config: TreesConfig,
        features: Features,
        targets: np.ndarray,
        own: Sequence[bool],
        seed: int,
        minutes: float | None,
    ) -> tuple[Forests, np.ndarray, np.ndarray]:
        """See `PropertyRecipe`."""
        return fit(config, features, targets, own, seed, minutes)

    def preset_name(self, order: Order) -> str:
        """Return the preset that is made for the data where none is asked for."""
        return "molecules" if order.data == MOLECULES and order.preset == "small" else super().preset_name(order)

    def make(self, order: Order, processes: Processes) -> Made:
        """See `Recipe`. Raises `DataError` when the data are not on this machine."""
        return self._molecules(order) if order.data == MOLECULES else super().make(order, processes)

    def _molecules(self, order: Order) -> Made:
        """Train on molecules that the graph network never learns from."""
        config: TreesConfig = self.preset(order)
        prepared = find_graphs(MOLECULES, PREPARED / f"graphs-{MOLECULES}")
        columns = [prepared.meta["keys"].index(key) for key in config.keys]
        taught, test = molecules_of_checker(prepared.names)
        values = prepared.values[:, columns]
        began, processor = time.monotonic(), time.process_time()
        features = featurise_molecules([prepared.texts[row] for row in taught], config.radius)
        scales = Scales.fit(values[taught])
        standard = scales.standardise(values[taught])
        places = np.array([position(prepared.names[row], "out of fold") for row in taught])
        features, own = dataclasses.replace(features, place=places), [True] * len(config.keys)
        forests, blind, spread = fit(config, features, standard, own, order.seed, order.minutes)
        floor, widen = fit_widths(blind - standard, spread)
        domain = Domain.fit(features.counts, np.isfinite(standard))
        predictor = TreesPredictor(forests, Intervals(scales.center, scales.scale, floor, widen), domain)
        minutes, processor = (time.monotonic() - began) / 60, (time.process_time() - processor) / 60
        unseen = [prepared.texts[row] for row in test]
        predicted = predictor.predict(unseen)
        truth = {key: property_spec(key).from_scale(values[test, k]) for k, key in enumerate(config.keys)}
        blind = scales.center + scales.scale * blind
        metrics: dict[str, Any] = {
            "test": figures(predicted, truth),
            "out_of_fold": {key: errors(values[taught, k], blind[:, k]) for k, key in enumerate(config.keys)},
        }
        guide = order.out.parent / MOLECULE_GUIDE
        if (guide / "config.json").is_file():
            said = cast(PropertyPredictor, store.load_model(guide)).predict(unseen)
            metrics["agreement with the graph network"] = agreement(said, predicted, config.keys)
        sections = {
            "Use": usage(order.out.name, config.keys[0], molecules=True),
            "Who teaches what": _SPLIT.format(n_train=len(taught), n_test=len(test)),
            "Where it fails": _LIMITS,
        }
        return Made(
            config=config,
            properties={key: statistics(values[taught, k], key) for k, key in enumerate(config.keys)},
            data=[{**entry, "rows": len(prepared.names)} for entry in prepared.meta["recipe"]["data"]],
            weights=predictor.weights(),
            trained={
                "minutes": round(minutes, 2),
                "processor_minutes": round(processor, 2),
                "n_train": len(taught),
                "n_test": len(test),
            },
            metrics=metrics,
            files=predictor.files(),
            label=f"{registry.spec(self.family).label}: molecules",
            summary="Gradient-boosted trees on QM9 molecules: checks the graph network in the molecule task.",
            card=lambda record: render(record, metrics, sections),
        )


RECIPE = CheckerRecipe("trees")
