"""Rows of polymers as they were given, and the lines of the files that they come from."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO

MAX_POLYMERS = 100_000
MAX_BEYOND = 1_000_000  # rows beyond these that are counted
MAX_LINE = 1_000_000  # bytes of a line that are looked at
MAX_CELL = 32_000  # characters that are kept of a cell; a spreadsheet holds no more
LINE_TOO_LONG = f"the line is longer than {MAX_LINE:,} characters; one repeat unit needs at most 2,000."
EMPTY = "the row is empty."


@dataclass(frozen=True, slots=True)
class Entry:
    """One row as it was given.

    Attributes:
        row: its number as an editor or a spreadsheet counts it, from 1.
        text: a repeat unit, or the name of a common polymer.
        label: what stands beside it: a title or a name.
        problem: why it cannot be used; "" when `text` may be tried.
        doubt: what is odd about the row; a reason only if `text` cannot be predicted.
        cells: the other columns of its file.
    """

    row: int
    text: str
    label: str = ""
    problem: str = ""
    doubt: str = ""
    cells: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entries:
    """What was read.

    Attributes:
        rows: at most `MAX_POLYMERS`, in order.
        columns: names of `Entry.cells`.
        notes: sentences on the file as a whole, what was left out among them.
    """

    rows: list[Entry]
    columns: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text without its end; `too_long` when the rest of it was left out, `foreign` when not in UTF-8."""

    text: str
    too_long: bool = False
    foreign: bool = False


def lines(file: BinaryIO) -> Iterator[Line]:
    """Read lines one by one: UTF-8, or Windows' Latin-1 for each line that is not; UTF-16 by its mark.

    What is longer than `MAX_LINE` is cut and marked.
    """
    start = file.read(2)
    file.seek(0)
    if start in (b"\xff\xfe", b"\xfe\xff"):
        yield from (Line(text.rstrip("\r\n")[:MAX_LINE]) for text in io.TextIOWrapper(file, "utf-16", errors="replace"))
        return
    while raw := file.readline(MAX_LINE):
        too_long = len(raw) == MAX_LINE and not raw.endswith(b"\n")
        rest = raw
        while too_long and rest and not rest.endswith(b"\n"):
            rest = file.readline(MAX_LINE)
        foreign = False
        try:
            text = raw.decode("utf-8", errors="ignore" if too_long else "strict")
        except UnicodeDecodeError:
            text, foreign = raw.decode("cp1252", errors="replace"), True
        text = text.removeprefix("\ufeff").rstrip("\r\n")
        # Macintosh of old ended its lines by a carriage return alone.
        parts = text.split("\r")
        for part in parts[:-1]:
            yield Line(part, foreign=foreign)
        yield Line(parts[-1], too_long, foreign)


def limited(entries: Iterable[Entry], columns: tuple[str, ...] = ()) -> Entries:
    """Keep the first `MAX_POLYMERS` rows, without the empty ones at the end, and say how many were left out.

    Of 200 MB of short rows there are tens of millions, so that only so many are counted.
    """
    stream = iter(entries)
    kept = list(islice(stream, MAX_POLYMERS))
    notes = []
    n_beyond = first = last = 0
    for entry in islice(stream, MAX_BEYOND):
        if entry.problem != EMPTY:
            n_beyond, first, last = n_beyond + 1, first or entry.row, entry.row
    rows = f"Rows {first:,} to {last:,} ({n_beyond:,} rows)" if n_beyond else ""
    if next(stream, None) is not None:
        rows = f"All rows below row {kept[-1].row:,}"
    if rows:
        notes.append(
            f"Only the first {MAX_POLYMERS:,} rows are predicted. {rows} are beyond the limit: "
            "upload them as another file."
        )
    while kept and kept[-1].problem == EMPTY:
        kept.pop()
    return Entries(kept, columns, notes)


def clipped(text: str) -> str:
    """Return what is kept of a cell."""
    return text if len(text) <= MAX_CELL else f"{text[:MAX_CELL]} … ({len(text):,} characters)"
