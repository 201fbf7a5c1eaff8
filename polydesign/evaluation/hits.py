"""Score generations that answered a grid of property targets, by the values that the checker gives them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from polydesign.core.goal import Goal, log_score
from polydesign.core.properties import property_spec
from polydesign.core.results import PredictionColumns
from polydesign.core.targets import Targets
from polydesign.evaluation.distribution import fingerprint_bits, internal_diversity
from polydesign.evaluation.samples import Samples, novelty
from polydesign.evaluation.statistics import Figure, mean_figure, r2_figures, rate

if TYPE_CHECKING:
    from polydesign.evaluation.tasks.task import Setting

Ceilings = Mapping[str, tuple[Figure, Figure]]


@dataclass(frozen=True)
class Scored:
    """N generations with the guide's and the checker's values.

    Attributes:
        samples: the generations and the verdict on each.
        guide: key -> (N,) values on the property's scale, NaN where not valid.
        guide_std: key -> (N,) standard deviations of them.
        checker, checker_std: the same of the checker.
    """

    samples: Samples
    guide: Mapping[str, np.ndarray]
    guide_std: Mapping[str, np.ndarray]
    checker: Mapping[str, np.ndarray]
    checker_std: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, setting: Setting, raw: Sequence[str]) -> Scored:
        """Judge raw strings and predict the properties of each distinct valid polymer once."""
        return cls.predicted(setting, setting.judge(raw))

    @classmethod
    def predicted(cls, setting: Setting, samples: Samples) -> Scored:
        """Predict the properties of each distinct valid generation once."""
        distinct = sorted(set(samples.valid_psmiles))
        place = {psmiles: i for i, psmiles in enumerate(distinct)}
        rows = np.array([place.get(psmiles, -1) if psmiles else -1 for psmiles in samples.psmiles], dtype=np.int64)
        parts: list[dict[str, np.ndarray]] = []
        for model in (setting.guide(), setting.checker()):
            predicted = model.predict(distinct)
            parts.append({key: _spread(_scaled(key, columns), rows) for key, columns in predicted.items()})
            parts.append({key: _spread(columns.std, rows) for key, columns in predicted.items()})
        return cls(samples, *parts)

    def first(self, n: int) -> Scored:
        """Return the first `n` generations."""
        return self.rows(np.arange(n))

    def rows(self, index: np.ndarray) -> Scored:
        """Return the generations at `index`, in that order."""
        columns = [
            {key: values[index] for key, values in part.items()}
            for part in (self.guide, self.guide_std, self.checker, self.checker_std)
        ]
        return Scored(self.samples.rows(index), *columns)


@dataclass(frozen=True)
class Answers:
    """Generations for a grid of G targets, `per_target` for each, one target after the other.

    Attributes:
        keys: the properties asked for.
        grid: the G targets.
        scored: the G x `per_target` generations.
        per_target: generations for each target.
    """

    keys: tuple[str, ...]
    grid: Sequence[Targets]
    scored: Scored
    per_target: int

    def wanted(self, key: str) -> np.ndarray:
        """Return (G per_target,) what each generation was asked for, on the property's scale."""
        values = property_spec(key).to_scale([target[key].central for target in self.grid])
        return np.repeat(values, self.per_target)

    def met(self, keys: Sequence[str] | None = None) -> np.ndarray:
        """Return bool for each generation: by the checker it meets the targets of `keys`, of all when None."""
        met = self.scored.samples.valid.copy()
        for index, targets in enumerate(self.grid):
            part = self.of_target(index)
            for key in self.keys if keys is None else keys:
                met[part] &= Goal(key, targets[key]).met(self.scored.checker[key][part])
        return met

    def within_error(self) -> np.ndarray:
        """Return bool for each generation: every target lies within the checker's standard deviation of its value."""
        met = self.scored.samples.valid.copy()
        for key in self.keys:
            met &= np.abs(self.scored.checker[key] - self.wanted(key)) <= self.scored.checker_std[key]  # NaN: not met
        return met

    def log_scores(self) -> np.ndarray:
        """Return the logarithm of each generation's score by the guide, as the engine ranks; -inf where unknown."""
        guide = self.scored.guide, self.scored.guide_std
        scores = [
            log_score(targets, *({key: part[key][self.of_target(index)] for key in targets} for part in guide))
            for index, targets in enumerate(self.grid)
        ]
        return np.nan_to_num(np.concatenate(scores), nan=-np.inf, neginf=-np.inf)

    def of_target(self, index: int) -> slice:
        """Return the generations of one target."""
        return slice(index * self.per_target, (index + 1) * self.per_target)


