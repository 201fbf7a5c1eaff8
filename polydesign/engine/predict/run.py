"""Predict all properties of given repeat units: validate -> guide -> checker.

Columns for each property, as in every table of the product: ``KEY`` in its unit, ``KEY_std`` on its
scale (decades for log10), ``KEY_lo80`` and ``KEY_hi80`` in its unit, ``KEY_in_domain``, and
``KEY_checker``, the independent model's value in the unit. Selectivities stand beside the permeabilities
that they are derived from.

Work goes in pieces, each of which can be handed on before the next is begun: memory does not grow with the number of
polymers as long as the pieces are not kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Sized
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from polydesign.core.progress import OnProgress, Progress, ShouldStop
from polydesign.core.protocols import PropertyPredictor
from polydesign.core.results import PredictionColumns
from polydesign.data.processes import in_processes
from polydesign.engine.predict.selectivity import selectivities
from polydesign.engine.session import Session

if TYPE_CHECKING:
    from polydesign.chem.notation.psmiles import Verdict

OK, ERROR = "ok", "error"
PIECE = 1000  # polymers: bounds memory, and how long Stop and progress have to wait
_NOT_DESCRIBED = "the models cannot describe this chain; write a smaller or simpler repeat unit."


def predict(
    psmiles: Sequence[object],
    *,
    session: Session | None = None,
    checker: bool = True,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> pd.DataFrame:
    """Return one row for each text, in order, as one table; arguments and columns as for `pieces`."""
    parts = pieces(psmiles, session=session, checker=checker, on_progress=on_progress, should_stop=should_stop)
    return pd.concat(parts, ignore_index=True)


def pieces(
    psmiles: Iterable[object],
    *,
    size: int = PIECE,
    session: Session | None = None,
    checker: bool = True,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> Iterator[pd.DataFrame]:
    """Yield tables of `size` rows and a last one of fewer; one table without rows when there is no text.

    Each row has ``psmiles`` as given, ``status``, ``reason``, then the predictions. A text that is no valid repeat
    unit has the status "error", the reason in words, and no numbers. Each distinct structure of a piece is
    predicted once.

    Args:
        psmiles: (N,) repeat units; anything may be among them.
        size: most rows of a piece.
        session: loaded models; a new one when None.
        checker: whether the independent model predicts too; without it there is no ``KEY_checker``.
        on_progress: called with the stage "predict" after each piece; the total is 0 when N is not known.
        should_stop: asked before either model; `Stopped` is raised when it turns true.

    Raises `CheckpointError` when guide or checker is missing or broken.
    """
    session = session or Session()
    models = (session.guide(), session.checker()) if checker else (session.guide(),)
    total = len(psmiles) if isinstance(psmiles, Sized) else 0
    stream, done = iter(psmiles), 0
    while (texts := list(islice(stream, size))) or not done:
        yield _piece(texts, models, should_stop)
        done += len(texts)
        if on_progress is not None:
            of = f" of {total:,}" if total else ""
            on_progress(Progress("predict", done, total, f"{done:,}{of} polymers"))
        if len(texts) < size:
            return


def _piece(
    psmiles: list[object], models: tuple[PropertyPredictor, ...], should_stop: ShouldStop | None
) -> pd.DataFrame:
    """Return the rows of one piece; `models` are the guide and, where it is wanted, the checker."""
    verdicts = _verdicts(psmiles)
    distinct = list(dict.fromkeys(str(verdict.psmiles) for verdict in verdicts if verdict.valid))
    place = {text: row for row, text in enumerate(distinct)}
    rows = np.array([place[str(v.psmiles)] if v.valid else len(distinct) for v in verdicts], dtype=np.int64)

    # One after the other: what the first reads of a polymer is remembered for the second.
    predicted = [dict(model.predict(distinct, should_stop=should_stop)) for model in models]
    guided, checked = (*predicted, {})[:2]
    described = np.zeros(len(distinct) + 1, dtype=bool)
    described[:-1] = np.all([np.isfinite(columns.mean) for columns in guided.values()], axis=0)
    status, reason = [], []
    for verdict, row in zip(verdicts, rows, strict=True):
        fine = verdict.valid and described[row]
        status.append(OK if fine else ERROR)
        reason.append("" if fine else verdict.reason or _NOT_DESCRIBED)
    table: dict[str, Any] = {"psmiles": psmiles, "status": status, "reason": reason}
    for model, found in zip(models, predicted, strict=True):
        found |= selectivities(found, getattr(model, "error_correlation", {}))
    for key, columns in guided.items():
        table |= _columns(key, columns, checked.get(key), rows)
    return pd.DataFrame(table)


def _verdicts(texts: list[object]) -> list[Verdict]:
    """Judge each text; anything else than a text is judged here, as it may not reach another process."""
    judged = in_processes(_judge, [text if isinstance(text, str) else "" for text in texts])
    pairs = zip(texts, judged, strict=True)
    return [verdict if isinstance(text, str) else _judge([text])[0] for text, verdict in pairs]


def _judge(texts: Sequence[Any]) -> list[Verdict]:
    from polydesign.chem.notation.psmiles import validate

    return [validate(text) for text in texts]


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
