"""Read a data set of the catalog as a table, from the user's own copy or from the download cache."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow
import pyarrow.parquet

from polydesign.core.errors import DataError
from polydesign.data.sources.catalog import Dataset, Source, dataset
from polydesign.data.sources.checksums import recorded, sha256_of
from polydesign.data.sources.formats import read_source
from polydesign.data.sources.paths import cache_folder, local_folder


def table(name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return a data set as a table with a fresh index.

    Args:
        name: a name of the catalog.
        columns: columns wanted, in this order; all when None.

    A packed copy is given as it is. A public file is brought to the same columns, with differences:
    ``psmiles`` is written as in the source, not canonical; columns that were added when packing (see
    the catalog's notes) are missing; and public files also hold the polymers that are kept apart from
    the packed copies for final tests, so models that are published train on the packed copies.

    Raises `DataError` when the set is not on this machine, damaged, or lacks a column.
    """
    entry = dataset(name)
    path = locate(entry)
    _check_unaltered(entry, path)
    frame = _read_packed(path, columns) if path.suffix == ".parquet" else read_source(entry, path)
    if columns is not None:
        missing = [column for column in columns if column not in frame.columns]
        if missing:
            raise DataError(
                f"{path} has no column {', '.join(missing)}; it has {', '.join(map(str, frame.columns[:40]))}."
            )
        frame = frame[list(columns)]
    return frame.reset_index(drop=True)


def locate(entry: Dataset) -> Path:
    """Return the file that holds a data set; raise `DataError` saying how to get it.

    Looked for in this order: the packed copy and the public file in POLYDESIGN_DATA, the public file
    in the download cache.
    """
    folder = local_folder()
    candidates = [folder / name for name in (entry.local, entry.file) if name] if folder else []
    if entry.address:
        candidates.append(cache_folder() / entry.name / entry.file)
    for path in candidates:
        if path.is_file():
            return path
    ways = [f"set POLYDESIGN_DATA to a folder with {entry.local or entry.file}"]
    if entry.address:
        ways.insert(0, f"run 'python -m polydesign.data fetch {entry.name}'")
    where = f" (POLYDESIGN_DATA is {folder})" if folder else ""
    raise DataError(f"The data set {entry.name} is not on this machine{where}. Either {' or '.join(ways)}.")


def provenance(name: str) -> Source:
    """Return name, file, sha256 and licence of the copy that `table` reads, for records of what was trained on.

    A packed copy that differs from the catalog is not refused, so that a corrected or larger copy can
    be used; its own checksum is what is recorded.
    """
    entry = dataset(name)
    path = locate(entry)
    return {"name": name, "file": path.name, "sha256": sha256_of(path), "licence": entry.licence}


def _check_unaltered(entry: Dataset, path: Path) -> None:
    """Refuse a download that is no longer what was fetched."""
    if path.is_relative_to(cache_folder()):
        right, got = entry.sha256 or recorded(path, entry.address), sha256_of(path)
        if got != right:
            raise DataError(
                f"{path} is not the file that was fetched: expected sha256 {right or 'on record'}, got {got}. "
                f"Run 'python -m polydesign.data fetch {entry.name}' to replace it."
            )


def _read_packed(path: Path, columns: Sequence[str] | None) -> pd.DataFrame:
    try:
        schema = pyarrow.parquet.read_schema(path)
        wanted = None if columns is None else [column for column in columns if column in schema.names]
        frame = pd.read_parquet(path, columns=wanted)
    except (OSError, pyarrow.ArrowException) as error:
        raise DataError(f"{path} is not a readable Parquet file ({error}). Replace it with an intact copy.") from error
    if columns is not None and len(wanted or ()) < len(columns):
        frame = pd.read_parquet(path)  # so that the message can name the columns there are
    return frame
