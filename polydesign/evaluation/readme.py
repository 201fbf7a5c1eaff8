"""Fill the tables of a page from result files, so that no figure in it is typed by hand.

A table stands between the lines ``<!-- table:NAME -->`` and ``<!-- /table -->``; what is between them is
replaced by the table NAME of the result files.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from polydesign.core.errors import DataError
from polydesign.evaluation.result import Result, Table, merge_tables, read_results

_MARKED = re.compile(
    r"(?P<open><!-- table:(?P<name>[\w-]+) -->\n)(?:(?!<!-- table:).)*?(?P<close><!-- /table -->)", re.DOTALL
)
_LOST = re.compile(r"<!-- (?:table:[^>]*|/table) -->")


@dataclass(frozen=True)
class Measured:
    """A table of result files.

    Attributes:
        task: that it belongs to.
        date: of its newest run.
        table: rows of all runs; of rows in one place (see `Row.place`) the later run's.
        below: sentences that stand below it: the notes of the newest run, and what that was measured on.
        runs: place of a row -> the run that it is from.
    """

    task: str
    date: str
    table: Table
    below: tuple[str, ...]
    runs: Mapping[Hashable, Result] = field(default_factory=dict)


def measured(files: Iterable[Path]) -> dict[str, Measured]:
    """Return name -> table of the result files; the notes of a run stand below its first table.

    Raises `DataError` naming the file when one is not a result file of this version.
    """
    entries = [entry for path in files for run in read_results(path) for entry in _tables_of(run)]
    by_name: dict[str, list[Measured]] = {}
    for entry in sorted(entries, key=lambda entry: entry.date):
        by_name.setdefault(entry.table.name, []).append(entry)
    return {
        name: replace(
            same[-1],
            table=merge_tables([entry.table for entry in same]),
            runs={place: run for entry in same for place, run in entry.runs.items()},
        )
        for name, same in by_name.items()
    }


def written(tables: Mapping[str, Measured]) -> dict[str, str]:
    """Return name -> Markdown of tables, each with what it was measured on."""
    return {
        name: entry.table.markdown() + "\n\n" + "\n".join(f"- {line}" for line in entry.below)
        for name, entry in tables.items()
    }


def _tables_of(run: Result) -> list[Measured]:
    entries = []
    for number, table in enumerate(run.tables):
        below = (*(run.notes if number == 0 else ()), run.manifest.measured_on)
        runs: dict[Hashable, Result] = dict.fromkeys((row.place for row in table.rows), run)
        entries.append(Measured(run.task, run.manifest.date, table, below, runs))
    return entries


def fill(text: str, tables: dict[str, str]) -> str:
    """Return `text` with every marked table written anew.

    Raises `DataError` when a marker names a table that no result file has, or is not closed.
    """
    missing = sorted({match["name"] for match in _MARKED.finditer(text)} - set(tables))
    if missing:
        raise DataError(f"No result file has the table {', '.join(missing)}; there are: {', '.join(sorted(tables))}.")
    lost = _LOST.findall(_MARKED.sub("", text))
    if lost:
        raise DataError(f"The marker {lost[0]} has no partner; a table stands between table:NAME and /table.")
    return _MARKED.sub(lambda match: match["open"] + tables[match["name"]] + "\n" + match["close"], text)
