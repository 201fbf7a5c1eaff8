"""Mean and spread over trainings that differ in their seed alone, as benchmarks report them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from polydesign.evaluation.result import Result, Row, Table
from polydesign.evaluation.statistics import Figure
from polydesign.store import Checkpoint

NOTE = (
    "Rows of several trainings are of checkpoints that differ in their seed alone: the mean, and in brackets one "
    "standard deviation to either side."
)


def over_trainings(results: Sequence[Result], checkpoints: Sequence[Checkpoint]) -> Result | None:
    """Return the means of the main table over checkpoints of one family with equal settings and different seeds.

    Args:
        results: of one task, one for each of the checkpoints.
        checkpoints: in the same order.

    Returns:
        A result whose rows belong to no checkpoint; None when no two checkpoints go together.
    """
    groups: dict[tuple[str, str], dict[int | None, Result]] = defaultdict(dict)
    for result, checkpoint in zip(results, checkpoints, strict=True):
        settings = json.dumps(checkpoint.config["config"], sort_keys=True)
        groups[checkpoint.family, settings].setdefault(checkpoint.record.seed, result)
    rows = [row for runs in groups.values() if len(runs) > 1 for row in _means(list(runs.values()))]
    if not rows:
        return None
    first = results[0]
    manifest = replace(first.manifest, checkpoint="", sha256="", family="", seconds=None)
    return Result(first.task, [replace(first.tables[0], rows=rows)], [*first.notes, NOTE], manifest)


def _means(runs: Sequence[Result]) -> list[Row]:
    """Return a row for each question that every run has answered."""
    tables: list[Table] = [run.tables[0] for run in runs]
    found = []
    for row in tables[0].rows:
        same = [
            other for table in tables for other in table.rows if row.checkpoint and other.comparable == row.comparable
        ]
        if len(same) == len(runs):
            variant = ", ".join(text for text in (row.variant, f"{len(same)} trainings") if text)
            figures = {
                key: _mean([other.figures[key] for other in same if key in other.figures]) for key in row.figures
            }
            found.append(replace(row, figures=figures, checkpoint="", sha256="", origin="reference", variant=variant))
    return found


def _mean(figures: Sequence[Figure]) -> Figure:
    """Return the mean, the number of trainings, and one standard deviation to either side."""
    values = np.array([figure.value for figure in figures])
    mean, spread = float(values.mean()), float(values.std(ddof=1)) if len(values) > 1 else float("nan")
    return Figure(mean, len(values), mean - spread, mean + spread)
