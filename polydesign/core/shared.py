"""Where files that several checkpoints of one folder have in common lie: once, beside the checkpoints."""

from __future__ import annotations

from pathlib import Path

SHARED = "shared"


def shared_file(folder: Path, name: str, sha256: str) -> Path:
    """Return where a file of the checkpoint in `folder` lies when that shares it: ``shared/<sha256>/<name>`` beside."""
    return folder.parent / SHARED / sha256 / name
