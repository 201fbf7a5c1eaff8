"""Our own library: polymers that our generator wrote, with the guide's predictions. Ships with the package.

library.parquet holds one row a polymer: ``psmiles``, ``sa_score``, ``in_domain`` (share of the properties for
which the structure lies near the guide's training chains), then every property of the guide in its unit.
Every number is computed or predicted; no row comes from a gathered data set. Its schema keeps which models
made it. ``python -m polydesign.library`` writes it anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow
import pyarrow.parquet

from polydesign.core.errors import DataError

NAME = "library"
FILE = Path(__file__).with_name("library.parquet")
LICENCE = "Apache-2.0, as polydesign itself: structures and values come from its own models"
_ORIGIN = b"polydesign"
_DIGITS = 4  # significant; the intervals of the guide are far wider


@cache
def library() -> pd.DataFrame:
    """Return the shipped library; the columns are those of the module. To be read only: all callers share it.

    Raises `DataError` when the file is missing or damaged.
    """
    return _table().to_pandas()


def origin() -> dict[str, Any]:
    """Return what made the library: ids and sha256 of generator and guide, seed, date, number of rows."""
    kept = (_table().schema.metadata or {}).get(_ORIGIN)
    if kept is None:
        raise DataError(f"{FILE} does not say what made it. Write it anew: python -m polydesign.library")
    return json.loads(kept)


def write(table: pd.DataFrame, origin: Mapping[str, Any], path: Path) -> None:
    """Write a library with numbers of four significant digits, and what made it."""
    rounded = table.copy()
    for column in rounded.select_dtypes("number"):
        rounded[column] = [float(f"{value:.{_DIGITS}g}") for value in rounded[column]]
        rounded[column] = rounded[column].astype("float32")
    packed = pyarrow.Table.from_pandas(rounded, preserve_index=False)
    packed = packed.replace_schema_metadata({**packed.schema.metadata, _ORIGIN: json.dumps(dict(origin)).encode()})
    pyarrow.parquet.write_table(packed, path, compression="zstd", compression_level=19)


@cache
def _table() -> pyarrow.Table:
    try:
        return pyarrow.parquet.read_table(FILE)
    except (OSError, pyarrow.ArrowException) as error:
        raise DataError(f"{FILE} cannot be read ({error}). Write it anew: python -m polydesign.library") from None
