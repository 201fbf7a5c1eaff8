"""Fill the tables of a page from result files, so that no figure in it is typed by hand.

A table stands between the lines ``<!-- table:NAME -->`` and ``<!-- /table -->``; what is between them is
replaced by the table NAME of the result files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from polydesign.core.errors import DataError
from polydesign.evaluation.result import Table, from_runs, measured_on, merge_tables

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
        table: rows of all runs; of rows with one name the later run's.
        below: sentences that stand below it: the notes of the newest run, and what that was measured on.
        runs: name of a row -> the run that it is from, with its "manifest" and "details".
    """

    task: str
    date: str
    table: Table
    below: tuple[str, ...]
    runs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def measured(files: Iterable[Path]) -> dict[str, Measured]:
    """Return name -> table of the result files; the notes of a run stand below its first table.

    Raises `DataError` naming the file when one is not a result file of this version.
    """
    found = [entry for path in files for entry in from_runs(path, _tables_of)]
    by_name: dict[str, list[Measured]] = {}
    for entry in sorted(found, key=lambda entry: entry.date):
        by_name.setdefault(entry.table.name, []).append(entry)
    return {
        name: replace(
            entries[-1],
            table=merge_tables([entry.table for entry in entries]),
            runs={row: run for entry in entries for row, run in entry.runs.items()},
        )
        for name, entries in by_name.items()
    }


def read_tables(files: Iterable[Path]) -> dict[str, str]:
    """Return name -> Markdown of every table in the result files, each with what it was measured on.

    Raises `DataError` as `measured`.
    """
    return {
        name: entry.table.markdown() + "\n\n" + "\n".join(f"- {line}" for line in entry.below)
        for name, entry in measured(files).items()
    }


def _tables_of(run: dict[str, Any]) -> list[Measured]:
    found = []
    for number, table in enumerate(run["tables"]):
        below = (*(run["notes"] if number == 0 else ()), measured_on(run["manifest"]))
        read = Table.from_dict(table)
        runs = dict.fromkeys((row.name for row in read.rows), run)
        found.append(Measured(run["task"], run["manifest"]["date"], read, below, runs))
    return found


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
