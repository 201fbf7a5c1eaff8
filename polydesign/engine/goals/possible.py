"""Is a combination of targets possible? What data there is around it, and the nearest combination that exists."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from polydesign.core.errors import TargetError
from polydesign.core.goal import goals
from polydesign.core.targets import Targets
from polydesign.data.corpora.labels import on_scale
from polydesign.engine.goals.advice import inconsistencies

NEAR = 5  # rows that are named


@dataclass(frozen=True)
class Nearby:
    """A polymer of the data: its values in their units, and how far it is from the targets in standard deviations."""

    psmiles: str
    values: dict[str, float]
    distance: float


@dataclass(frozen=True)
class Possible:
    """What data says of a combination of targets.

    Attributes:
        n: polymers that have a value of every wanted property.
        meeting: property key -> number of those that meet this target alone.
        together: number that meets all.
        independent: number that would meet all if the properties had nothing to do with each other.
        nearest: the polymers closest to the targets, the closest first; the distance is 0 within all ranges.
        notes: sentences about targets that physics hardly lets go together.
    """

    n: int
    meeting: dict[str, int]
    together: int
    independent: float
    nearest: list[Nearby]
    notes: list[str]


def possible(targets: Targets, frame: pd.DataFrame) -> Possible:
    """Compare `targets` with the (N, ...) values of `frame` in their units, its column ``psmiles`` among them.

    A distance counts, for each property, by how many standard deviations of the data (on the property's
    scale) a value lies outside the wanted range; properties add up as squares.
    Raises `TargetError` without targets, or when a wanted property is not in the table.
    """
    keys = list(targets)
    missing = [key for key in keys if key not in frame]
    if not keys or missing:
        raise TargetError(f"There are no values of {', '.join(missing)} here." if keys else "Give at least one target.")
    values = on_scale(frame, keys)
    complete = np.isfinite(values).all(axis=1)
    values, rows = values[complete], np.flatnonzero(complete)
    low, high = np.array([goal.interval for goal in goals(targets)]).T
    outside = np.maximum(np.maximum(low - values, values - high), 0.0)
    met = outside == 0
    spread = values.std(axis=0) if len(values) else np.ones(len(keys))
    distance = np.sqrt(((outside / np.where(spread > 0, spread, 1.0)) ** 2).sum(axis=1))
    shares = met.mean(axis=0) if len(values) else np.zeros(len(keys))
    return Possible(
        n=len(values),
        meeting={key: int(met[:, place].sum()) for place, key in enumerate(keys)},
        together=int(met.all(axis=1).sum()),
        independent=float(len(values) * np.prod(shares)),
        nearest=[
            Nearby(
                str(frame["psmiles"].iloc[rows[place]]),
                {key: float(frame[key].iloc[rows[place]]) for key in keys},
                float(distance[place]),
            )
            for place in np.argsort(distance, kind="stable")[:NEAR]
        ],
        notes=inconsistencies(targets),
    )