def pick_best(answers: Answers, picked: int) -> Answers:
    """Return for each target the `picked` generations that score best by the guide, distinct chains first.

    Where fewer distinct valid chains were generated, repeated and then invalid generations fill the places.
    """
    scores = answers.log_scores()
    chosen = []
    for target in range(len(answers.grid)):
        part = answers.of_target(target)
        keys = answers.scored.samples.keys[part]
        first = {key: i for i, key in reversed(list(enumerate(keys))) if key is not None}
        repeated = np.array([key is None or first[key] != i for i, key in enumerate(keys)])
        chosen.append(part.start + np.lexsort((-scores[part], repeated))[:picked])
    return Answers(answers.keys, answers.grid, answers.scored.rows(np.concatenate(chosen)), picked)


def set_figures(
    answers: Answers, ceilings: Ceilings, trained_chains: np.ndarray | None, seed: int
) -> dict[str, Figure]:
    """Return the figures of one set of targets: hits, R2 and its share of the ceiling, validity, diversity."""
    samples, n = answers.scored.samples, len(answers.scored.samples)
    hit = answers.met()
    targets = [answers.of_target(i) for i in range(len(answers.grid))]
    hit_chains = [_chains(samples.keys, hit, part) for part in targets]
    chains = [_chains(samples.keys, samples.valid, part) for part in targets]
    diversity = np.array([_diversity(samples.rows(np.arange(len(samples))[part])) for part in targets])
    diversity = diversity[np.isfinite(diversity)]
    r2 = _r2(answers, answers.keys, seed)
    ceiling = float(np.mean([ceilings[key][0].value for key in answers.keys]))
    return {
        "hits": rate(int(hit.sum()), n),
        "hits_std": rate(int(answers.within_error().sum()), n),
        "new_hits": mean_figure(np.array(list(map(len, hit_chains))), seed=seed),
        "r2": r2,
        "share": _share(r2, ceiling),
        "valid": rate(int(samples.valid.sum()), n),
        "unique": rate(sum(map(len, chains)), int(samples.valid.sum())),
        "novel": novelty(sorted(set().union(*chains)), trained_chains),
        "intdiv1": mean_figure(diversity, seed=seed),
    }


def each_figures(answers: Answers, key: str, ceilings: Ceilings, seed: int) -> dict[str, Figure]:
    """Return the figures of one property of a set of targets."""
    error = np.abs(answers.scored.checker[key] - answers.wanted(key))
    r2 = _r2(answers, (key,), seed)
    return {
        "r2": r2,
        "ceiling": ceilings[key][0],
        "share": _share(r2, ceilings[key][0].value),
        "mae": mean_figure(error[np.isfinite(error)], seed=seed),
        "hits": rate(int(answers.met((key,)).sum()), len(error)),
    }


def _r2(answers: Answers, keys: Sequence[str], seed: int) -> Figure:
    wanted = np.stack([answers.wanted(key) for key in keys], axis=1)
    reached = np.stack([answers.scored.checker[key] for key in keys], axis=1)
    finite = np.isfinite(reached).all(axis=1)
    return r2_figures(wanted[finite], reached[finite], seed=seed)[1]


def _diversity(samples: Samples) -> float:
    return internal_diversity(fingerprint_bits(samples.valid_psmiles)).value


def _share(r2: Figure, ceiling: float) -> Figure:
    if not ceiling > 0:  # models that agree on nothing set no ceiling
        return Figure(math.nan, r2.n)
    return Figure(r2.value / ceiling, r2.n, r2.low / ceiling, r2.high / ceiling)


def _chains(keys: Sequence[str | None], chosen: np.ndarray, part: slice) -> set[str]:
    return {key for key, counts in zip(keys[part], chosen[part], strict=True) if counts and key is not None}


def _scaled(key: str, columns: PredictionColumns) -> np.ndarray:
    return property_spec(key).to_scale(columns.mean)


def _spread(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return `values` at `rows`, NaN where a row is -1."""
    return np.append(np.asarray(values, dtype=float), math.nan)[rows]
