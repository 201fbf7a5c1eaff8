"""Predict the properties of a file of repeat units: every row comes back, in order.

    python -m polydesign.predict polymers.csv --out predicted.csv

The rows gain ``status`` ("ok" or "error"), ``reason``, and for each property the columns that
`polydesign.engine.predict.run` describes. A column of the input that has one of these names is kept as NAME_input.
Rows are predicted and written in pieces.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from polydesign.commands import cli
from polydesign.core.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

_TOO_MANY_CELLS = "the row has {n} cells and the header {expected}: put text with commas in double quotes."


@dataclass(frozen=True)
class Rows:
    """A CSV file as text.

    Attributes:
        header: names of the columns.
        cells: one list of texts a row, as long as the header; what was too much stands in the last cell.
        problems: row number from 0 -> why it cannot be read as a row.
    """

    header: list[str]
    cells: list[list[str]]
    problems: dict[int, str]


def parser() -> argparse.ArgumentParser:
    """Return the command line of this command."""
    command = argparse.ArgumentParser(
        prog="python -m polydesign.predict", description="Predict the properties of the repeat units in a CSV file."
    )
    command.add_argument("file", type=Path, metavar="FILE.csv", help="CSV file with a header")
    command.add_argument("--column", default="psmiles", help="column that holds the repeat units (psmiles)")
    command.add_argument("--out", type=Path, metavar="FILE.csv", required=True, help="file to write")
    return command


@cli.command
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    args = parser().parse_args(argv)

    from polydesign.engine.design import export
    from polydesign.engine.predict.run import OK, pieces

    export.check_path(args.out, endings=(".csv",))
    rows = read_rows(args.file)
    column = find_column(rows.header, args.column, args.file)
    count: Counter[str] = Counter()
    with cli.stop_on_interrupt() as should_stop:
        try:
            tables = pieces(
                [cells[column] for cells in rows.cells], on_progress=cli.progress_line(), should_stop=should_stop
            )
            export.write_text(_to_csv(rows, tables, count), args.out)
        finally:
            cli.end_progress()
    n_errors = count.total() - count[OK]
    print(f"Predicted {count[OK]:,} of {count.total():,} rows; wrote {args.out}")
    if n_errors:
        cli.warn(f"{n_errors:,} rows could not be predicted; the column reason says why.")
    return cli.OK


def read_rows(path: Path) -> Rows:
    """Read a CSV file in UTF-8 or Latin-1; blank lines are rows with empty cells.

    Raises `DataError` when the file cannot be read, has no header or no rows.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"Cannot read {path}: {error.strerror}. Give a CSV file with a header.") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")  # every byte is a character there
    # A cell may be as long as the file; validation refuses what is too long.
    csv.field_size_limit(sys.maxsize)
    try:
        header, *lines = list(csv.reader(io.StringIO(text, newline=""), strict=True)) or [[]]
    except csv.Error as error:
        raise DataError(f"{path} is not a CSV file: {error}. Check its double quotes.") from None
    header = [name.strip() for name in header]
    if not any(header) or not lines:
        problem = "has no rows below its header" if any(header) else "has no header"
        raise DataError(f"{path} {problem}. Write a header with the column psmiles, and one repeat unit a row.")
    cells, problems, expected = [], {}, len(header)
    for number, line in enumerate(lines):
        if len(line) > expected:
            problems[number] = _TOO_MANY_CELLS.format(n=len(line), expected=expected)
            line = [*line[: expected - 1], ",".join(line[expected - 1 :])]
        cells.append(line + [""] * (expected - len(line)))
    return Rows(header, cells, problems)


def find_column(header: Sequence[str], wanted: str, path: Path) -> int:
    """Return the position of a column; raise `DataError` naming the columns there are."""
    if header.count(wanted) == 1:
        return header.index(wanted)
    if header.count(wanted) > 1:
        raise DataError(f"{path} has {header.count(wanted)} columns '{wanted}'. Leave one of them.")
    near = get_close_matches(wanted.lower(), [name.lower() for name in header], n=1, cutoff=0.5)
    guess = next((name for name in header if near and name.lower() == near[0]), "NAME")
    shown = ", ".join(name[:40] or "(no name)" for name in header[:20])
    raise DataError(f"{path} has no column '{wanted}'; it has: {shown}. Name the right one: --column '{guess}'.")


def _to_csv(rows: Rows, tables: Iterable[pd.DataFrame], count: Counter[str]) -> Iterator[str]:
    """Yield the input's columns, then those of the predictions, a piece at a time; what is not known is empty.

    Counts the rows of each status in `count`.
    """
    from polydesign.engine.predict.run import OK
    from polydesign.engine.writers import cell

    text, first = io.StringIO(), 0
    writer = csv.writer(text, lineterminator="\n")
    for table in tables:
        predicted = table.drop(columns="psmiles")
        if not first:
            taken = set(predicted.columns)
            writer.writerow([*(f"{name}_input" if name in taken else name for name in rows.header), *predicted.columns])
        for place in range(len(table)):
            problem = rows.problems.get(first + place)
            if problem and table.at[place, "status"] != OK:
                predicted.at[place, "reason"] = problem
        own = rows.cells[first : first + len(table)]
        for cells, values in zip(own, predicted.itertuples(index=False), strict=True):
            writer.writerow([*cells, *map(cell, values)])
        count.update(table["status"])
        first += len(table)
        yield text.getvalue()
        text.seek(0)
        text.truncate()
