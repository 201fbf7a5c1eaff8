"""Generators side by side: the result files read as rows that know which checkpoint they speak of.

Every installed generator is a row of every table. One that was not measured has no figures and says so; rows of
checkpoints that are not installed, of other methods and of papers are marked as what they are.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from polydesign.core import registry
from polydesign.evaluation.published import PUBLISHED
from polydesign.evaluation.readme import Measured
from polydesign.evaluation.result import Column, Row
from polydesign.evaluation.scoreboard import Section
from polydesign.evaluation.statistics import Figure
from polydesign.store import Checkpoint

Kind = Literal["installed", "not installed", "reference", "published"]
NOT_MEASURED = "not measured"
MOLECULES = "molecules"  # the task of generators that were trained on molecules
PACE = "generation"  # the table of speed, see benchmarks/generation.py
SIZE = Column("megabytes", "MB", digits=1)
SECONDS = Column("new_seconds", "s for 100 valid new", digits=1)

_ID = re.compile(r"`([^`]+)`")
# Tasks that only generators of one ability can be measured in.
_NEEDS = {"latent": ("latent", "has no latent space")}


@dataclass(frozen=True)
class Line:
    """One row of a comparison.

    Attributes:
        name: as it stands in the table, with the id of the checkpoint between backticks.
        kind: whose figures these are; "reference" is another method or real polymers.
        id: of the checkpoint, "" for none.
        question: what of `name` does not name the generator; rows of one question can be compared.
        figures: empty when nothing was measured.
        note: what a reader must know, e.g. "not measured" or a paper; "" for nothing.
        run: the run that the row is from, with its "manifest" and "details"; empty for none.
    """

    name: str
    kind: Kind
    id: str
    question: str
    figures: Mapping[str, Figure]
    note: str
    run: Mapping[str, Any]


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
        return [Compared(section.task, section.task, "generator", (SIZE, SECONDS), lines)]
    return [_table(entry, section.task, generators, pace or {}) for entry in section.tables]


def _table(entry: Measured, task: str, generators: Sequence[Checkpoint], pace: Mapping[str, Figure]) -> Compared:
    installed = {checkpoint.id: checkpoint for checkpoint in generators}
    lines = [_line(row, entry.runs.get(row.name, {}), installed) for row in entry.table.rows]
    own = {line.id for line in lines if line.id}
    if not own:  # a table about the references, not about generators
        return Compared(task, entry.table.name, entry.table.head, entry.table.columns, lines, entry.below)
    lines += _missing(task, generators, own)
    lines += [
        Line(row.name, "published", "", "", row.figures, row.source, {}) for row in PUBLISHED.get(entry.table.name, ())
    ]
    columns = entry.table.columns
    if entry.table.name != PACE:
        columns = (*columns, SIZE, SECONDS)
        lines = [_with_size(line, installed, pace) for line in lines]
    return Compared(task, entry.table.name, entry.table.head, columns, lines, entry.below)


def _line(row: Row, run: Mapping[str, Any], installed: Mapping[str, Checkpoint]) -> Line:
    found = _ID.search(row.name)
    if found is None:
        kind: Kind = "published" if "published" in row.name.lower() else "reference"
        return Line(row.name, kind, "", row.name, row.figures, "", run)
    id = found[1]
    if id not in installed:
        return Line(row.name, "not installed", id, question(row.name), row.figures, "", run)
    measured = _weights(run.get("manifest", {}), id)
    note = "" if measured in (None, installed[id].sha256) else "measured on earlier weights"
    return Line(row.name, "installed", id, question(row.name), row.figures, note, run)


def question(name: str) -> str:
    """Return a row's name without its generator: "Tg: PolyGPT `polygpt`, no targets" is "Tg: no targets"."""
    head, _, tail = _split(name)
    return ": ".join(part for part in (head, tail.strip(" ,")) if part)


def bare(name: str) -> str:
    """Return the generator of a row's name: "Tg: PolyGPT `polygpt`, no targets" is "PolyGPT polygpt"."""
    return _split(name)[1]


