"""Where the Hub is, and what its failures mean in plain sentences.

Nothing that the library or the server says is repeated in a message, so no token or signed address can leak
through one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from polydesign.core.errors import CheckpointError

LOGIN = "log in with: hf auth login"


def endpoint() -> str:
    """Return the Hub's address as it is set now; huggingface_hub reads the variable once, when first imported."""
    from huggingface_hub import constants

    return (os.environ.get("HF_ENDPOINT") or constants.ENDPOINT).rstrip("/")


def host() -> str:
    """Return the name of the Hub's machine."""
    return str(urlsplit(endpoint()).hostname)


@contextmanager
def hub_errors(repo: str, revision: str | None) -> Iterator[None]:
    """Turn what huggingface_hub raises while reading into a `CheckpointError` that says what to do."""
    from huggingface_hub import constants
    from huggingface_hub import errors as hub

    try:
        yield
    except hub.GatedRepoError as error:
        raise CheckpointError(
            f"{repo} asks for consent. Accept its terms on its page at {host()}, then {LOGIN}"
        ) from error
    except hub.RepositoryNotFoundError as error:
        raise CheckpointError(
            f"There is no repository {repo} at {host()}, or it is private. Check the spelling of owner/name; "
            f"for a private one, {LOGIN}"
        ) from error
    except hub.RevisionNotFoundError as error:
        raise CheckpointError(
            f"{repo} has no revision '{revision}'. Look under 'Files and versions' on its page, "
            "or leave the revision out for the newest."
        ) from error
    except hub.LocalEntryNotFoundError as error:  # how hf_hub_download says that it got no answer
        raise CheckpointError(unreachable()) from error
    except hub.HfHubHTTPError as error:
        status = status_of(error)
        advice = LOGIN if status in (401, 403) else "try again in some minutes"
        raise CheckpointError(
            f"{host()} answered with HTTP status {status or 'unknown'} when asked for {repo}; {advice}."
        ) from error
    except OSError as error:
        if error.errno is not None:
            raise CheckpointError(
                f"{repo} could not be stored in {constants.HF_HUB_CACHE}: {error.strerror}. "
                "Make room there, or point HF_HUB_CACHE at another folder."
            ) from error
        raise CheckpointError(unreachable()) from error


@contextmanager
def upload_errors(repo: str) -> Iterator[None]:
    """Turn what huggingface_hub raises while writing into a `CheckpointError` that says what to do."""
    from huggingface_hub import errors as hub

    owner = repo.split("/")[0]
    try:
        yield
    except hub.HfHubHTTPError as error:
        status = status_of(error)
        if status in (401, 403, 404):
            raise CheckpointError(
                f"{host()} does not let this token write to {repo} (HTTP status {status}). Check that {owner} is you "
                f"or an organisation of yours, and that the token may write; then {LOGIN}"
            ) from error
        raise CheckpointError(
            f"{host()} answered with HTTP status {status or 'unknown'} when {repo} was written to; "
            "try again in some minutes. A commit arrives whole or not at all."
        ) from error
    except OSError as error:  # no answer, or none that is HTTP
        raise CheckpointError(unreachable()) from error
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"{host()} did not accept the files for {repo}, or does not answer as a Hugging Face Hub does. "
            "Look at the card's front matter with --dry-run."
        ) from error


def status_of(error: Exception) -> int | None:
    """Return the HTTP status that an error of huggingface_hub is about, None when it has no answer to it."""
    response = getattr(error, "response", None)
    return None if response is None else response.status_code


def unreachable() -> str:
    """Return what to say when the Hub cannot be reached."""
    return (
        f"{host()} cannot be reached, or does not answer as a Hugging Face Hub does. Check the network, the proxy and "
        "HF_ENDPOINT; checkpoints that are on this machine already work without it."
    )
