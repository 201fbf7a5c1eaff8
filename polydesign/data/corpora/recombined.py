"""Make rows of new polymers from the training chains of a table (see `chem.recombination.recombine`)."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from polydesign.core.progress import OnProgress, Progress
from polydesign.data.corpora.corpus import RECOMBINED
from polydesign.data.corpora.describe import COMPUTED, describe_polymers
from polydesign.data.corpora.split import split_of

if TYPE_CHECKING:
    from polydesign.chem.recombination.recombine import Recombiner

_N_PROCESSES = 2
_ATTEMPTS = 250  # a task of a process; about a quarter of them give a polymer
_WAVE = 200  # tasks at most, after which is judged whether new chains still come
_LEAST_NEW = 0.01  # of the attempts of a wave
_SA_QUANTILE = 0.97  # harder to make than so many of the parents is too hard

_recombiner: Recombiner | None = None


def recombined_rows(
    frame: pd.DataFrame, parents: Mapping[str, float], n: int, seed: int, on_progress: OnProgress | None = None
) -> pd.DataFrame:
    """Return `n` rows of group "recombined" whose chains are not in `frame`; fewer when new ones no longer come.

    Fragments come from the rows of `frame` in the training split alone, so that held-out chains give
    nothing. The first of the `parents` (group -> share) gives all its rows, and sets size and the limit of
    the SA score; others give as many as their share allows.
    """
    train = frame[(frame["split"] == "train") & frame["group"].isin(list(parents))]
    like = next(iter(parents))
    n_like = int((train["group"] == like).sum())
    units = {
        name: rows["psmiles"].sample(min(len(rows), round(n_like * parents[name] / parents[like])), random_state=seed)
        for name, rows in train.groupby("group")
    }
    limit = float(train.loc[train["group"] == like, "sa_score"].quantile(_SA_QUANTILE))
    known = set(frame["chain_key"])
    rows: list[tuple] = []
    start = ({name: list(strings) for name, strings in units.items()}, dict(parents), like)
    with ProcessPoolExecutor(max_workers=_N_PROCESSES, initializer=_read_parents, initargs=start) as pool:
        first, n_tasks, new = 0, 0, 0
        while len(rows) < n and new >= _LEAST_NEW * _ATTEMPTS * n_tasks:
            n_tasks, new = min(_WAVE, 1 + 6 * (n - len(rows)) // _ATTEMPTS), 0
            for part in pool.map(_assemble, [(seed, task) for task in range(first, first + n_tasks)]):
                for row in part:
                    if row[1] is not None and row[1] not in known and row[-1] <= limit:
                        known.add(row[1])
                        rows.append(row)
                        new += 1
                if on_progress is not None:
                    on_progress(Progress("recombine", min(len(rows), n), n))
            first += n_tasks
    made = pd.DataFrame(rows[:n], columns=["psmiles", "chain_key", *COMPUTED])
    made.insert(0, "group", RECOMBINED)
    made["split"] = [split_of(key) for key in made["chain_key"]]
    return made.astype({name: np.float64 for name in COMPUTED})


def _read_parents(units: dict[str, list[str]], shares: dict[str, float], like: str) -> None:
    """Take the parents apart, once a process."""
    from polydesign.chem.recombination.recombine import Recombiner

    global _recombiner
    _recombiner = Recombiner(units, shares, like)


def _assemble(task: tuple[int, int]) -> list[tuple]:
    """Return the described rows of one task; (seed, number of the task) decide what is drawn."""
    assert _recombiner is not None
    random = Random(f"{task[0]} {task[1]}")
    made = (_recombiner.one(random) for _ in range(_ATTEMPTS))
    return describe_polymers([unit for unit in made if unit is not None])
