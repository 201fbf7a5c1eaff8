"""Load a checkpoint from the Hugging Face Hub into the local cache, pinned to a commit, and only safe files.

HF_ENDPOINT, HF_HOME, HF_HUB_CACHE, HF_HUB_OFFLINE and a stored token work as huggingface_hub documents them
(https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables). Nothing that the library
or the server says is repeated in a message, so no token or signed address can leak through one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from polydesign.core.errors import CheckpointError
from polydesign.core.progress import OnProgress, Progress
from polydesign.store import files
from polydesign.store.catalog import cached, check_repository
from polydesign.store.checkpoint import Checkpoint, explained, read
from polydesign.store.hub_errors import endpoint, hub_errors
from polydesign.store.load import verify
from polydesign.store.places import Place
from polydesign.store.record import Record

_ATTEMPTS = 5
_MAX_DEPTH = 3  # a part of a part of a part


def download(repo: str, revision: str | None = None, on_progress: OnProgress | None = None) -> Checkpoint:
    """Load ``owner/name`` and return it, verified, with the commit that `revision` stands for.

    Args:
        repo: repository on the Hub.
        revision: commit, branch or tag; "main" when None. For the same weights again, ask for the commit that
            the returned checkpoint names.
        on_progress: told the bytes of the files that have arrived.

    Raises:
        CheckpointError: no such repository or revision, no access, no network, cut off, altered, too big, not a
            polydesign checkpoint, or weights offered as a pickle.
    """
    check_repository(repo, revision)
    from huggingface_hub import HfApi, constants

    if constants.HF_HUB_OFFLINE:
        return _offline(repo, revision)
    with hub_errors(repo, revision):
        info = HfApi(endpoint=endpoint()).model_info(repo, revision=revision, files_metadata=True)
        sizes = {sibling.rfilename: sibling.size for sibling in info.siblings or ()}
    commit = str(info.sha)
    _check_offer(repo, sizes)
    # Asking by name, not by commit, makes the cache note what the name stands for, so that it works offline.
    folder = _fetch(repo, files.CONFIG, revision or constants.DEFAULT_REVISION).parent
    if folder.name != commit:
        raise CheckpointError(f"{repo} changed on the Hub while it was being loaded. Load it again.")
    with explained(Place(folder, repo, "hub", commit)):
        wanted = _wanted(repo, commit, files.CONFIG, sizes)
        wanted |= {name: size for name in (files.CARD, files.METRICS) if (size := sizes.get(name)) is not None}
        files.check_size("The checkpoint", sum(wanted.values()))
    done, total = 0, sum(wanted.values())
    for name, size in wanted.items():
        if on_progress is not None:
            on_progress(Progress("download", done, total, f"{name} ({size / 1e6:.1f} MB)"))
        _fetch(repo, name, commit)
        done += size
    if on_progress is not None:
        on_progress(Progress("download", done, total, f"{repo} is here"))
    return _verified(repo, folder, commit)


def remove(repo: str, commit: str) -> int:
    """Remove one revision of ``owner/name`` from the local cache; return the bytes that this freed.

    Files that another cached revision of the repository uses stay, and so does what other programs keep there.

    Raises:
        CheckpointError: it is not in the cache, or its files cannot be removed.
    """
    check_repository(repo, commit)
    from huggingface_hub import constants, scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    missing = CheckpointError(f"{repo} at {commit} is not in the cache any more. Nothing was removed.")
    try:
        cache = scan_cache_dir(constants.HF_HUB_CACHE)
    except CacheNotFound:
        raise missing from None
    # A fork can have the commit too: only this repository is looked at.
    own = frozenset(found for found in cache.repos if (found.repo_type, found.repo_id) == ("model", repo))
    if not any(revision.commit_hash == commit for found in own for revision in found.revisions):
        raise missing
    strategy = replace(cache, repos=own).delete_revisions(commit)
    strategy.execute()
    if any(path.exists() for path in (*strategy.snapshots, *strategy.repos)):
        raise CheckpointError(
            f"{repo} could not be removed from {constants.HF_HUB_CACHE}. Look at the permissions of that folder."
        )
    return strategy.expected_freed_size


def _offline(repo: str, revision: str | None) -> Checkpoint:
    checkpoint = cached(repo, revision)
    if checkpoint is None:
        raise CheckpointError(
            f"{repo} (revision {revision or 'main'}) is not on this machine and HF_HUB_OFFLINE forbids loading it. "
            "Unset HF_HUB_OFFLINE to load it from the Hub."
        )
    verify(checkpoint)
    return checkpoint


def _check_offer(repo: str, sizes: Mapping[str, int | None]) -> None:
    """Raise `CheckpointError`, before anything is downloaded, when the files on offer cannot be a checkpoint."""
    pickles = sorted(name for name in sizes if files.is_pickle(name))
    if pickles and files.WEIGHTS not in sizes:
        raise CheckpointError(
            f"{repo} offers its weights as {', '.join(pickles[:3])}, a format that can run code when it is read. It is "
            f"refused and nothing was downloaded. Ask its owner for {files.WEIGHTS}."
        )
    if files.CONFIG not in sizes:
        raise CheckpointError(
            f"{repo} is not a polydesign checkpoint: it has no {files.CONFIG}. It holds: "
            f"{', '.join(sorted(sizes)[:8]) or 'nothing'}. Nothing was downloaded."
        )
    _check_sizes({files.CONFIG: sizes[files.CONFIG]})


def _wanted(repo: str, commit: str, config: str, sizes: Mapping[str, int | None]) -> dict[str, int]:
    """Return name -> bytes of the files to load beside a config.json, those of parts that came along included.

    Raises `CheckpointError` when one is not there.
    """
    if config.count("/") > _MAX_DEPTH:
        raise CheckpointError(f"{config} nests parts within parts deeper than {_MAX_DEPTH}.")
    record, folder = Record.read(files.read_json(_fetch(repo, config, commit))), config.removesuffix(files.CONFIG)
    wanted = {f"{folder}{name}" for name in record.files}
    if lacking := sorted(wanted - set(sizes)):
        raise CheckpointError(f"{config} lists {', '.join(lacking)}, which the repository does not hold.")
    known = _check_sizes({name: sizes[name] for name in sorted(wanted)})
    for part in record.parts:
        if (its := f"{folder}{part}/{files.CONFIG}") in sizes:
            known |= _check_sizes({its: sizes[its]}) | _wanted(repo, commit, its, sizes)
    return known


def _check_sizes(sizes: Mapping[str, int | None]) -> dict[str, int]:
    known: dict[str, int] = {}
    for name, size in sizes.items():
        if size is None:
            raise CheckpointError(f"The Hub does not say how big {name} is, so it is not downloaded.")
        files.check_size(name, size, files.MAX_JSON_BYTES if name.endswith(".json") else files.MAX_BYTES)
        known[name] = size
    return known


def _fetch(repo: str, name: str, revision: str) -> Path:
    """Load one file into the cache and return its path.

    A download that is cut off goes on after the last whole chunk (10 MB in huggingface_hub) that arrived.
    """
    from huggingface_hub import constants, hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError

    with hub_errors(repo, revision):
        for _ in range(_ATTEMPTS):
            try:
                path = hf_hub_download(
                    repo, name, revision=revision, endpoint=endpoint(), cache_dir=constants.HF_HUB_CACHE
                )
                return Path(path)
            except HfHubHTTPError:
                raise
            except OSError as error:
                if error.errno is not None:  # the disk, not the line
                    raise
    raise CheckpointError(
        f"The download of {name} from {repo} was cut off {_ATTEMPTS} times. Load it again when the line is "
        "better; it goes on with what has arrived."
    )


def _verified(repo: str, folder: Path, commit: str) -> Checkpoint:
    """Return the checkpoint when all files are as config.json says; otherwise remove them from the cache."""
    try:
        checkpoint = read(Place(folder, repo, "hub", commit))
        verify(checkpoint)
        with explained(checkpoint):
            for path in checkpoint.paths():
                files.check_expansion(path)
    except CheckpointError:
        remove(repo, commit)
        raise
    return checkpoint
