"""Fill the tables of a README from result files, so that no figure in it is typed by hand.

A table stands between the lines ``<!-- table:NAME -->`` and ``<!-- /table -->``; what is between them is
replaced by the table NAME of the result files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polydesign.core.errors import DataError
from polydesign.evaluation.result import FORMAT, Table, measured_on, merge_tables

_MARKED = re.compile(
    r"(?P<open><!-- table:(?P<name>[\w-]+) -->\n)(?:(?!<!-- table:).)*?(?P<close><!-- /table -->)", re.DOTALL
)
_LOST = re.compile(r"<!-- (?:table:[^>]*|/table) -->")


@dataclass(frozen=True)
class _Found:
    """A table of one run, when it was measured, and the lines that stand below it."""

    date: str
    table: Table
    below: str


def read_tables(files: Iterable[Path]) -> dict[str, str]:
    """Return name -> Markdown of every table in the result files, each with what it was measured on.

    Of rows with one name the later run's is taken. The notes of a run stand below its first table.
    Raises `DataError` naming the file when one is not a result file of this version.
    """
    found: list[_Found] = []
    for path in files:
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if data["format"] != FORMAT:
                raise DataError(f"it has format {data['format']}, this version reads {FORMAT}")
            for run in data["runs"]:
                found += _tables_of(run)
        except (OSError, ValueError, KeyError, TypeError, DataError) as error:
            raise DataError(f"{path} is not a result file: {error}. Write it again with --json.") from error
    by_name: dict[str, list[_Found]] = {}
    for entry in sorted(found, key=lambda entry: entry.date):
        by_name.setdefault(entry.table.name, []).append(entry)
    return {
        name: "\n\n".join([merge_tables([entry.table for entry in entries]).markdown(), entries[-1].below])
        for name, entries in by_name.items()
    }


def _tables_of(run: dict[str, Any]) -> list[_Found]:
    found = []
    for number, table in enumerate(run["tables"]):
        lines = [*(run["notes"] if number == 0 else []), measured_on(run["manifest"])]
        found.append(_Found(run["manifest"]["date"], Table.from_dict(table), "\n".join(f"- {line}" for line in lines)))
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


def update_readme(readme: Path, results: Path) -> bool:
    """Rewrite the tables of `readme` from the JSON files in `results`; return whether anything changed."""
    files = sorted(results.glob("*.json"))
    if not files:
        raise DataError(f"There are no result files in {results}. Run an evaluation with --json first.")
    before = readme.read_text(encoding="utf-8")
    after = fill(before, read_tables(files))
    if after != before:
        readme.write_text(after, encoding="utf-8")
    return after != before
