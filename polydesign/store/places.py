"""Where checkpoints and the checkpoints that they work with lie on this machine.

Paths only: nothing here is read but the names of folders.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import polydesign
from polydesign.store import files
from polydesign.store.record import Part

Source = Literal["embedded", "hub", "folder"]


@dataclass(frozen=True)
class Place:
    """A folder that may hold a checkpoint, with what `Checkpoint` is to say of it."""

    folder: Path
    id: str
    source: Source
    revision: str | None = None

    @property
    def next_step(self) -> str:
        """What to do when the checkpoint there turns out broken."""
        return {
            "embedded": f"Restore the folder {self.folder} as it was shipped, or train it again.",
            "hub": f"Load {self.id} from the Hub again; if this repeats, tell its owner.",
            "folder": f"Copy the folder {self.folder} again, or train it again.",
        }[self.source]


def embedded_folder() -> Path:
    """Return the folder of shipped checkpoints: $POLYDESIGN_CHECKPOINTS, or the one that came with the package.

    It lies inside an installed package, and beside the package in a checkout.
    """
    if given := os.environ.get("POLYDESIGN_CHECKPOINTS"):
        return Path(given).expanduser()
    package = Path(polydesign.__file__).resolve().parent
    installed = package / "checkpoints"
    return installed if installed.is_dir() else package.parent / "checkpoints"


def root_of(folder: Path, source: Source) -> Path:
    """Return the folder that the files of a checkpoint must lie in once links are followed.

    A snapshot in the Hub's cache holds links to blobs beside ``snapshots``, inside the repository's folder.
    """
    snapshots = [parent for parent in folder.parents if parent.name == "snapshots"] if source == "hub" else []
    return snapshots[0].parent if snapshots else folder


def brought_along(checkpoint: Place, name: str) -> Place:
    """Return where a part lies that was copied or published together with a checkpoint: a folder of its name inside."""
    source: Source = "hub" if checkpoint.source == "hub" else "folder"
    return Place(checkpoint.folder / name, f"{checkpoint.id} ({name})", source, checkpoint.revision)


def of_part(checkpoint: Place, part: Part) -> Iterator[Place]:
    """Yield where a part may lie on its own: beside the checkpoint, in the embedded folder, in the Hub's cache."""
    if "/" in part.id:
        yield from _revisions(part.id)
        return
    if checkpoint.source == "folder":
        yield Place(checkpoint.folder.parent / part.id, part.id, "folder")
    yield Place(embedded_folder() / part.id, part.id, "embedded")


def _revisions(repo: str) -> Iterator[Place]:
    """Yield all revisions of ``owner/name`` in the cache: the sha256 decides which is meant."""
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    snapshots = Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=repo, repo_type="model") / "snapshots"
    for config in sorted(snapshots.glob(f"*/{files.CONFIG}")):
        yield Place(config.parent, repo, "hub", config.parent.name)
