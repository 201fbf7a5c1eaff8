"""What an evaluation hands back: tables that describe themselves, written to JSON and to Markdown."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from polydesign.core.errors import DataError
from polydesign.evaluation.statistics import Figure

FORMAT = 1
Style = Literal["percent", "number", "count"]
T = TypeVar("T")


@dataclass(frozen=True)
class Column:
    """One column: the figure's name, its heading, and how it is written.

    Attributes:
        key: name of the figure in `Row.figures`.
        header: heading, with the unit where there is one.
        style: "percent" (a share, shown times 100), "number", or "count" (a whole number).
        digits: digits after the point.
    """

    key: str
    header: str
    style: Style = "number"
    digits: int = 3

    def cell(self, figure: Figure | None) -> str:
        """Write a figure and, where there is one, its 95 % interval; a dash stands for a missing figure."""
        value, interval = self.parts(figure)
        return f"{value} ({interval})" if interval else value

    def parts(self, figure: Figure | None) -> tuple[str, str]:
        """Write a figure and its 95 % interval apart; "–" stands for a missing figure, "" for no interval."""
        if figure is None or not math.isfinite(figure.value):
            return "–", ""
        known = math.isfinite(figure.low) and math.isfinite(figure.high)
        interval = f"{self._number(figure.low)} to {self._number(figure.high)}" if known else ""
        return self._number(figure.value) + (" %" if self.style == "percent" else ""), interval

    def _number(self, value: float) -> str:
        if self.style == "count":
            return f"{value:,.0f}"
        return f"{100 * value:,.{self.digits}f}" if self.style == "percent" else f"{value:,.{self.digits}f}"


@dataclass(frozen=True)
class Row:
    """One line of a table: who or what was measured, and its figures."""

    name: str
    figures: Mapping[str, Figure]


@dataclass(frozen=True)
class Table:
    """A named table; `name` is what a page's marker asks for."""

    name: str
    head: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]

    def markdown(self) -> str:
        """Write the table as GitHub Markdown."""
        heads = [self.head, *(column.header for column in self.columns)]
        lines = [_line(heads), "|---|" + "---:|" * len(self.columns)]
        for row in self.rows:
            lines.append(_line([row.name, *(column.cell(row.figures.get(column.key)) for column in self.columns)]))
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary with every figure, shown as a column or not."""
        return {
            "name": self.name,
            "head": self.head,
            "columns": [vars(column) for column in self.columns],
            "rows": [
                {"name": row.name, "figures": {key: figure.to_dict() for key, figure in row.figures.items()}}
                for row in self.rows
            ],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Table:
        """Rebuild a table from `to_dict`; raise `DataError` for anything malformed."""
        try:
            return cls(
                name=data["name"],
                head=data["head"],
                columns=tuple(Column(**column) for column in data["columns"]),
                rows=[
                    Row(row["name"], {key: _figure(figure) for key, figure in row["figures"].items()})
                    for row in data["rows"]
                ],
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise DataError(f"This is not a table of results ({error}). Run the evaluation again.") from error


@dataclass(frozen=True)
class Result:
    """Everything one run of a task found.

    Attributes:
        task: name of the task.
        tables: its tables, the main one first.
        notes: sentences a reader of the figures needs (references used, what was not computed and why).
        manifest: what the run depends on: checkpoint and sha256, n, seed, options, hardware, versions, seconds.
        details: further JSON-ready material (targets, sizes of reference sets).
    """

    task: str
    tables: Sequence[Table]
    notes: Sequence[str] = ()
    manifest: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        return {
            "task": self.task,
            "manifest": dict(self.manifest),
            "tables": [table.to_dict() for table in self.tables],
            "notes": list(self.notes),
            "details": dict(self.details),
        }

    def markdown(self) -> str:
        """Write all tables, then the notes and what was measured on as a list."""
        blocks = [table.markdown() for table in self.tables]
        blocks.append("\n".join(f"- {note}" for note in (*self.notes, measured_on(self.manifest))))
        return "\n\n".join(blocks)


def from_runs(path: Path, take: Callable[[Mapping[str, Any]], Iterable[T]]) -> list[T]:
    """Return what `take` finds in each run of a result file, in order.

    Raises `DataError` naming the file when it is not a result file of this version, as `take` may find too.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise DataError(f"it has format {data['format']}, this version reads {FORMAT}")
        return [entry for run in data["runs"] for entry in take(run)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, DataError) as error:
        raise DataError(f"{path} is not a result file: {error}. Write it again with --json.") from error


def measured_on(manifest: Mapping[str, Any]) -> str:
    """Return the sentence that says with which seed, on what and when a run was made."""
    return f"Seed {manifest['seed']}; {manifest['hardware']}; {manifest['date'][:10]}."


def merge_tables(tables: Sequence[Table]) -> Table:
    """Merge tables of one name, oldest first: the newest columns, rows in order of appearance, the newest figures."""
    rows = {row.name: row for table in tables for row in table.rows}
    newest = tables[-1]
    return Table(newest.name, newest.head, newest.columns, list(rows.values()))


def _figure(data: Mapping[str, float | int | None]) -> Figure:
    number = {name: math.nan if data[name] is None else float(data[name] or 0) for name in ("value", "low", "high")}
    return Figure(number["value"], int(data["n"] or 0), number["low"], number["high"])


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
