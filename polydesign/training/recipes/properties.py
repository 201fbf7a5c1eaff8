"""Property models of chains: which values teach them, how their intervals are calibrated, what their card says.

Errors for the intervals come from chains that a part of the model did not see (out of fold). How the model itself is
fitted is the family's: by the training loop where it learns by gradient.
"""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Literal, TypeVar, cast

import numpy as np
import pandas as pd

from polydesign import store
from polydesign.core import registry
from polydesign.core.configs import PropertyConfig
from polydesign.core.errors import TrainingError
from polydesign.core.properties import SELECTIVITIES, property_spec
from polydesign.core.protocols import PropertyPredictor
from polydesign.data.corpora.labels import on_scale, polymer_labels
from polydesign.data.corpora.prepare import statistics
from polydesign.data.corpora.split import sides
from polydesign.data.corpora.teaching import MANY, which_teach
from polydesign.predictors.chain_predictor import ChainPredictor
from polydesign.predictors.domain import Domain
from polydesign.predictors.features import Features, featurise
from polydesign.predictors.intervals import Intervals, fit_widths
from polydesign.predictors.scales import Scales
from polydesign.training.processes import Processes
from polydesign.training.recipe import Made, Order, Recipe
from polydesign.training.reports.card import property_card
from polydesign.training.reports.figures import agreement, errors, figures
from polydesign.training.reports.growth import growth
from polydesign.training.reports.parity import property_parity

CUT = 5.0
"""Standard deviations at which training values are cut, so that one outlier does not rule a loss."""
_ENOUGH = 100  # chains known for both permeabilities


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

    @classmethod
    def of(cls, labels: pd.DataFrame, keys: Sequence[str], role: Literal["guide", "checker"]) -> Examples:
        """Compute features and decide which values teach the model of this role."""
        chain_keys = labels["chain_key"].tolist()
        features = featurise(labels["psmiles"].tolist())
        values = on_scale(labels, keys)
        taught, many = which_teach(chain_keys, values, role)
        taught &= features.readable[:, None]
        halved = tuple(key for key, flag in zip(keys, many, strict=True) if flag)
        return cls(tuple(keys), chain_keys, features, values, sides(chain_keys), taught, halved)


@dataclass(frozen=True)
class Fitted:
    """A calibrated model and what its parts said of the chains they had not seen.

    Attributes:
        predictor: the model.
        out_of_fold: key -> figures of `errors`.
        error_correlation: selectivity -> correlation of the errors of its two permeabilities.
    """

    predictor: ChainPredictor
    out_of_fold: Mapping[str, dict]
    error_correlation: Mapping[str, float]


ConfigT = TypeVar("ConfigT", bound=PropertyConfig)


