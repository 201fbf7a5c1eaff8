"""Find checkpoints on this machine: first the embedded folder, then the local cache of the Hugging Face Hub.

Nothing here imports torch or reaches the network; `store.hub` does the latter when the user asks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

from polydesign.core.errors import CheckpointError
from polydesign.store import files
from polydesign.store.checkpoint import Checkpoint, read
from polydesign.store.places import Place, embedded_folder
from polydesign.store.record import check_id, is_repository

_REVISION = re.compile(r"[A-Za-z0-9][\w./-]{0,199}", re.ASCII)
_TOKEN = re.compile(r"hf_\w{8,}")
# A folder with one of these is meant to be a checkpoint, and is reported when it is not a sound one.
_MARKS = (files.CONFIG, files.WEIGHTS, files.TOKENIZER)


@dataclass(frozen=True)
class Broken:
    """A folder that should be a checkpoint and is not: where it lies and why."""

    id: str
    folder: Path
    reason: str


def find_named(text: str, revision: str | None = None) -> Checkpoint:
    """Return the checkpoint of what the owner of this machine typed: an id, ``owner/name`` on the Hub, or a folder.

    A text is a folder when it begins like a path (``.``, ``/``, ``~``) or holds a config.json. Raises as `find`.
    """
    path = Path(text).expanduser()
    is_path = text.startswith((".", "/", "~")) or ("/" in text and (path / "config.json").is_file())
    return open_folder(path) if is_path else find(text, revision)


def find(id: str | Path, revision: str | None = None) -> Checkpoint:
    """Return the checkpoint of an embedded id, of a cached ``owner/name`` or, given a `Path`, of any folder.

    Args:
        id: a text is never taken for a path, so what a visitor types cannot reach into the file system.
        revision: commit, branch or tag on the Hub; "main" when None.

    Raises:
        CheckpointError: it is not here (the message says what is, and how to load from the Hub) or is broken.
    """
    if isinstance(id, Path):
        return open_folder(id)
    if "/" in id:
        checkpoint = cached(id, revision)
        if checkpoint is None:
            raise CheckpointError(_not_cached(id, revision))
        return checkpoint
    check_id(id)
    if revision is not None:
        raise CheckpointError(f"'{id}' is an embedded checkpoint; revisions belong to owner/name on the Hub.")
    folder = embedded_folder() / id
    if not folder.is_dir():
        raise CheckpointError(_unknown(id))
    return _sound(_read(Place(folder, id, "embedded")))


def open_folder(folder: Path) -> Checkpoint:
    """Return the checkpoint in any folder, such as one just trained; raise `CheckpointError` when it is none."""
    folder = folder.expanduser().absolute()
    if not folder.is_dir():
        raise CheckpointError(f"{folder} is not a folder. Give the folder that holds {files.CONFIG}.")
    return _sound(_read(Place(folder, folder.name, "folder")))


def cached(repo: str, revision: str | None = None) -> Checkpoint | None:
    """Return a checkpoint from the local Hub cache, None when it is not there."""
    check_repository(repo, revision)
    from huggingface_hub import constants, try_to_load_from_cache

    path = try_to_load_from_cache(repo, files.CONFIG, cache_dir=constants.HF_HUB_CACHE, revision=revision)
    if not isinstance(path, str):
        return None
    folder = Path(path).parent  # named by the commit
    return _sound(_read(Place(folder, repo, "hub", folder.name)))


def check_repository(repo: str, revision: str | None = None) -> None:
    """Raise `CheckpointError` unless these can be a repository and a revision on the Hub."""
    if not is_repository(repo):
        raise CheckpointError(
            f"'{shown(repo)}' is not a repository on the Hub. Write it as owner/name, "
            "with letters, digits, '_', '.' and '-'."
        )
    if revision is not None and (not _REVISION.fullmatch(revision) or ".." in revision):
        raise CheckpointError(f"'{shown(revision)}' is not a revision. Give a commit, a branch or a tag.")


def shown(text: str) -> str:
    """Return what a user typed, short and with any access token blotted out."""
    return _TOKEN.sub("hf_…", text)[:80]


def list_checkpoints(kind: str | None = None) -> list[Checkpoint]:
    """Return all sound checkpoints of a kind ("generator", "predictor" or None for both), embedded ones first."""
    found = [entry for entry in _all() if isinstance(entry, Checkpoint)]
    return [checkpoint for checkpoint in found if kind in (None, checkpoint.kind)]


def polymer_generators() -> list[Checkpoint]:
    """Return the generators that write repeat units: those that a polymer can be asked of, embedded ones first.

    One trained on molecules is a generator too; it stands among `list_checkpoints` and in evaluations on molecules.
    """
    return [checkpoint for checkpoint in list_checkpoints("generator") if checkpoint.structure == "polymer"]


def broken_checkpoints() -> list[Broken]:
    """Return the folders that should be checkpoints and are not, each with the reason."""
    return [entry for entry in _all() if isinstance(entry, Broken)]


def _all() -> list[Checkpoint | Broken]:
    root = embedded_folder()
    folders = sorted(root.iterdir()) if root.is_dir() else []
    entries = [
        _read(Place(folder, folder.name, "embedded"))
        for folder in folders
        if not folder.name.startswith(".") and any((folder / mark).is_file() for mark in _MARKS)
    ]
    return entries + [_read(Place(folder, repo, "hub", commit)) for repo, commit, folder in _hub_snapshots()]


def _read(place: Place) -> Checkpoint | Broken:
    """Return the checkpoint of a folder, its parts and what it shares looked up; or why it is none."""
    try:
        checkpoint = read(place)
        checkpoint.check_elsewhere()
    except CheckpointError as error:
        return Broken(place.id, place.folder, str(error))
    return checkpoint


def _sound(entry: Checkpoint | Broken) -> Checkpoint:
    if isinstance(entry, Broken):
        raise CheckpointError(entry.reason)
    return entry


def _hub_snapshots() -> tuple[tuple[str, str, Path], ...]:
    """Return repository, commit and folder of our checkpoints in the Hub cache."""
    from huggingface_hub import constants

    cache = Path(constants.HF_HUB_CACHE)
    stamp = tuple(sorted((path.parent.name, path.stat().st_mtime_ns) for path in cache.glob("models--*/snapshots")))
    return _scan(cache, stamp) if stamp else ()


@lru_cache(maxsize=4)
def _scan(cache: Path, stamp: tuple) -> tuple[tuple[str, str, Path], ...]:
    from huggingface_hub import scan_cache_dir

    found = [
        (repo.repo_id, revision.commit_hash, revision.snapshot_path)
        for repo in scan_cache_dir(cache).repos
        for revision in repo.revisions
        if repo.repo_type == "model" and _is_ours(revision.snapshot_path / files.CONFIG)
    ]
    return tuple(sorted(found))


def _is_ours(config: Path) -> bool:
    """Say whether a config.json is one of polydesign's: the cache is shared with every other program."""
    try:
        content = files.read_json(config)
    except (OSError, CheckpointError):
        return False
    return isinstance(content, dict) and {"format", "kind", "family", "files"} <= set(content)


def _unknown(id: str) -> str:
    known = sorted({checkpoint.id for checkpoint in list_checkpoints()})
    near = get_close_matches(id, known, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return (
        f"There is no checkpoint '{id}' in {embedded_folder()}.{hint} Here are: {', '.join(known) or 'none'}. "
        f"One in another folder is opened by its path; POLYDESIGN_CHECKPOINTS names another folder to look in. "
        f"From the Hugging Face Hub: python -m polydesign.store download OWNER/NAME, then use OWNER/NAME."
    )


def _not_cached(repo: str, revision: str | None) -> str:
    commits = [commit for name, commit, _ in _hub_snapshots() if name == repo]
    here = f"cached are the revisions {', '.join(commits)}" if commits else "nothing of it is cached"
    option = f" --revision {revision}" if revision else ""
    return (
        f"{repo} (revision {revision or 'main'}) is not on this machine; {here}. "
        f"Load it from the Hub: python -m polydesign.store download {repo}{option}"
    )
