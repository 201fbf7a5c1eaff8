"""Write a checkpoint folder in one go: it is there whole or not at all."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polydesign.core.errors import CheckpointError
from polydesign.store.card import render
from polydesign.store.checkpoint import FORMAT, Checkpoint, check_config, read
from polydesign.store.files import CARD, CONFIG, DERIVED, METRICS, UNLISTED, WEIGHTS, check_name, read_json

if TYPE_CHECKING:
    from torch import Tensor

# Fields of config.json that may be left out when saving.
_DEFAULTS: dict[str, Any] = {
    "role": None, "summary": "", "config": {}, "properties": {}, "data": [], "seed": None, "git_commit": None,
    "trained": {}, "metrics": {},
}  # fmt: skip


def save(
    folder: str | Path,
    *,
    config: Mapping[str, Any],
    weights: Mapping[str, Tensor] | None = None,
    files: Mapping[str, bytes | Path] | None = None,
    metrics: Mapping[str, Any] | None = None,
    card: str | None = None,
) -> Checkpoint:
    """Write a checkpoint and return it as read back.

    Args:
        folder: made, or replaced when it holds nothing but a checkpoint.
        config: the fields of config.json (see `store.checkpoint`); "format" and "files" are filled in, and
            role, summary, config, properties, data, seed, git_commit, trained and metrics may be left out.
        weights: name -> tensor; floating-point tensors are stored in half precision.
        files: further files that the model reads, name -> content or a path to copy.
        metrics: what metrics.json is to hold.
        card: text of README.md; rendered from config and metrics when None.

    Raises:
        CheckpointError: a field, a name or a number is not acceptable, or `folder` holds other files.
    """
    folder = Path(folder).absolute()
    contents = {name: given.read_bytes() if isinstance(given, Path) else given for name, given in (files or {}).items()}
    for name in contents:
        check_name(name)
    if weights:
        contents[WEIGHTS] = _packed(weights)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(contents.items())}
    full = {"format": FORMAT, **_DEFAULTS, **config, "files": digests}
    contents[CONFIG] = _json(full, CONFIG)
    full = json.loads(contents[CONFIG])  # what a reader will see: lists for tuples, text for keys
    check_config(full)
    contents[METRICS] = _json(dict(metrics or {}), METRICS)
    contents[CARD] = (render(full, metrics or {}) if card is None else card).encode()
    _check_replaceable(folder)
    _replace(folder, contents)
    return read(folder, id=full["id"], source="folder")


def attach(checkpoint: Checkpoint, name: str, content: bytes) -> Checkpoint:
    """Put a file that was derived from a model beside it, list it in config.json, and return the checkpoint anew.

    Nothing else of the folder changes, and neither does the checkpoint's sha256.

    Raises:
        CheckpointError: `name` is none of `files.DERIVED`, the checkpoint lies in the Hub's cache, or its folder holds
            files that are not its own.
    """
    if name not in DERIVED:
        raise CheckpointError(f"{name!r} is not derived from a model; a checkpoint takes {', '.join(DERIVED)}.")
    if checkpoint.source == "hub":
        raise CheckpointError(f"{checkpoint.id} lies in the Hub's cache, which mirrors its repository. Copy it first.")
    _check_replaceable(checkpoint.folder)
    beside = [other for other in UNLISTED if other != CONFIG and (checkpoint.folder / other).is_file()]
    contents = {other: checkpoint.path(other).read_bytes() for other in (*checkpoint.config["files"], *beside)}
    contents[name] = content
    digests = {**checkpoint.config["files"], name: hashlib.sha256(content).hexdigest()}
    contents[CONFIG] = _json({**checkpoint.config, "files": dict(sorted(digests.items()))}, CONFIG)
    _replace(checkpoint.folder, contents)
    return read(checkpoint.folder, id=checkpoint.id, source=checkpoint.source)


def _packed(weights: Mapping[str, Tensor]) -> bytes:
    """Return the tensors as safetensors, floating-point ones as fp16."""
    import torch
    from safetensors.torch import save as pack

    tensors = {}
    for name, tensor in weights.items():
        tensor = tensor.detach().cpu()
        if tensor.is_floating_point():
            tensor = tensor.to(torch.float16)
            if not bool(torch.isfinite(tensor).all()):
                raise CheckpointError(
                    f"The weights '{name}' hold NaN, infinity or numbers beyond 65504, the end of half precision. "
                    "Train with a lower learning rate, or go back to an earlier state."
                )
        # A copy each: safetensors refuses tensors that share memory, as tied embeddings do.
        tensors[name] = tensor.clone(memory_format=torch.contiguous_format)
    return pack(tensors)


def _json(data: Mapping[str, Any], name: str) -> bytes:
    try:
        return (json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{name} cannot be written as JSON ({error}). Use None for a missing number.") from error


def _check_replaceable(folder: Path) -> None:
    """Raise `CheckpointError` when replacing `folder` would lose anything but an older checkpoint."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise CheckpointError(f"{folder} is a file; give the path of a new folder.")
    known = {CONFIG, METRICS, CARD, *_listed(folder / CONFIG)}
    others = sorted(path.name for path in folder.iterdir() if path.name not in known)
    if others:
        raise CheckpointError(f"{folder} holds other files ({', '.join(others[:5])}); give a new or empty folder.")


def _listed(config: Path) -> set[str]:
    """Return the names that the config.json of a checkpoint lists, none when it cannot be read."""
    try:
        return set(read_json(config)["files"])
    except (OSError, CheckpointError, KeyError, TypeError):
        return set()


def _replace(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write the files to a new folder beside `folder` and put that in its place."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    workshop = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        new, old = workshop / "new", workshop / "old"
        new.mkdir()
        for name, content in contents.items():
            (new / name).write_bytes(content)
        if folder.exists():
            folder.rename(old)
        try:
            new.rename(folder)
        except OSError:
            if old.exists():
                old.rename(folder)
            raise
    finally:
        shutil.rmtree(workshop)
