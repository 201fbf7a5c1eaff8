"""Predict all properties of given repeat units: validate -> guide -> checker.

Columns for each property, as in every table of the product: ``KEY`` in its unit, ``KEY_std`` on its
scale (decades for log10), ``KEY_lo80`` and ``KEY_hi80`` in its unit, ``KEY_in_domain``, and
``KEY_checker``, the independent model's value in the unit. Selectivities stand beside the permeabilities
that they are derived from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd

from polydesign.core.protocols import PropertyPredictor
from polydesign.core.types import OnProgress, PredictionColumns, Progress, ShouldStop
from polydesign.engine.selectivity import selectivities
from polydesign.engine.session import Session

OK, ERROR = "ok", "error"
_PIECE = 1000  # polymers
_NOT_DESCRIBED = "the models cannot describe this chain; write a smaller or simpler repeat unit."


def predict(
    psmiles: Sequence[object],
    *,
    session: Session | None = None,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> pd.DataFrame:
    """Return one row for each text, in order: ``psmiles`` as given, ``status``, ``reason``, then the predictions.

    A text that is no valid repeat unit has the status "error", the reason in words, and no numbers.
    Each distinct structure is predicted once.

    Args:
        psmiles: (N,) repeat units; anything may be among them.
        session: loaded models; a new one when None.
        on_progress: called with the stages "validate" and "predict".
        should_stop: asked often; `Stopped` is raised when it turns true.

    Raises `CheckpointError` when guide or checker is missing or broken.
    """
    from polydesign.chem.psmiles import validate

    session = session or Session()
    guide, checker = session.guide(), session.checker()
    verdicts = [validate(text) for text in psmiles]  # type: ignore[arg-type]
    if on_progress is not None:
        on_progress(Progress("validate", len(verdicts), len(verdicts)))
    distinct = list(dict.fromkeys(str(verdict.psmiles) for verdict in verdicts if verdict.valid))
    place = {text: row for row, text in enumerate(distinct)}
    rows = np.array([place[str(v.psmiles)] if v.valid else len(distinct) for v in verdicts], dtype=np.int64)

    guided, checked = _ask((guide, checker), distinct, on_progress, should_stop)
    described = np.zeros(len(distinct) + 1, dtype=bool)
    described[:-1] = np.all([np.isfinite(columns.mean) for columns in guided.values()], axis=0)
    status, reason = [], []
    for verdict, row in zip(verdicts, rows, strict=True):
        fine = verdict.valid and described[row]
        status.append(OK if fine else ERROR)
        reason.append("" if fine else verdict.reason or _NOT_DESCRIBED)
    table: dict[str, Any] = {"psmiles": list(psmiles), "status": status, "reason": reason}
    guided, checked = (
        {**columns, **selectivities(columns, getattr(model, "error_correlation", {}))}
        for model, columns in ((guide, guided), (checker, checked))
    )
    for key, columns in guided.items():
        table |= _columns(key, columns, checked.get(key), rows)
    return pd.DataFrame(table)


def _columns(
    key: str, guided: PredictionColumns, checked: PredictionColumns | None, rows: np.ndarray
) -> dict[str, Any]:
    """Return the columns of one property; `rows` points at a prediction, or one past the last for none."""
    known = np.append(np.isfinite(guided.mean), False)[rows]
    columns: dict[str, Any] = {
        key: np.append(guided.mean, np.nan)[rows],
        f"{key}_std": np.append(guided.std, np.nan)[rows],
        f"{key}_lo80": np.append(guided.lo80, np.nan)[rows],
        f"{key}_hi80": np.append(guided.hi80, np.nan)[rows],
        f"{key}_in_domain": np.where(known, np.append(guided.in_domain, False)[rows], None),
    }
    if checked is not None:
        columns[f"{key}_checker"] = np.append(checked.mean, np.nan)[rows]
    return columns


def _ask(
    models: Sequence[PropertyPredictor], psmiles: list[str], on_progress: OnProgress | None,
    should_stop: ShouldStop | None,
) -> list[dict[str, PredictionColumns]]:  # fmt: skip
    """Return what each of the models says, asked in turns: what they read of a polymer is remembered for a while."""
    pieces: list[list[dict[str, PredictionColumns]]] = [[] for _ in models]
    for start in range(0, max(len(psmiles), 1), _PIECE):
        for found, model in zip(pieces, models, strict=True):
            found.append(model.predict(psmiles[start : start + _PIECE], should_stop=should_stop))
        if on_progress is not None:
            done = min(start + _PIECE, len(psmiles))
            on_progress(Progress("predict", done, len(psmiles), f"{done:,} of {len(psmiles):,} polymers"))
    return [{key: _joined([piece[key] for piece in found]) for key in found[0]} for found in pieces]


def _joined(pieces: Sequence[PredictionColumns]) -> PredictionColumns:
    return PredictionColumns(
        *(np.concatenate([getattr(piece, field.name) for piece in pieces]) for field in fields(PredictionColumns))
    )
