"""Write a result as JSON, as a table or as structures."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polydesign.core.errors import DataError
from polydesign.core.results import Candidate, DesignResult
from polydesign.engine.writers import csv_text, sdf_text, write_text

if TYPE_CHECKING:
    import pandas as pd


def to_json(result: DesignResult) -> str:
    """Return the whole result; a number that is not known is null."""
    return json.dumps(result.to_dict(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def to_csv(result: DesignResult) -> str:
    """Return one row a candidate, best first; what is not known is an empty cell.

    For each property: ``KEY`` in its unit, ``KEY_std`` on its scale (decades for log10), ``KEY_lo80`` and
    ``KEY_hi80`` in its unit, ``KEY_in_domain``, ``KEY_checker`` in its unit.
    """
    return csv_text([row(rank, candidate) for rank, candidate in _ranked(result)], ("rank", "psmiles"))


def to_frame(result: DesignResult) -> pd.DataFrame:
    """Return the table of `to_csv` with its numbers as they are."""
    import pandas as pd

    columns, rows = _table(result)
    return pd.DataFrame(rows, columns=columns)


def to_sdf(result: DesignResult) -> str:
    """Return a 2D structure a candidate, attachment points as dummy atoms, with the cells of `to_csv` as data."""
    return sdf_text((f"candidate {rank}", one.psmiles, row(rank, one)) for rank, one in _ranked(result))


def _ranked(result: DesignResult) -> Iterator[tuple[int, Candidate]]:
    return enumerate(result.candidates, start=1)


WRITERS: dict[str, Callable[[DesignResult], str]] = {".json": to_json, ".csv": to_csv, ".sdf": to_sdf}


def row(rank: int, candidate: Candidate) -> dict[str, Any]:
    """Return column name -> value of one candidate."""
    cells: dict[str, Any] = {
        "rank": rank,
        "psmiles": candidate.psmiles,
        "chain_key": candidate.chain_key,
        "score": candidate.score,
        "p_all_targets": candidate.p_all_targets,
        "novel": candidate.novel,
        "sa_score": candidate.sa_score,
    }
    for key, prediction in candidate.predictions.items():
        cells |= {
            f"{key}": prediction.mean,
            f"{key}_std": prediction.std,
            f"{key}_lo80": prediction.lo80,
            f"{key}_hi80": prediction.hi80,
            f"{key}_in_domain": prediction.in_domain,
            f"{key}_checker": candidate.checker.get(key, {}).get("mean"),
        }
    return cells


def check_path(path: Path, endings: tuple[str, ...] = tuple(WRITERS)) -> None:
    """Raise `DataError` when a result cannot be written to `path`; meant to be asked before a long run."""
    if path.suffix.lower() not in endings:
        raise DataError(f"Cannot write '{path}': the name must end in {', '.join(endings)}.")
    folder = path.absolute().parent
    if path.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        problem = "it is a folder" if path.is_dir() else f"{folder} is not a folder that can be written to"
        raise DataError(f"Cannot write '{path}': {problem}. Give another path.")


def write(result: DesignResult, path: Path) -> None:
    """Write `result` in the format that the name ends in; raises `DataError` as `check_path`."""
    check_path(path)
    write_text(WRITERS[path.suffix.lower()](result), path)


def _table(result: DesignResult) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the names of all columns, and one row a candidate."""
    rows = [row(rank, candidate) for rank, candidate in enumerate(result.candidates, start=1)]
    return list(dict.fromkeys(name for cells in rows for name in cells)) or ["rank", "psmiles"], rows