class PropertyRecipe(Recipe, Generic[ConfigT]):
    """How a model of the labelled polymers is trained.

    Attributes:
        role: which of the two models it is.
    """

    flags = frozenset({"--max-minutes"})
    role: ClassVar[Literal["guide", "checker"]]

    @abstractmethod
    def fit(
        self,
        config: ConfigT,
        features: Features,
        targets: np.ndarray,
        own: Sequence[bool],
        seed: int,
        minutes: float | None,
    ) -> tuple[Any, np.ndarray, np.ndarray]:
        """Fit, and predict every training chain by what did not see its part.

        Args:
            config: settings.
            features: features of the N training chains.
            targets: (N, K) standardised values, NaN where unknown or not to be learnt.
            own: for each of the K properties, whether its chains teach no other model.
            seed: seed of everything random.
            minutes: wall-clock budget; the length that `config` says when None.

        Returns the model, and (N, K) out-of-fold means and spreads.
        """

    def make(self, order: Order, processes: Processes) -> Made:
        """See `Recipe`; the data are the merged labels of the catalog. Raises `DataError` when they are not here."""
        from polydesign.data.sources.load import provenance

        if order.data != "properties":
            raise TrainingError(f"{self.family} is trained with --data properties; got '{order.data}'.")
        config = self.preset(order)
        labels = polymer_labels(config.keys)
        return self.learn(labels, config, order, [{**provenance("labels_merged"), "rows": len(labels)}])

    def learn(self, labels: pd.DataFrame, config: ConfigT, order: Order, sources: Sequence[Mapping[str, Any]]) -> Made:
        """Train on a table with columns psmiles, chain_key and the keys of `config`, in their units."""
        examples = Examples.of(labels, config.keys, self.role)
        began = time.monotonic()
        own = [key in examples.halved for key in config.keys]
        fitted = self.calibrated(
            config, examples.features, examples.values, examples.taught, own, order.seed, order.minutes
        )
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
        guide = order.out.parent / "guide"
        if self.role == "checker" and (guide / "config.json").is_file():
            said = cast(PropertyPredictor, store.load_model(guide)).predict(unseen)
            metrics["agreement"] = agreement(said, tested, config.keys)
        values, taught = examples.values, examples.taught
        return Made(
            config=config,
            properties={
                key: statistics(property_spec(key).from_scale(values[taught[:, column], column]), key)
                for column, key in enumerate(config.keys)
            },
            data=sources,
            weights=predictor.weights(),
            trained={"minutes": round(minutes, 2)},
            metrics=metrics,
            files=predictor.files(),
            role=self.role,
            label=f"{self.role.capitalize()}: {registry.spec(self.family).label.lower()}",
            card=lambda record: property_card(record, metrics, examples.halved, MANY),
            beside={"parity.svg": _parity(predictor, examples)},
        )

    def calibrated(
        self,
        config: ConfigT,
        features: Features,
        values: np.ndarray,
        taught: np.ndarray,
        own: Sequence[bool],
        seed: int,
        minutes: float | None = None,
    ) -> Fitted:
        """Fit a model and calibrate its intervals by what its parts had not seen.

        Args:
            config: settings, with K keys.
            features: of N chains.
            values: (N, K) on each property's scale, NaN where unknown.
            taught: (N, K) bool, which values the model learns from.
            own: for each property, whether its taught chains teach no other model.
            seed: seed of everything random.
            minutes: wall-clock budget; the length that `config` says when None.

        Raises `TrainingError` when a property has no value to learn from.
        """
        missing = [key for column, key in enumerate(config.keys) if not taught[:, column].any()]
        if missing:
            raise TrainingError(
                f"No training chain has a value of {', '.join(missing)}. Add values or leave the key out."
            )
        rows = np.flatnonzero(taught.any(axis=1))
        wanted = np.where(taught[rows], values[rows], np.nan)
        scales = Scales.fit(wanted)
        standard = scales.standardise(wanted)
        cut = np.clip(standard, -CUT, CUT)
        model, mean, spread = self.fit(config, features.rows(rows), cut, own, seed, minutes)
        floor, widen = fit_widths(mean - standard, spread)
        domain = Domain.fit(features.counts[rows], taught[rows])
        intervals = Intervals(scales.center, scales.scale, floor, widen)
        predictor = registry.model_class(self.family)(model, intervals, domain)
        blind = scales.center + scales.scale * mean
        correlation = _error_correlation(config.keys, mean - standard)
        predictor.error_correlation = correlation
        return Fitted(
            predictor, {key: errors(wanted[:, k], blind[:, k]) for k, key in enumerate(config.keys)}, correlation
        )


def _error_correlation(keys: Sequence[str], error: np.ndarray) -> dict[str, float]:
    """Return selectivity -> correlation between the (N, K) out-of-fold errors of its two permeabilities."""
    correlation = {}
    for name, pair in SELECTIVITIES.items():
        if set(pair) <= set(keys):
            both = error[:, [keys.index(key) for key in pair]]
            both = both[np.isfinite(both).all(axis=1)]
            if len(both) >= _ENOUGH:
                correlation[name] = float(f"{np.corrcoef(both.T)[0, 1]:.3g}")
    return correlation


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
