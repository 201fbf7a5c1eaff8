"""Say where data sets lie on this machine: the user's own copy and the download cache."""

from __future__ import annotations

import os
from pathlib import Path

from polydesign.core.errors import DataError


def local_folder() -> Path | None:
    """Return the folder named by POLYDESIGN_DATA, None when it is not set.

    Raises `DataError` when it is set to something that is not a folder.
    """
    setting = os.environ.get("POLYDESIGN_DATA", "").strip()
    if not setting:
        return None
    folder = Path(setting).expanduser()
    if not folder.is_dir():
        raise DataError(f"POLYDESIGN_DATA is '{setting}', which is not a folder. Correct it or unset it.")
    return folder


def cache_folder() -> Path:
    """Return the folder for downloads: POLYDESIGN_CACHE/data, else polydesign/data in the user's cache folder."""
    setting = os.environ.get("POLYDESIGN_CACHE", "").strip()
    if setting:
        return Path(setting).expanduser() / "data"
    base = os.environ.get("XDG_CACHE_HOME", "").strip()
    return (Path(base) if base else Path.home() / ".cache") / "polydesign" / "data"
