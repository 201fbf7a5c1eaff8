"""What the Hub's model-index is told of a checkpoint: figures that were measured with these very weights.

Format: https://huggingface.co/docs/hub/model-cards#evaluation-results
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from polydesign.core.properties import PROPERTIES
from polydesign.evaluation.result import Result, read_results
from polydesign.store import Checkpoint

# Names in metrics.json -> the Hub's names of metrics and what stands beside the value.
_ERRORS = {"r2": ("r_squared", "R2"), "rmse": ("rmse", "RMSE"), "mae": ("mae", "MAE")}


def model_index(checkpoint: Checkpoint, metrics: Mapping[str, Any], files: Iterable[Path]) -> list[dict[str, Any]]:
    """Return the entries of model-index, [] when nothing is measured.

    Args:
        checkpoint: whose figures are wanted.
        metrics: its metrics.json; a property model's errors on held-out chains stand there.
        files: result files of evaluations, of which the runs with this checkpoint's sha256 are taken.

    Raises `DataError` naming the file when one is not a result file.
    """
    if checkpoint.kind == "predictor":
        return [entry for key, row in _held_out(metrics) if (entry := _property(checkpoint, key, row))]
    runs = [run for path in files for run in read_results(path) if run.manifest.sha256 == checkpoint.sha256]
    latest = {run.task: run for run in sorted(runs, key=lambda run: run.manifest.date)}
    return [entry for run in latest.values() for entry in _rows(checkpoint, run)]


def _held_out(metrics: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    test = metrics.get("test")
    for key, row in (test if isinstance(test, Mapping) else {}).items():
        if key in PROPERTIES and isinstance(row, Mapping):
            yield key, row


def _property(checkpoint: Checkpoint, key: str, row: Mapping[str, Any]) -> dict[str, Any] | None:
    spec = PROPERTIES[key]
    unit = "decades" if spec.scale == "log10" else spec.unit_text
    figures = [
        _metric(kind, f"{label}, {unit}" if unit and name != "r2" else label, row[name])
        for name, (kind, label) in _ERRORS.items()
        if _is_number(row.get(name))
    ]
    if not figures:
        return None
    count = f" (n = {row['n']:,})" if _is_number(row.get("n")) else ""
    sets = [entry["name"] for entry in checkpoint.config["data"]]
    return {
        "task": {"type": "other", "name": f"{spec.label} ({spec.kind})"},
        "dataset": {"type": sets[-1] if sets else "unnamed", "name": f"Held-out chains{count}", "split": "test"},
        "metrics": figures,
    }


def _rows(checkpoint: Checkpoint, run: Result) -> Iterator[dict[str, Any]]:
    """Yield an entry for each row of the run's main table that is this checkpoint's and not a baseline's."""
    table = run.tables[0]
    for row in table.rows:
        metrics = [
            _metric(column.key, column.header, row.figures[column.key].value)
            for column in table.columns
            if column.key in row.figures and _is_number(row.figures[column.key].value)
        ]
        if row.checkpoint == checkpoint.config["id"] and metrics:
            yield {
                "task": {"type": "text-generation", "name": f"{run.task}: {row.written()}"},
                "dataset": {"type": f"polydesign-{run.task}", "name": table.head},
                "metrics": metrics,
            }


def _metric(kind: str, name: str, value: float) -> dict[str, Any]:
    return {"type": kind, "name": name, "value": float(f"{value:.4g}")}


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)
