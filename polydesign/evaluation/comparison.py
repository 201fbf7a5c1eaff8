"""Generators side by side: the result files read as rows that know which checkpoint they speak of.

Every installed generator is a row of every table. One that was not measured has no figures and says so; rows of
checkpoints that are not installed, of other methods and of papers are marked as what they are.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from polydesign.core import registry
from polydesign.core.specs import GeneratorSpec
from polydesign.evaluation.published import PUBLISHED
from polydesign.evaluation.readme import Measured
from polydesign.evaluation.result import Column, Result, Row, Table
from polydesign.evaluation.scoreboard import Section
from polydesign.evaluation.statistics import Figure
from polydesign.store import Checkpoint

Kind = Literal["installed", "not installed", "reference", "published"]
NOT_MEASURED = "not measured"
MOLECULES = ("molecules", "moses", "zinc")  # the tasks of generators that were trained on molecules
PACE = "generation"  # the table of speed, see benchmarks/generation.py
SIZE = Column("megabytes", "MB", digits=1)
SECONDS = Column("new_seconds", "s for 100 valid new", digits=1)
# What a model was given: who compares two rows looks here first.
FOOTING = (Column("training_minutes", "min trained", digits=0), Column("parameters", "parameters", "count"))

# Tasks that only generators of one ability can be measured in.
_NEEDS = {"latent": ("latent", "has no latent space"), "zinc": ("latent", "has no latent space")}


@dataclass(frozen=True)
class Line:
    """One row of a comparison.

    Attributes:
        row: whose figures, and which; without figures when nothing was measured.
        kind: the row's origin, or "not installed" for a checkpoint that is not here.
        note: what a reader must know, e.g. "not measured" or a paper; "" for nothing.
        run: that the row is from, with its details; None for none.
    """

    row: Row
    kind: Kind
    note: str = ""
    run: Result | None = None

    @property
    def id(self) -> str:
        """The id of the checkpoint, "" for none."""
        return self.row.checkpoint

    @property
    def figures(self) -> Mapping[str, Figure]:
        """The row's figures."""
        return self.row.figures


@dataclass(frozen=True)
class Compared:
    """One table with a line for every generator; `head`, `columns` and `below` as in the result files."""

    task: str
    name: str
    head: str
    columns: tuple[Column, ...]
    lines: Sequence[Line]
    below: Sequence[str] = ()


def compared(
    section: Section, generators: Sequence[Checkpoint], pace: Mapping[str, Figure] | None = None
) -> list[Compared]:
    """Return the tables of one task, the main one first; one without figures when it was not measured.

    Args:
        section: of the scoreboard.
        generators: those installed.
        pace: id -> seconds for 100 valid new polymers, added as a column beside the size.
    """
    if not section.tables:
        installed = {checkpoint.id: checkpoint for checkpoint in generators}
        lines = [_with_size(line, installed, pace or {}) for line in _missing(section.task, generators, ())]
        return [Compared(section.task, section.task, "generator", (*FOOTING, SIZE, SECONDS), lines)]
    return [_table(entry, section.task, generators, pace or {}) for entry in section.tables]


def _table(entry: Measured, task: str, generators: Sequence[Checkpoint], pace: Mapping[str, Figure]) -> Compared:
    installed = {checkpoint.id: checkpoint for checkpoint in generators}
    lines = [_line(row, entry.runs.get(row.place), installed) for row in entry.table.rows]
    own = {line.id for line in lines if line.id}
    if not own:  # a table about the references, not about generators
        return Compared(task, entry.table.name, entry.table.head, entry.table.columns, lines, entry.below)
    lines += _missing(task, generators, own)
    lines += [Line(row, row.origin, row.source) for row in PUBLISHED.get(entry.table.name, ())]
    columns = (*entry.table.columns, *FOOTING)
    if entry.table.name != PACE:
        columns = (*columns, SIZE, SECONDS)
    lines = [_with_size(line, installed, pace) for line in lines]
    return Compared(task, entry.table.name, entry.table.head, columns, lines, entry.below)


def _line(row: Row, run: Result | None, installed: Mapping[str, Checkpoint]) -> Line:
    if row.origin != "installed":
        return Line(row, row.origin, row.source, run)
    if row.checkpoint not in installed:
        return Line(row, "not installed", "", run)
    same = row.sha256 in ("", installed[row.checkpoint].sha256)
    return Line(row, "installed", "" if same else "measured on earlier weights", run)


