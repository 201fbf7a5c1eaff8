"""Checksums of files, and the record that is kept of a file whose checksum nobody published.

NAME.lock.json beside a download holds the checksum it had when it was first fetched; a later download
from the same address has to have the same one.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def lock_file(path: Path) -> Path:
    """Return where the record of a download is kept."""
    return path.with_name(path.name + ".lock.json")


def recorded(path: Path, address: str) -> str | None:
    """Return the checksum recorded at the first download of `path` from `address`, None when there is no record."""
    try:
        record = json.loads(lock_file(path).read_text(encoding="utf-8"))
        return str(record["sha256"]) if record["address"] == address else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def record(path: Path, address: str, sha256: str) -> None:
    """Write down what was downloaded."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    content = {"address": address, "sha256": sha256, "size": path.stat().st_size, "fetched": now}
    lock_file(path).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
