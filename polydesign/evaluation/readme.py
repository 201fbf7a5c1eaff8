"""Fill the tables of a README from result files, so that no figure in it is typed by hand.

A table stands between the lines ``<!-- table:NAME -->`` and ``<!-- /table -->``; what is between them is
replaced by the table NAME of the result files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from polydesign.core.errors import DataError
from polydesign.evaluation.result import FORMAT, Table, merge_tables

_MARKED = re.compile(
    r"(?P<open><!-- table:(?P<name>[\w-]+) -->\n)(?:(?!<!-- table:).)*?(?P<close><!-- /table -->)", re.DOTALL
)
_LOST = re.compile(r"<!-- (?:table:[^>]*|/table) -->")


def read_tables(files: Iterable[Path]) -> dict[str, Table]:
    """Return name -> table over all result files; of rows with one name the later run's is taken.

    Raises `DataError` naming the file when one is not a result file of this version.
    """
    dated: list[tuple[str, Table]] = []
    for path in files:
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if data["format"] != FORMAT:
                raise DataError(f"it has format {data['format']}, this version reads {FORMAT}")
            for run in data["runs"]:
                dated += [(run["manifest"]["date"], Table.from_dict(table)) for table in run["tables"]]
        except (OSError, ValueError, KeyError, TypeError, DataError) as error:
            raise DataError(f"{path} is not a result file: {error}. Write it again with --json.") from error
    by_name: dict[str, list[Table]] = {}
    for _, table in sorted(dated, key=lambda pair: pair[0]):
        by_name.setdefault(table.name, []).append(table)
    return {name: merge_tables(tables) for name, tables in by_name.items()}


def fill(text: str, tables: dict[str, Table]) -> str:
    """Return `text` with every marked table written anew.

    Raises `DataError` when a marker names a table that no result file has, or is not closed.
    """
    missing = sorted({match["name"] for match in _MARKED.finditer(text)} - set(tables))
    if missing:
        raise DataError(f"No result file has the table {', '.join(missing)}; there are: {', '.join(sorted(tables))}.")
    lost = _LOST.findall(_MARKED.sub("", text))
    if lost:
        raise DataError(f"The marker {lost[0]} has no partner; a table stands between table:NAME and /table.")
    return _MARKED.sub(lambda match: match["open"] + tables[match["name"]].markdown() + "\n" + match["close"], text)


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
