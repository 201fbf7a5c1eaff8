"""Rank candidates by how well their predicted properties meet the targets, uncertainty included (see `core.goal`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from polydesign.core.goal import goals, log_score
from polydesign.core.properties import property_spec
from polydesign.core.targets import Targets


class Assessment(NamedTuple):
    """How N candidates meet the targets; NaN where a property is unknown.

    Attributes:
        score: (N,) weighted closeness in [0, 1].
        p_all: (N,) probability that every target is met, properties taken as independent.
    """

    score: np.ndarray
    p_all: np.ndarray


def assess(targets: Targets, means: Mapping[str, np.ndarray], stds: Mapping[str, np.ndarray], n: int) -> Assessment:
    """Score `n` candidates.

    Args:
        targets: property key -> target; with none, every candidate scores 1.
        means: key -> (N,) central values in the property's unit, for every key of `targets`.
        stds: key -> (N,) standard deviations on the property's scale.
        n: number N of candidates.
    """
    scaled = {key: property_spec(key).to_scale(means[key]) for key in targets}
    p_all = np.ones(n)
    for goal in goals(targets):
        p_all *= goal.probability(scaled[goal.key], stds[goal.key])
    return Assessment(np.exp(log_score(targets, scaled, stds) + np.zeros(n)), p_all)


def best_first(assessment: Assessment) -> np.ndarray:
    """Return indices by falling score, then falling probability, then order of generation; unknown ones last."""
    score, p_all = (np.nan_to_num(values, nan=-1.0) for values in assessment)
    return np.lexsort((np.arange(len(score)), -p_all, -score))
