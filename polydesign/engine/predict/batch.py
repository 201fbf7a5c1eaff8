"""Predict everything that was typed or uploaded: names -> repeat units -> guide and checker -> nearest polymers.

Work goes in pieces, so that a stopped run keeps what it has, and numbers are kept in single precision: 100,000
polymers with all properties fill about 70 MB.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from polydesign.core.errors import DataError, Stopped
from polydesign.core.progress import OnProgress, Progress, ShouldStop
from polydesign.core.properties import ALL_KEYS
from polydesign.core.results import Prediction
from polydesign.engine.intake.lines import Entries
from polydesign.engine.intake.resolve import Asked, resolve
from polydesign.engine.predict.nearest import N_NEAREST, Nearest, nearest
from polydesign.engine.predict.run import ERROR, OK, PIECE, pieces
from polydesign.engine.session import Session

NOT_REACHED = "stopped"
_STOPPED = "the run was stopped before this row."


@dataclass(frozen=True)
class Answer:
    """Predictions for N rows, in order.

    Attributes:
        entries: the rows as they were given.
        table: (N, ...) ``row``, ``text``, ``label``, ``name`` (of the common polymer that was asked for by name),
            ``psmiles`` (that was predicted), ``status`` ("ok", "error", "stopped"), ``reason``, and the columns of
            `polydesign.engine.predict.run` for each of `keys`.
        keys: properties that were predicted.
        nearest: the closest common polymers of each row.
        stopped: whether rows are missing because the user asked to stop.
    """

    entries: Entries
    table: pd.DataFrame
    keys: tuple[str, ...]
    nearest: Nearest
    stopped: bool = False

    @property
    def fine(self) -> np.ndarray:
        """(n_ok,) places of the rows that have a prediction."""
        return np.flatnonzero(self.table["status"] == OK)

    def prediction(self, index: int, key: str) -> Prediction:
        """Return the guide's prediction of one row and property; NaN where it has none."""
        mean, std, low, high = (float(self.table[f"{key}{end}"].iloc[index]) for end in ("", "_std", "_lo80", "_hi80"))
        near = self.table[f"{key}_in_domain"].iloc[index]
        return Prediction(mean, std, low, high, near is not pd.NA and bool(near))

    def checked(self, index: int, key: str) -> float | None:
        """Return the checker's value of one row and property, None when it has none."""
        name = f"{key}_checker"
        value = float(self.table[name].iloc[index]) if name in self.table else np.nan
        return value if np.isfinite(value) else None


def predict_entries(
    read: Callable[[], Entries],
    *,
    session: Session | None = None,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> Answer:
    """Read the rows and predict all that can be predicted.

    Args:
        read: returns the rows, e.g. ``lambda: upload.typed("PEEK")``; it may raise `DataError`.
        session: loaded models; a new one when None.
        on_progress: called with the stages "read" and "predict".
        should_stop: asked often. A stopped run returns the pieces that are done; `Stopped` is raised when none is.
    """
    session = session or Session()
    report = on_progress or (lambda progress: None)
    report(Progress("read", 0, 1, "Reading the polymers …"))
    entries = read()
    if not entries.rows:
        raise DataError("Nothing was given. Type a repeat unit with two *, or the name of a polymer.")
    asked = resolve(entries.rows)
    wanted = [place for place, one in enumerate(asked) if one.psmiles is not None]
    report(Progress("predict", 0, len(wanted), f"Read {len(entries.rows):,} rows; loading the models …"))
    tables: list[pd.DataFrame] = []
    neighbours: list[Nearest] = []
    stopped = False
    texts = [str(asked[place].psmiles) for place in wanted]
    predicted = pieces(texts, size=PIECE, session=session, on_progress=on_progress, should_stop=should_stop)
    try:
        for table in predicted if wanted else ():
            fine = [text if ok else "" for text, ok in zip(table["psmiles"], table["status"] == OK, strict=True)]
            neighbours.append(nearest(fine, should_stop=should_stop))
            tables.append(_compact(table))
    except Stopped:
        if not tables:
            raise
        stopped = True
    return _answer(entries, asked, wanted[: sum(map(len, tables))], tables, neighbours, stopped)


def _compact(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table in single precision."""
    types: dict[str, Any] = {name: np.float32 for name in table.select_dtypes("float64").columns}
    types |= {name: "boolean" for name in table.columns if name.endswith("_in_domain")}
    return table.astype(types)


def _answer(
    entries: Entries,
    asked: Sequence[Asked],
    done: Sequence[int],
    tables: Sequence[pd.DataFrame],
    neighbours: Sequence[Nearest],
    stopped: bool,
) -> Answer:
    """Put the predictions of the rows `done` into their places among all rows."""
    n = len(entries.rows)
    predicted = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame({"status": [], "reason": []})
    outcome = [(ERROR, one.reason) if one.psmiles is None else (NOT_REACHED, _STOPPED) for one in asked]
    for place, status, reason in zip(done, predicted["status"], predicted["reason"], strict=True):
        # What is odd about a row matters only if it could not be predicted.
        outcome[place] = (status, reason and (entries.rows[place].doubt or reason))
    said = pd.DataFrame(
        {
            "row": [entry.row for entry in entries.rows],
            "text": [entry.text for entry in entries.rows],
            "label": [entry.label for entry in entries.rows],
            "name": [one.polymer.name if one.polymer else "" for one in asked],
            "psmiles": [one.psmiles if end[0] == OK else "" for one, end in zip(asked, outcome, strict=True)],
            "status": [status for status, _ in outcome],
            "reason": [reason for _, reason in outcome],
        }
    )
    keys = tuple(key for key in ALL_KEYS if key in predicted)
    numbers = predicted.drop(columns=["psmiles", "status", "reason"], errors="ignore")
    numbers.index = pd.Index(done, dtype="int64")
    rows = np.full((n, N_NEAREST), -1, dtype=np.int16)
    similarity = np.zeros((n, N_NEAREST), dtype=np.float32)
    if neighbours:
        rows[list(done)] = np.concatenate([part.rows for part in neighbours])
        similarity[list(done)] = np.concatenate([part.similarity for part in neighbours])
    table = pd.concat([said, numbers.reindex(range(n))], axis=1)
    return Answer(entries, table, keys, Nearest(rows, similarity), stopped)
