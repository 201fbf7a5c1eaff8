"""Bring public files (csv, zip, gz) to the columns of the catalog, without unpacking anything to disk."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pandas as pd

from polydesign.core.errors import DataError
from polydesign.data.sources.catalog import Dataset, SourceForm

# Largest table read out of a zip file, in bytes: far above every set that has a source form.
_LARGEST_MEMBER = 2 * 1024**3


def read_source(entry: Dataset, path: Path) -> pd.DataFrame:
    """Return the public file of a data set with the columns of its catalog entry, as far as the file has them.

    Raises `DataError` when the catalog does not say how to read the file or the file is of another form.
    """
    form = entry.source
    if form is None:
        raise DataError(
            f"{path} is here, but polydesign cannot read {entry.name} from it"
            + (f"; set POLYDESIGN_DATA to a folder with {entry.local}." if entry.local else ".")
        )
    frame = _renamed(_read_csv(path), form, path)
    if form.structure:
        frame = _with_psmiles(frame, form)
    if form.group:
        frame = _grouped(frame, form)
    if "n_star" in entry.units:
        frame["n_star"] = frame[form.structure].str.count(r"\*").astype("int8")
    return frame[[column for column in entry.columns if column in frame.columns]].reset_index(drop=True)


def _read_csv(path: Path) -> pd.DataFrame:
    try:
        with _opened(path) as source:
            return pd.read_csv(source, compression="infer" if source is path else None, low_memory=False)
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error) as error:  # ValueError: all pandas raises
        raise DataError(f"{path} is not a readable table ({error}). Delete it and fetch it again.") from error


@contextmanager
def _opened(path: Path) -> Iterator[Path | IO[bytes]]:
    """Give what pandas can read: the path, or the only table inside a zip file."""
    if path.suffix != ".zip":
        yield path
        return
    with zipfile.ZipFile(path) as archive:
        tables = [
            member
            for member in archive.infolist()
            if member.filename.lower().endswith(".csv") and not member.filename.startswith("__MACOSX/")
        ]
        if len(tables) != 1:
            raise DataError(f"{path} holds {len(tables)} tables; expected one .csv file.")
        if tables[0].file_size > _LARGEST_MEMBER:
            raise DataError(f"{path} would unpack to {tables[0].file_size:,} bytes; refused above {_LARGEST_MEMBER:,}.")
        with archive.open(tables[0]) as stream:
            yield stream


def _renamed(frame: pd.DataFrame, form: SourceForm, path: Path) -> pd.DataFrame:
    """Keep and rename the columns that the form names, whatever their case; strip blanks around strings."""
    by_lower = {str(column).strip().lower(): column for column in frame.columns}
    missing = [column for column in form.rename if column.lower() not in by_lower]
    if missing:
        raise DataError(
            f"{path} has no column {', '.join(missing)}; it has {', '.join(map(str, frame.columns[:40]))}. "
            "The publisher may have changed the file."
        )
    kept = [*form.first, *form.join]
    renamed = {by_lower[old.lower()]: new for old, new in form.rename.items()}
    frame = frame[[*renamed, *(column for column in kept if column in frame.columns)]].rename(columns=renamed)
    for column in frame.select_dtypes(exclude="number"):
        frame[column] = frame[column].str.strip()
    return frame


def _with_psmiles(frame: pd.DataFrame, form: SourceForm) -> pd.DataFrame:
    structure = frame[form.structure]
    frame["psmiles"] = structure.where(structure.str.count(r"\*") == 2)
    return frame if form.keep_unusable else frame.dropna(subset=["psmiles"])


def _grouped(frame: pd.DataFrame, form: SourceForm) -> pd.DataFrame:
    """Merge rows with equal `form.group`, in order of first appearance."""
    groups = frame.groupby(form.group, sort=False)
    columns = {column: groups[column].first() for column in form.first}
    for column in form.join:
        distinct = frame[[form.group, column]].drop_duplicates().sort_values(column)
        columns[column] = distinct.groupby(form.group)[column].agg("|".join)
    columns[form.count] = groups.size()
    return pd.DataFrame(columns, index=columns[form.count].index).reset_index()
