"""The pages of this repository that show figures, and how their tables are written anew.

Every page may hold any table: those of the result files (`readme.written`) and the two of `overview`; links of its
table of families start from docs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from polydesign.core.errors import DataError
from polydesign.evaluation.comparison import on_equal_footing
from polydesign.evaluation.overview import overview
from polydesign.evaluation.published import PUBLISHED
from polydesign.evaluation.readme import fill, measured, written
from polydesign.evaluation.scoreboard import GENERATOR_TASKS
from polydesign.store import list_checkpoints


def pages(root: Path) -> list[Path]:
    """Return the pages under `root`: the cards first, whose bytes count in the sizes that README.md tells."""
    found = [*sorted(root.glob("checkpoints/*/README.md")), *sorted(root.glob("docs/**/*.md")), root / "README.md"]
    return [path for path in found if path.is_file()]


def printed(results: Path) -> dict[str, str]:
    """Return name -> Markdown of every table there is, of the JSON files in `results` and the shipped checkpoints.

    Raises `DataError` when there are no result files, or one of them is none.
    """
    files = sorted(results.glob("*.json"))
    if not files:
        raise DataError(f"There are no result files in {results}. Run an evaluation with --json first.")
    shipped = [checkpoint for checkpoint in list_checkpoints() if checkpoint.source == "embedded"]
    tables = measured(files)
    generators = [checkpoint for checkpoint in shipped if checkpoint.kind == "generator"]
    for name in set(tables) & set(GENERATOR_TASKS):  # the main table of a task alone
        tables[name] = replace(tables[name], table=on_equal_footing(tables[name].table, generators))
    for name in set(tables) & set(PUBLISHED):
        papers = [replace(row, variant="published") for row in PUBLISHED[name]]
        tables[name] = replace(
            tables[name], table=replace(tables[name].table, rows=[*tables[name].table.rows, *papers])
        )
    return {**written(tables), **overview(measured(files), shipped)}


def update(paths: Sequence[Path], results: Path) -> list[Path]:
    """Write the tables of some pages anew; return the pages that changed.

    Raises `DataError` as `printed` and `readme.fill`, and for a page that is not there.
    """
    changed = []
    for path in paths:
        tables = printed(results)  # each time: a card that was written anew has another size
        try:
            before = path.read_text(encoding="utf-8")
        except OSError as error:
            raise DataError(f"Cannot read {path}: {error.strerror}. Name a Markdown file that is there.") from error
        after = fill(before, tables)
        if after != before:
            path.write_text(after, encoding="utf-8")
            changed.append(path)
    return changed
