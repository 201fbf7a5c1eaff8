"""What an evaluation hands back: tables that describe themselves, written to JSON and to Markdown."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, TypedDict

from polydesign.core.errors import DataError
from polydesign.evaluation.positions import Positions
from polydesign.evaluation.rows import Option, Row, build
from polydesign.evaluation.statistics import Figure

FORMAT = 2
Style = Literal["percent", "number", "count"]


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
        stated = math.isfinite(figure.low) and math.isfinite(figure.high)
        interval = f"{self._number(figure.low)} to {self._number(figure.high)}" if stated else ""
        return self._number(figure.value) + (" %" if self.style == "percent" else ""), interval

    def _number(self, value: float) -> str:
        if self.style == "count":
            return f"{value:,.0f}"
        return f"{100 * value:,.{self.digits}f}" if self.style == "percent" else f"{value:,.{self.digits}f}"


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
            "rows": [row.to_dict() for row in self.rows],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Table:
        """Rebuild a table from `to_dict`; raise `DataError` for anything malformed."""
        try:
            columns = tuple(build(Column, column, "a column") for column in data["columns"])
            rows = [Row.from_dict(row) for row in data["rows"]]
            return build(cls, {**data, "columns": columns, "rows": rows}, "a table")
        except (KeyError, TypeError, AttributeError) as error:
            raise DataError(f"a table of results is incomplete: {error!r}") from error


@dataclass(frozen=True)
class Manifest:
    """What the figures of a run depend on.

    Attributes:
        n: generations, requests or polymers, as the task counts them.
        seed: of everything that is drawn.
        hardware: processor and cores.
        date: when the run began to be written down, in ISO 8601.
        checkpoint, sha256, family: of the model that was measured; "" where there was not one alone.
        options: all options of the generator.
        held_out_file: name of a file of held-out polymers; None for the task's own.
        seconds: of the whole run.
        versions: package -> version.
        settings: what this task or program alone has to say, e.g. ``{"batch": 512}``.
    """

    n: int | None = None
    seed: int = 0
    hardware: str = ""
    date: str = ""
    checkpoint: str = ""
    sha256: str = ""
    family: str = ""
    options: Mapping[str, Option] = field(default_factory=dict)
    held_out_file: str | None = None
    seconds: float | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Option] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary of what is stated."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "", {})}

    @property
    def measured_on(self) -> str:
        """The sentence that says with which seed, on what and when the run was made."""
        return f"Seed {self.seed}; {self.hardware}; {self.date[:10]}."


class Spread(TypedDict):
    """What the checker says of the answers to each of G values of one property.

    asked: all properties of the set; key: the one that is looked at; levels: the percentiles; targets: G values, in the
    unit; n: answers with a value, for each; percentiles: of these, in the unit, None without any answer.
    """

    asked: list[str]
    key: str
    levels: list[int]
    targets: list[float]
    n: list[int]
    percentiles: list[list[float] | None]


class NamedCode(TypedDict):
    """Where a polymer with a name lies: the first two dimensions of its code."""

    name: str
    code: list[float]


# "from" and "to" are names of polymers, "ends" their p-SMILES, "codes" as in `NamedCode`, "decoded" raw strings.
PathDrawn = TypedDict(
    "PathDrawn",
    {"from": str, "to": str, "ends": list[str], "codes": list[list[float]], "decoded": list[str], "valid": list[bool]},
)


class Details(TypedDict, total=False):
    """Further material of the tasks, for plots and for those who want to know."""

    held_out: str
    data: list[str]
    families: list[str]
    targets: list[dict[str, list[float]]]
    tolerances: dict[str, float]
    spreads: list[Spread]
    named: list[NamedCode]
    path: PathDrawn
    positions: Positions
    dtype: str
    peer_attention: str
    largest_logit_difference: float
    valid_ours_and_peer: list[list[float]]
    processor_seconds_ours_and_peer: list[list[float]]


@dataclass(frozen=True)
class Result:
    """Everything that one run of a task brought.

    Attributes:
        task: name of the task.
        tables: its tables, the main one first.
        notes: sentences a reader of the figures needs (references used, what was not computed and why).
        manifest: what the run depends on.
        details: further JSON-ready material.
    """

    task: str
    tables: Sequence[Table]
    notes: Sequence[str] = ()
    manifest: Manifest = Manifest()
    details: Details = field(default_factory=Details)

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        return {
            "task": self.task,
            "manifest": self.manifest.to_dict(),
            "tables": [table.to_dict() for table in self.tables],
            "notes": list(self.notes),
            "details": dict(self.details),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Result:
        """Rebuild a result from `to_dict`; raise `DataError` for an unknown or missing field."""
        if unknown := sorted(set(data["details"]) - set(Details.__annotations__)):
            raise DataError(f"the details have no field {', '.join(unknown)}")
        tables = [Table.from_dict(table) for table in data["tables"]]
        manifest = build(Manifest, data["manifest"], "a manifest")
        return build(cls, {**data, "tables": tables, "manifest": manifest}, "a run")

    def markdown(self) -> str:
        """Write all tables, then the notes and what was measured on as a list."""
        blocks = [table.markdown() for table in self.tables]
        blocks.append("\n".join(f"- {note}" for note in (*self.notes, self.manifest.measured_on)))
        return "\n\n".join(blocks)


def write_results(results: Sequence[Result], path: Path) -> None:
    """Write results as JSON: {"format", "runs": [{"task", "manifest", "tables", "notes", "details"}]}."""
    document = {"format": FORMAT, "runs": [result.to_dict() for result in results]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def read_results(path: Path) -> list[Result]:
    """Return the runs of a result file, in order.

    Raises `DataError` naming the file, and what it holds that it should not, when it is no result file of this version.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise DataError(f"it has format {data['format']}, this version reads {FORMAT}")
        return [Result.from_dict(run) for run in data["runs"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, DataError) as error:
        raise DataError(f"{path} is not a result file: {error}. Write it again with --json.") from error


def merge_tables(tables: Iterable[Table]) -> Table:
    """Merge tables of one name, oldest first: the newest columns, rows in order of appearance, the newest figures."""
    *_, newest = tables = list(tables)
    rows = {row.place: row for table in tables for row in table.rows}
    return Table(newest.name, newest.head, newest.columns, list(rows.values()))


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
