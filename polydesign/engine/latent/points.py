"""What stands on the map of a latent space: library, common polymers, and the reader's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from polydesign.chem.common import COMMON_POLYMERS
from polydesign.core.errors import DataError
from polydesign.core.progress import OnProgress, ShouldStop
from polydesign.engine.design import shortlist
from polydesign.engine.design.shortlist import Entry
from polydesign.engine.intake import read as upload
from polydesign.engine.intake.resolve import resolve
from polydesign.engine.latent.map import LatentMap, encode, first_two, tsne
from polydesign.engine.latent.moves import Space
from polydesign.engine.relations.tables import library_values

LIBRARY, COMMON, CANDIDATE, STARRED, TYPED = "library", "common polymer", "candidate", "shortlist", "typed"
Plane = Literal["pca", "first", "tsne"]
MOST = 5000
"""Polymers of the reader's own on one map."""
MOST_TYPED = 500
_NOTED = 5  # lines that could not be read, said one by one


@dataclass(frozen=True)
class Placed:
    """P polymers of the reader's own with their places.

    Attributes:
        groups: P of `CANDIDATE`, `STARRED` and `TYPED`.
        entries: the P polymers with what is predicted of them.
        names: P names, as far as they have any.
        codes: (P, d), NaN where the generator cannot read a polymer.
        xy: (P, 2) in the plane of the map's principal components.
        notes: sentences on what could not be placed.
    """

    groups: list[str]
    entries: list[Entry]
    names: list[str]
    codes: np.ndarray
    xy: np.ndarray
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.entries)


def place(
    space: Space, typed: str = "", candidates: Sequence[Entry] = (), starred: Sequence[Entry] = (), *,
    on_progress: OnProgress | None = None, should_stop: ShouldStop | None = None,
) -> Placed:  # fmt: skip
    """Find the places of candidates, of the shortlist and of typed polymers, one a line; the guide predicts the typed.

    Raises `DataError` when there is nothing to place; a line that cannot be read is left out with a note. `Stopped`.
    """
    space.loading(on_progress)
    written, names, notes = _typed(space, typed, should_stop)
    groups = [CANDIDATE] * len(candidates) + [STARRED] * len(starred) + [TYPED] * len(written)
    entries, called = [*candidates, *starred, *written], [""] * (len(candidates) + len(starred)) + names
    if len(entries) > MOST:
        notes.append(f"{len(entries):,} polymers were given; the first {MOST:,} are on the map.")
        groups, entries, called = groups[:MOST], entries[:MOST], called[:MOST]
    if not entries:
        raise DataError(" ".join(notes) or "There is nothing to place. Type polymers, one a line, or star some first.")
    codes = encode(space.generator, [entry.psmiles for entry in entries], on_progress, should_stop)
    if unread := int((~np.isfinite(codes).all(axis=1)).sum()):
        notes.append(f"{space.checkpoint.label} has no way to write {unread:,} of them; they are left out.")
    return Placed(groups, entries, called, codes, space.map.project(codes), tuple(notes))


def _typed(space: Space, text: str, should_stop: ShouldStop | None) -> tuple[list[Entry], list[str], list[str]]:
    """Return the typed polymers with their predictions, their names, and what is wrong with the other lines."""
    from polydesign.chem.notation.psmiles import validate

    rows = upload.typed(text).rows
    notes = [f"{len(rows):,} lines were typed; the first {MOST_TYPED} are read."] if len(rows) > MOST_TYPED else []
    rows = rows[:MOST_TYPED]
    polymers: list[tuple[str, str]] = []
    wrong = []
    for row, asked in zip(rows, resolve(rows), strict=True):
        verdict = validate(asked.psmiles or "")
        if asked.psmiles is not None and verdict.psmiles is not None:
            polymers.append((verdict.psmiles, row.label or (asked.polymer.name if asked.polymer else "")))
        else:
            wrong.append(f"Line {row.row}: {asked.reason if asked.psmiles is None else verdict.reason}")
    notes += wrong[:_NOTED]
    if len(wrong) > _NOTED:
        notes.append(f"{len(wrong) - _NOTED:,} more lines cannot be read.")
    if not polymers:
        return [], [], notes
    predicted = space.session.guide().predict([text for text, _ in polymers], should_stop=should_stop)
    entries = [
        replace(
            shortlist.of_text(text, "typed, Latent space page"),
            predictions={key: columns.row(i) for key, columns in predicted.items()},
        )
        for i, (text, _) in enumerate(polymers)
    ]
    return entries, [name for _, name in polymers], notes