def _split(name: str) -> tuple[str, str, str]:
    """Return what stands before the generator, its label and id, and what stands after it."""
    before, _, after = name.partition("`")
    id, _, tail = after.partition("`")
    sign = max(before.rfind(": "), before.rfind(", "))
    head, label = (before[:sign], before[sign + 2 :]) if sign >= 0 else ("", before)
    return head, f"{label.strip()} {id}".strip(), tail


def _weights(manifest: Mapping[str, Any], id: str) -> str | None:
    if manifest.get("checkpoint") == id:
        return manifest.get("sha256")
    return dict(manifest.get("weights") or {}).get(id)


def _missing(task: str, generators: Iterable[Checkpoint], measured: Iterable[str]) -> list[Line]:
    lines = []
    for checkpoint in generators:
        if checkpoint.id in measured:
            continue
        name = f"{checkpoint.label} `{checkpoint.id}`"
        lines.append(Line(name, "installed", checkpoint.id, "", {}, _why_not(task, checkpoint), {}))
    return lines


def _why_not(task: str, checkpoint: Checkpoint) -> str:
    """Say why a generator has no figures: it is none for this task, or nobody has measured it."""
    ability, lacks = _NEEDS.get(task, ("", ""))
    if (checkpoint.structure == "molecule") != (task == MOLECULES):
        return "writes repeat units" if task == MOLECULES else "writes molecules"
    return lacks if ability and ability not in registry.spec(checkpoint.family).abilities else NOT_MEASURED


def _with_size(line: Line, installed: Mapping[str, Checkpoint], pace: Mapping[str, Figure]) -> Line:
    if line.id not in installed:
        return line
    more = {SIZE.key: Figure(size_mb(installed[line.id]), 1)}
    if line.id in pace:
        more[SECONDS.key] = pace[line.id]
    return replace(line, figures={**line.figures, **more})


def size_mb(checkpoint: Checkpoint) -> float:
    """Return the size of a checkpoint's files in MB, shared ones and parts included."""
    return checkpoint.n_bytes / 1e6


def pace(sections: Iterable[Section]) -> dict[str, Figure]:
    """Return id -> seconds for 100 valid new polymers, as far as measured."""
    rows = [row for section in sections for entry in section.tables for row in _rows(entry)]
    return {found[1]: row.figures[SECONDS.key] for row in rows if (found := _ID.search(row.name))}


def _rows(entry: Measured) -> list[Row]:
    return [row for row in entry.table.rows if entry.table.name == PACE and SECONDS.key in row.figures]


def sort(lines: Sequence[Line], column: Column | None, *, largest_first: bool = True) -> list[Line]:
    """Return lines by a figure, those without it last; by question, as measured, when `column` is None."""
    if column is None:
        first: dict[str, int] = {}
        for line in lines:
            first.setdefault(line.question, len(first))
        return sorted(lines, key=lambda line: (line.kind == "published", first[line.question]))
    sign = -1 if largest_first else 1

    def place(line: Line) -> tuple[bool, float]:
        figure = line.figures.get(column.key)
        known = figure is not None and math.isfinite(figure.value)
        return not known, sign * figure.value if known and figure else 0.0

    return sorted(lines, key=place)


def to_csv(tables: Iterable[Compared]) -> str:
    """Return every figure of some tables as CSV, one a line, with its n and 95 % interval."""
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\n")
    write.writerow(["task", "table", "row", "checkpoint", "kind", "note", "figure", "value", "n", "low", "high"])
    for table in tables:
        for line in table.lines:
            head = [table.task, table.name, line.name, line.id, line.kind, line.note]
            if not line.figures:
                write.writerow([*head, "", "", "", "", ""])
            for key, figure in line.figures.items():
                numbers = [figure.value, figure.n, figure.low, figure.high]
                write.writerow([*head, key, *("" if not math.isfinite(number) else number for number in numbers)])
    return text.getvalue()
