"""Read a table of polymers from CSV as people write it: other separators, no header, stray quotes, broken rows."""

from __future__ import annotations

import csv
import re
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import chain, islice

from polydesign.chem.common import find
from polydesign.core.errors import DataError
from polydesign.engine.intake.lines import EMPTY, LINE_TOO_LONG, Entries, Entry, Line, clipped, limited

SEPARATORS = ",;\t|"
_HEAD = 50  # rows that are looked at before anything is decided
_LONGEST_NAME = 120
_JOINED = 20  # lines that one quoted cell may run over
_NAMES = (
    "psmiles", "polymersmiles", "repeatunit", "repeatingunit", "smiles", "canonicalsmiles", "polymer", "structure",
    "monomer", "name", "polymername",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Record:
    """A row of cells, and why it may not be one."""

    cells: list[str]
    problem: str = ""


@dataclass(frozen=True)
class Table:
    """A CSV file whose first rows have been looked at.

    Attributes:
        names: names of its columns.
        chosen: number of the column that seems to hold the polymers, None when none does.
        first_row: number of the first record.
        records: all rows below the header.
    """

    names: list[str]
    chosen: int | None
    first_row: int
    records: Iterator[Record]


def read(text: Iterable[Line], name: str, column: str | None, *, tab: bool = False) -> Entries:
    """Read all rows; raise `DataError` when the file has no column `column`, or none that holds polymers."""
    head = table(text, tab=tab)
    chosen = head.chosen
    if column is not None:
        chosen = head.names.index(column) if column in head.names else None
    if chosen is None:
        shown = ", ".join(repr(title[:40]) for title in head.names[:20])
        if column is None:
            raise DataError(
                f"No column of {name} seems to hold repeat units or names of polymers; it has: {shown}. "
                "Name the right one psmiles, or choose it."
            )
        near = get_close_matches(column, head.names, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"it has: {shown}."
        raise DataError(f"{name} has no column '{column}'; {hint}")
    others = tuple(title for place, title in enumerate(head.names) if place != chosen)
    return limited(_entries(head, chosen), others)


def table(text: Iterable[Line], *, tab: bool = False) -> Table:
    """Find the separator, the header and the column of the polymers from the first rows.

    A first row that holds a polymer itself is no header; the columns are then called "column 1" and so on.
    """
    stream = iter(text)
    head = list(islice(stream, _HEAD))
    separator = "\t" if tab else _separator([line.text for line in head if line.text.strip()])
    all_records = records(chain(head, stream), separator)
    first = list(islice(all_records, _HEAD))
    # Empty lines above the header are rows of the editor, but not of the table.
    skipped = next((place for place, record in enumerate(first) if any(c.strip() for c in record.cells)), 0)
    first = first[skipped:]
    if not first:
        return Table([], None, 1, iter(()))
    titles = [title.strip() for title in first[0].cells]
    if any(_is_polymer(title) for title in titles):
        width = max(len(record.cells) for record in first)
        names, body, first_row = [f"column {place + 1}" for place in range(width)], first, skipped + 1
    else:
        names, body, first_row = _distinct(titles), first[1:], skipped + 2
    return Table(names, _chosen(names, body), first_row, chain(body, all_records))


def records(lines: Iterable[Line], separator: str) -> Iterator[Record]:
    """Take lines apart into rows of cells.

    A quoted cell may run over several lines. Where a quote is never closed, the line is read without quotes,
    so that it takes no other row with it.
    """
    csv.field_size_limit(sys.maxsize)  # lines are bounded already
    stream = iter(lines)
    ahead: deque[Line] = deque()
    while (line := ahead.popleft() if ahead else next(stream, None)) is not None:
        if line.too_long:
            yield Record([cell[:100] for cell in line.text.split(separator)], LINE_TOO_LONG)
            continue
        if '"' not in line.text:
            yield Record(line.text.split(separator))
            continue
        joined = line.text
        taken: list[Line] = []
        while True:
            try:
                text = joined.splitlines(keepends=True)
                yield Record(next(csv.reader(text, delimiter=separator, strict=True)))
                break
            except csv.Error as error:
                unclosed = "unexpected end" in str(error) and len(taken) < _JOINED
                more = (ahead.popleft() if ahead else next(stream, None)) if unclosed else None
            if more is None:
                ahead.extendleft(reversed(taken))
                cells = next(csv.reader([line.text], delimiter=separator, quoting=csv.QUOTE_NONE))
                yield Record([cell.strip('"') for cell in cells], "a double quote in this row has no counterpart.")
                break
            taken.append(more)
            joined += "\n" + more.text


def _entries(head: Table, chosen: int) -> Iterator[Entry]:
    width = len(head.names)
    for row, record in enumerate(head.records, start=head.first_row):
        cells, doubt = record.cells, record.problem
        if not any(cell.strip() for cell in cells):
            yield Entry(row, "", problem=EMPTY, cells=("",) * (width - 1))
            continue
        if len(cells) > width:
            doubt = f"the row has {len(cells)} cells and the header {width}: put text with commas in double quotes."
            cells = [*cells[: width - 1], ",".join(cells[width - 1 :])]
        elif len(cells) <= chosen and not doubt:
            doubt = f"the row has {len(cells)} cells and the header {width}; the polymer's cell is missing."
        cells = [*cells, *[""] * (width - len(cells))]
        text = cells[chosen].strip()
        problem = record.problem if record.problem == LINE_TOO_LONG else ""
        if not problem and not text:
            problem = doubt or f"the cell in column '{head.names[chosen][:40]}' is empty."
        others = tuple(clipped(cell) for place, cell in enumerate(cells) if place != chosen)
        yield Entry(row, clipped(text), problem=problem, doubt=doubt, cells=others)


def _separator(head: list[str]) -> str:
    """Return the separator that cuts most rows into as many cells as the first; a comma when none cuts."""

    def agreement(separator: str) -> tuple[int, int]:
        counts = [len(next(csv.reader([line], delimiter=separator), [])) for line in head]
        n_cells = counts[0] if counts else 1
        return (counts.count(n_cells) if n_cells > 1 else 0, n_cells)

    return max(SEPARATORS, key=agreement)


def _chosen(names: list[str], body: list[Record]) -> int | None:
    """Return the column with a telling name if its cells do not contradict, else the one with most polymers."""
    columns = [[r.cells[place].strip() for r in body if place < len(r.cells)] for place in range(len(names))]
    # Of a unit and its name, the unit says more.
    weight = [sum(_is_polymer(cell) * (2 if "*" in cell else 1) for cell in column) for column in columns]
    levelled = [re.sub(r"[\W_]", "", title.lower()) for title in names]
    for name in _NAMES:
        if name in levelled and (weight[levelled.index(name)] or not any(weight)):
            return levelled.index(name)
    return weight.index(max(weight)) if any(weight) else None


def _is_polymer(cell: str) -> bool:
    """Say whether a cell looks like a repeat unit or bears the name of a common polymer."""
    return "*" in cell or (len(cell) < _LONGEST_NAME and find(cell) is not None)


def _distinct(titles: list[str]) -> list[str]:
    """Return the titles with numbers where they are missing or repeated."""
    names: list[str] = []
    for place, title in enumerate(titles, start=1):
        title = title[:100] or f"column {place}"
        names.append(f"{title} ({place})" if title in names else title)
    return names