def _missing(task: str, generators: Iterable[Checkpoint], measured: Iterable[str]) -> list[Line]:
    lines = []
    for checkpoint in generators:
        if checkpoint.id in measured:
            continue
        row = Row({}, checkpoint.label, checkpoint.id, checkpoint.sha256, origin="installed")
        lines.append(Line(row, "installed", _why_not(task, checkpoint)))
    return lines


def _why_not(task: str, checkpoint: Checkpoint) -> str:
    """Say why a generator has no figures: it is none for this task, or nobody has measured it."""
    ability, lacks = _NEEDS.get(task, ("", ""))
    if (checkpoint.structure == "molecule") != (task in MOLECULES):
        return "writes repeat units" if task in MOLECULES else "writes molecules"
    spec = cast(GeneratorSpec, registry.spec(checkpoint.family))
    return lacks if ability and ability not in spec.abilities else NOT_MEASURED


def _with_size(line: Line, installed: Mapping[str, Checkpoint], pace: Mapping[str, Figure]) -> Line:
    if line.id not in installed:
        return line
    more = {SIZE.key: Figure(size_mb(installed[line.id]), 1), **footing(installed[line.id])}
    if line.id in pace:
        more[SECONDS.key] = pace[line.id]
    # What the row has itself stays: it is of the weights that were measured.
    return replace(line, row=replace(line.row, figures={**line.figures, **more, **line.figures}))


def footing(checkpoint: Checkpoint) -> dict[str, Figure]:
    """Return what a model was given: minutes of training, where they are known, and parameters, parts included."""
    minutes, parameters = (column.key for column in FOOTING)
    given = {parameters: Figure(checkpoint.n_parameters, 1)}
    if checkpoint.training_minutes is not None:
        given[minutes] = Figure(checkpoint.training_minutes, 1)
    return given


def on_equal_footing(table: Table, checkpoints: Iterable[Checkpoint]) -> Table:
    """Return a table with two more columns: what each row's model was given, "–" for weights that are not at hand."""
    given = {(checkpoint.id, checkpoint.sha256): footing(checkpoint) for checkpoint in checkpoints}
    rows = [replace(row, figures={**row.figures, **given.get((row.checkpoint, row.sha256), {})}) for row in table.rows]
    if not any((row.checkpoint, row.sha256) in given for row in rows):
        return table
    return replace(table, columns=(*table.columns, *FOOTING), rows=rows)


def size_mb(checkpoint: Checkpoint) -> float:
    """Return the size of a checkpoint's files in MB, shared ones and parts included."""
    return checkpoint.n_bytes / 1e6


def pace(sections: Iterable[Section]) -> dict[str, Figure]:
    """Return id -> seconds for 100 valid new polymers, as far as measured."""
    tables = [entry.table for section in sections for entry in section.tables if entry.table.name == PACE]
    return {
        row.checkpoint: row.figures[SECONDS.key]
        for table in tables
        for row in table.rows
        if row.checkpoint and SECONDS.key in row.figures
    }


def sort(lines: Sequence[Line], column: Column | None, *, largest_first: bool = True) -> list[Line]:
    """Return lines by a figure, those without it last; by question, as measured, when `column` is None."""
    if column is None:
        first: dict[Hashable, int] = {}
        for line in lines:
            first.setdefault(line.row.comparable, len(first))
        return sorted(lines, key=lambda line: (line.kind == "published", first[line.row.comparable]))
    sign = -1 if largest_first else 1

    def place(line: Line) -> tuple[bool, float]:
        figure = line.figures.get(column.key)
        if figure is None or not math.isfinite(figure.value):
            return True, 0.0
        return False, sign * figure.value

    return sorted(lines, key=place)


def to_csv(tables: Iterable[Compared]) -> str:
    """Return every figure of some tables as CSV, one a line, with its n and 95 % interval."""
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\n")
    write.writerow(["task", "table", "row", "checkpoint", "kind", "note", "figure", "value", "n", "low", "high"])
    for table in tables:
        for line in table.lines:
            head = [table.task, table.name, line.row.name, line.id, line.kind, line.note]
            if not line.figures:
                write.writerow([*head, "", "", "", "", ""])
            for key, figure in line.figures.items():
                numbers = [figure.value, figure.n, figure.low, figure.high]
                write.writerow([*head, key, *("" if not math.isfinite(number) else number for number in numbers)])
    return text.getvalue()
