"""Fetch data sets of the catalog from their public addresses into the download cache."""

from __future__ import annotations

import zipfile
from pathlib import Path

from polydesign.core.errors import DataError
from polydesign.core.progress import OnProgress, ShouldStop
from polydesign.data.sources.catalog import Dataset, dataset
from polydesign.data.sources.checksums import lock_file, record, recorded, sha256_of
from polydesign.data.sources.download import MAX_BYTES, Wanted, download
from polydesign.data.sources.formats import read_source
from polydesign.data.sources.paths import cache_folder


def fetch(
    name: str,
    *,
    again: bool = False,
    max_bytes: int = MAX_BYTES,
    attempts: int = 5,
    wait: float = 1.0,
    timeout: float = 30.0,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> Path:
    """Download a data set unless an intact copy is in the cache; return the file.

    The right checksum is that of the catalog; where the catalog knows none, the one recorded at the
    first download. A first download without a known checksum has to be readable in the form that the
    catalog describes.

    Args:
        name: a name of the catalog.
        again: download even though an intact copy is there.
        max_bytes, attempts, wait, timeout, on_progress, should_stop: see `download.download`.

    Raises `DataError` when the set has no public address, and as `download.download`.
    """
    entry = dataset(name)
    if not entry.address:
        raise DataError(
            f"{name} has no public address: it is put together from other sets. "
            f"Set POLYDESIGN_DATA to a folder with {entry.local}."
        )
    path = cache_folder() / entry.name / entry.file
    pinned = recorded(path, entry.address)
    right = entry.sha256 or pinned
    if not again and right is not None and path.is_file() and sha256_of(path) == right:
        return path
    by = "the catalog" if entry.sha256 else f"the first download; to accept a change delete {lock_file(path)}"
    wanted = Wanted(entry.address, right, entry.size, by, max_bytes)
    sha256 = download(
        wanted, path, attempts=attempts, wait=wait, timeout=timeout, on_progress=on_progress, should_stop=should_stop
    )
    if right is None:
        _check_form(entry, path)
    record(path, entry.address, sha256)
    return path


def _check_form(entry: Dataset, path: Path) -> None:
    """Delete and refuse a file that cannot be what the catalog describes."""
    with path.open("rb") as stream:
        head = stream.read(512).lstrip().lower()
    try:
        if head.startswith((b"<!doctype html", b"<html")):
            raise DataError("it is a web page")
        if head.startswith(b"version https://git-lfs"):
            raise DataError("it is a Git LFS pointer, not the file")
        if path.suffix == ".zip" and not zipfile.is_zipfile(path):
            raise DataError("it is not a zip file")
        if path.suffix == ".gz" and not head.startswith(b"\x1f\x8b"):
            raise DataError("it is not a gzip file")
        if entry.source is not None and read_source(entry, path).empty:
            raise DataError("it has no rows")
    except DataError as error:
        path.unlink()
        reason = str(error).rstrip(".")
        raise DataError(f"Refused a wrong file from {entry.address}: {reason}. It was deleted.") from error
