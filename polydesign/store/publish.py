"""Put a checkpoint on the Hugging Face Hub: checked first, in one commit, and never more openly than asked for.

HF_ENDPOINT, HF_HUB_OFFLINE and a stored token or HF_TOKEN work as huggingface_hub documents them; the token is
read by that library alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from polydesign.core.errors import CheckpointError
from polydesign.store import card, files
from polydesign.store.catalog import check_repository
from polydesign.store.checkpoint import Checkpoint, explained
from polydesign.store.hub_errors import LOGIN, endpoint, host, upload_errors
from polydesign.store.load import load_model
from polydesign.store.write import whole


@dataclass(frozen=True)
class Parcel:
    """What would be uploaded.

    Attributes:
        repo: ``owner/name`` on the Hub.
        checkpoint: what it is made from.
        contents: name -> the whole file, in the order in which they are listed.
    """

    repo: str
    checkpoint: Checkpoint
    contents: Mapping[str, bytes] = field(repr=False)

    @property
    def front_matter(self) -> str:
        """The card's metadata, with the two lines ``---``."""
        text = self.contents[files.CARD].decode()
        return text[: len(text) - len(card.body(text))].strip()


@dataclass(frozen=True)
class Published:
    """Where a checkpoint is now: the repository's address and the commit that pins these weights."""

    address: str
    commit: str


def pack(checkpoint: Checkpoint, repo: str, results: Sequence[Mapping[str, Any]] = ()) -> Parcel:
    """Check a checkpoint in every way, build its model once, and return what would be uploaded; needs no network.

    Args:
        checkpoint: its files that config.json lists are taken, and config.json, README.md and metrics.json; what it
            shares with others is taken too, and a part goes along in a folder of its name.
        repo: ``owner/name`` on the Hub.
        results: entries of the card's model-index.

    Raises:
        CheckpointError: no such repository can be, or the checkpoint is altered, broken, too big, or not one that
            this version can load.
    """
    check_repository(repo)
    load_model(checkpoint)  # verifies every sha256, loads strictly, refuses weights that are not finite
    with explained(checkpoint):
        for path in checkpoint.paths():
            files.check_expansion(path)
        metrics = _optional(checkpoint, files.METRICS)
        given = (_optional(checkpoint, files.CARD) or b"").decode(errors="replace")
        license = card.licence(given) or "apache-2.0"
        if not given:
            given = card.render(checkpoint.record, json.loads(metrics or b"{}"))
        text = card.addressed(card.body(given), checkpoint.record, repo)
        front = card.front_matter(checkpoint.record, license, results)
        contents = {files.CARD: f"{front}\n\n{text}".encode(), **whole(checkpoint)}
        if metrics is not None:
            contents[files.METRICS] = metrics
    files.check_size("The checkpoint", sum(map(len, contents.values())))
    return Parcel(repo, checkpoint, contents)


def upload(parcel: Parcel, *, private: bool = False) -> Published:
    """Make the repository where there is none, and put the files into it in one commit.

    Args:
        parcel: what `pack` returned.
        private: only the owner may read it. A repository that is public already is then left as it is.

    Raises:
        CheckpointError: offline, no token, no right to write, no answer, or a public repository where a private one
            was asked for. Nothing is uploaded then.
    """
    from huggingface_hub import CommitOperationAdd, HfApi, constants, get_token

    repo = parcel.repo
    if constants.HF_HUB_OFFLINE:
        raise CheckpointError("HF_HUB_OFFLINE forbids the network. Unset it to publish, or look with --dry-run.")
    if get_token() is None:
        raise CheckpointError(f"Publishing needs a token that may write: {LOGIN}, or set HF_TOKEN.")
    api = HfApi(endpoint=endpoint())
    with upload_errors(repo):
        api.create_repo(repo, private=private or None, exist_ok=True)
        open_to_all = not api.repo_info(repo).private
    if private and open_to_all:
        raise CheckpointError(
            f"{repo} is public at {host()}, and --private was asked for. Nothing was uploaded. Make it private in its "
            "settings there, choose another name, or leave --private out."
        )
    with upload_errors(repo):
        done = api.create_commit(
            repo,
            [CommitOperationAdd(name, content) for name, content in parcel.contents.items()],
            commit_message=f"Add {parcel.checkpoint.label}",
            commit_description=f"polydesign checkpoint {parcel.checkpoint.sha256}",
        )
    return Published(f"{endpoint()}/{repo}", str(done.oid))


def _optional(checkpoint: Checkpoint, name: str) -> bytes | None:
    """Return a file that config.json does not list, None when there is none."""
    return checkpoint.path(name).read_bytes() if (checkpoint.folder / name).exists() else None