def flatten(
    space: Space, placed: Placed | None, *, on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> np.ndarray:  # fmt: skip
    """Return (N + M + P, 2) places by t-SNE of library, common polymers and `placed`, in the order of `table`.

    A Stop takes effect before the embedding or after it, not within.
    """
    space.loading(on_progress)
    texts = [*library_values()["psmiles"], *(polymer.psmiles for polymer in COMMON_POLYMERS)]
    codes = encode(space.generator, texts, on_progress, should_stop)
    if placed is not None:
        codes = np.concatenate([codes, placed.codes])
    return tsne(codes, on_progress=on_progress, should_stop=should_stop)


def table(made: LatentMap, placed: Placed | None = None, flat: np.ndarray | None = None) -> pd.DataFrame:
    """Return what is on a map, a row a polymer: group, name, psmiles, x, y, then the predicted properties in units.

    Args:
        made: the map.
        placed: the reader's own polymers.
        flat: (N + M, 2) or (N + M + P, 2) places by t-SNE or of first coordinates; principal components when None.

    Polymers without a place are left out; the index of `placed` is kept in the column ``own`` (-1 for others).
    """
    known = library_values()
    frames = [
        known.assign(group=LIBRARY, name="", own=-1),
        pd.DataFrame({
            "group": COMMON, "name": [polymer.name for polymer in COMMON_POLYMERS],
            "psmiles": [polymer.psmiles for polymer in COMMON_POLYMERS], "own": -1,
        }),
    ]  # fmt: skip
    places = np.concatenate([made.library, made.common])
    if placed is not None and len(placed):
        frames.append(pd.DataFrame([_row(placed, i) for i in range(len(placed))]))
        places = np.concatenate([places, placed.xy])
    frame = pd.concat(frames, ignore_index=True)
    if flat is not None:
        places = np.full((len(frame), 2), np.nan)
        places[: len(flat)] = flat[: len(frame)]
    frame["x"], frame["y"] = places[:, 0], places[:, 1]
    first = ["group", "name", "psmiles", "x", "y"]
    keys = [key for key in known if key != "psmiles"]
    return frame[[*first, *keys, "own"]][np.isfinite(places).all(axis=1)].reset_index(drop=True)


def _row(placed: Placed, i: int) -> dict[str, Any]:
    entry = placed.entries[i]
    values = {key: value.mean for key, value in entry.predictions.items()}
    return values | {"group": placed.groups[i], "name": placed.names[i], "psmiles": entry.psmiles, "own": i}


def first_coordinates(made: LatentMap, placed: Placed | None = None) -> np.ndarray | None:
    """Return (N + M + P, 2) first two dimensions of the codes, in the order of `table`; None where the map has none."""
    if not len(made.library_first):
        return None
    own = [] if placed is None or not len(placed) else [first_two(placed.codes)]
    return np.concatenate([made.library_first, made.common_first, *own])


def axes(made: LatentMap, plane: Plane) -> tuple[str, str]:
    """Return what the two axes of a map are called."""
    if plane == "tsne":
        return ("t-SNE 1", "t-SNE 2")
    if plane == "first":
        return ("z1", "z2")
    first, second = (f"principal component {i + 1}, {100 * made.explained[i]:.1f} % of the variance" for i in (0, 1))
    return first, second


def to_csv(frame: pd.DataFrame) -> str:
    """Return the rows of `table` as CSV, numbers with six significant digits."""
    return frame.drop(columns="own").to_csv(index=False, float_format="%.6g")
