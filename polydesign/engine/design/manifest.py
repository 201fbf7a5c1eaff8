"""Write down what a run depended on, and read such a record to repeat it."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import polydesign
from polydesign.core.errors import DataError
from polydesign.core.request import DesignRequest
from polydesign.store import Checkpoint

FORMAT = 1
_PACKAGES = ("torch", "rdkit", "numpy")
_ROLES = ("checkpoint", "guide", "checker")


def record(
    request: DesignRequest,
    steering: str,
    models: Mapping[str, Checkpoint | None],
    head: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the manifest of a run.

    Args:
        request: what was asked for, all options filled in.
        steering: how the targets were followed in fact.
        models: "checkpoint", "guide" and "checker" -> checkpoint, None for one that is not there.
        head: what the property head behind latent steering was fitted to, and how well it predicts.
    """
    generator = models["checkpoint"]
    if generator is not None:  # pinned: a branch on the Hub may move on
        request = replace(request, revision=generator.revision)
    return {
        "format": FORMAT,
        "request": request.to_dict(),
        "steering": steering,
        **({} if head is None else {"head": dict(head)}),
        **{role: _identity(models.get(role)) for role in _ROLES},
        "versions": versions(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }


@cache
def versions() -> dict[str, str]:
    """Return the versions of everything that can change an answer."""
    packages = {name: metadata.version(name) for name in _PACKAGES}
    return {"polydesign": polydesign.__version__, "python": platform.python_version(), **packages}


def read(path: Path) -> dict[str, Any]:
    """Return the manifest in a file that holds a whole result or a manifest alone.

    Raises `DataError` when it is neither.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"Cannot read {path}: {error.strerror}. Give a JSON file that design has written.") from None
    except ValueError as error:
        raise DataError(f"{path} is not JSON ({error}). Give a JSON file that design has written.") from None
    if isinstance(content, dict):
        content = content.get("manifest", content)
    if not isinstance(content, dict) or not isinstance(content.get("request"), dict):
        raise DataError(f"{path} holds no manifest with a request. Give a JSON file that design has written.")
    damaged = [name for name in (*_ROLES, "versions") if not isinstance(content.get(name, {}), (dict, type(None)))]
    if damaged:
        raise DataError(f"{path} is damaged: {', '.join(damaged)} must be an object. Give the file as it was written.")
    if content.get("format") != FORMAT:
        raise DataError(
            f"{path} holds a manifest of format {content.get('format')!r}; this version of polydesign reads {FORMAT}."
        )
    return content


def differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return sentences about what has changed between two manifests and may change the answer."""
    sentences = []
    for role in _ROLES:
        before, after = then.get(role), now.get(role)
        if before is not None and (after is None or before.get("sha256") != after["sha256"]):
            name = before.get("id", role)
            sentences.append(f"The {role} {name} is not the one of the earlier run; the results may differ.")
    changed = [
        f"{name} {version} (now {now['versions'].get(name, 'missing')})"
        for name, version in dict(then.get("versions") or {}).items()
        if now["versions"].get(name) != version
    ]
    if changed:
        sentences.append(f"The earlier run used {', '.join(changed)}; the results may differ.")
    return sentences


def _identity(checkpoint: Checkpoint | None) -> dict[str, Any] | None:
    if checkpoint is None:
        return None
    return {
        "id": checkpoint.id,
        "family": checkpoint.family,
        "source": checkpoint.source,
        "revision": checkpoint.revision,
        "sha256": checkpoint.sha256,
    }
