"""Write a checkpoint folder in one go: it is there whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polydesign.core.errors import CheckpointError
from polydesign.core.shared import shared_file
from polydesign.store import places
from polydesign.store.card import render
from polydesign.store.checkpoint import Checkpoint, find_part, read
from polydesign.store.files import CARD, CONFIG, DERIVED, METRICS, WEIGHTS, check_name, read_json
from polydesign.store.files import sha256 as hash_of
from polydesign.store.places import Place
from polydesign.store.record import Part, Record, is_repository

if TYPE_CHECKING:
    from torch import Tensor


def save(
    folder: str | Path,
    *,
    record: Record | None = None,
    config: Mapping[str, Any] | None = None,
    weights: Mapping[str, Tensor] | None = None,
    files: Mapping[str, bytes | Path] | None = None,
    parts: Mapping[str, Checkpoint] | None = None,
    metrics: Mapping[str, Any] | None = None,
    card: str | None = None,
) -> Checkpoint:
    """Write a checkpoint and return it as read back.

    Args:
        folder: made, or replaced when it holds nothing but a checkpoint.
        record: what config.json is to say; its files and parts are filled in.
        config: the same as a mapping, in which all that `Record` has a default for may be left out.
        weights: name -> tensor; floating-point tensors are stored in half precision. Those that begin with the name
            of a part must be the part's, and are not stored again.
        files: further files that the model reads, name -> content or a path to copy. One that lies in the folder
            ``shared`` beside `folder` is not stored again.
        parts: name -> the checkpoint that this one works with. One that will not be found by its id goes along, in
            a folder of its name.
        metrics: what metrics.json is to hold.
        card: text of README.md; rendered from the record and the metrics when None.

    Raises:
        CheckpointError: a field, a name or a number is not acceptable, tensors are not those of the part that they
            are named by, or `folder` holds other files.
        ValueError: not just one of record and config was given.
    """
    if (record is None) == (config is None):
        raise ValueError("Give either record or config.")
    folder, parts = Path(folder).absolute(), parts or {}
    contents = {name: given.read_bytes() if isinstance(given, Path) else given for name, given in (files or {}).items()}
    for name in contents:
        check_name(name)
    if own := _without_parts(weights or {}, parts):
        contents[WEIGHTS] = _packed(own)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(contents.items())}
    template = Record.of(config or {}) if record is None else record
    if lacking := sorted(set(template.parts) - set(parts)):
        raise CheckpointError(
            f"The parts {', '.join(lacking)} are named only. Hand the checkpoints to save as `parts`."
        )
    record = replace(
        template,
        files=digests,
        parts={name: Part(_name_of(part), part.sha256) for name, part in parts.items()},
    )
    contents = {name: content for name, content in contents.items() if not _is_shared(folder, name, digests[name])}
    contents[CONFIG] = _json(record.as_json(), CONFIG)
    record = Record.read(json.loads(contents[CONFIG]))  # what a reader will see: lists for tuples, text for keys
    contents[METRICS] = _json(dict(metrics or {}), METRICS)
    contents[CARD] = (render(record, metrics or {}) if card is None else card).encode()
    for name, part in record.parts.items():
        if not _is_found(part, Place(folder, record.id, "folder")):
            contents |= {f"{name}/{file}": content for file, content in whole(parts[name]).items()}
    check_replaceable(folder)
    _replace(folder, contents)
    saved = read(Place(folder, record.id, "folder"))
    saved.check_elsewhere()
    return saved


def copy(checkpoint: Checkpoint, folder: str | Path) -> Checkpoint:
    """Write a checkpoint to another folder, with all that it shares and the parts that it works with; return the copy.

    Args:
        checkpoint: what to copy; its files should have been verified.
        folder: made, or replaced when it holds nothing but a checkpoint.

    Raises:
        CheckpointError: a file or a part is missing, or `folder` holds other files.
    """
    folder = Path(folder).absolute()
    for_people = [name for name in (CARD, METRICS) if (checkpoint.folder / name).is_file()]
    contents = whole(checkpoint) | {name: checkpoint.path(name).read_bytes() for name in for_people}
    check_replaceable(folder)
    _replace(folder, contents)
    return read(Place(folder, folder.name, "folder"))


def whole(checkpoint: Checkpoint) -> dict[str, bytes]:
    """Return path -> content of all that a checkpoint needs to be one anywhere: shared files and parts included.

    Raises `CheckpointError` when a file or a part is missing.
    """
    contents = {name: checkpoint.path(name).read_bytes() for name in (CONFIG, *checkpoint.record.files)}
    for name, part in checkpoint.parts.items():
        contents |= {f"{name}/{file}": content for file, content in whole(part).items()}
    return contents


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
    folder = checkpoint.folder
    check_replaceable(folder)
    own = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    contents = {path.relative_to(folder).as_posix(): path.read_bytes() for path in own}
    digests = {**checkpoint.record.files, name: hashlib.sha256(content).hexdigest()}
    record = replace(checkpoint.record, files=dict(sorted(digests.items())))
    contents |= {name: content, CONFIG: _json(record.as_json(), CONFIG)}
    _replace(folder, contents)
    return read(Place(folder, checkpoint.id, checkpoint.source))


def _without_parts(weights: Mapping[str, Tensor], parts: Mapping[str, Checkpoint]) -> dict[str, Tensor]:
    """Return the tensors that belong to no part; raise `CheckpointError` when one named as a part's is not the part's.

    They are compared in half precision, in which they would be stored.
    """
    if not parts:
        return dict(weights)
    import torch

    own = dict(weights)
    for name, part in parts.items():
        carried = {key: own.pop(key) for key in weights if key.startswith(f"{name}.")}
        its = {f"{name}.{key}": tensor for key, tensor in part.weights().items()}
        if carried and set(carried) != set(its):
            odd = sorted(set(carried) ^ set(its))[0]
            raise CheckpointError(f"The tensor '{odd}' is not in both this model and its part '{name}' ({part.id}).")
        for key, tensor in carried.items():
            if not torch.equal(_halved(tensor), _halved(its[key])):
                raise CheckpointError(
                    f"The tensor '{key}' is not that of {part.id} any more, which a part must stay. Keep the part "
                    "frozen while training, or save the model without it in `parts`, which stores all weights."
                )
    return own


def _name_of(part: Checkpoint) -> str:
    """Return the id by which a part is looked for again."""
    return part.id if part.source == "hub" and is_repository(part.id) else part.record.id


def _is_found(part: Part, checkpoint: Place) -> bool:
    """Say whether a part can be found by its id, apart from what lies in the checkpoint's own folder."""
    try:
        find_part(part, places.of_part(checkpoint, part))
    except CheckpointError:
        return False
    return True


def _is_shared(folder: Path, name: str, digest: str) -> bool:
    shared = shared_file(folder, name, digest)
    return shared.is_file() and hash_of(shared) == digest


def _packed(weights: Mapping[str, Tensor]) -> bytes:
    """Return the tensors as safetensors, floating-point ones as fp16."""
    import torch
    from safetensors.torch import save as pack

    tensors = {}
    for name, tensor in weights.items():
        tensor = _halved(tensor)
        if not bool(torch.isfinite(tensor).all()):
            raise CheckpointError(
                f"The weights '{name}' hold NaN, infinity or numbers beyond 65504, the end of half precision. "
                "Train with a lower learning rate, or go back to an earlier state."
            )
        # A copy each: safetensors refuses tensors that share memory, as tied embeddings do.
        tensors[name] = tensor.clone(memory_format=torch.contiguous_format)
    return pack(tensors)


def _halved(tensor: Tensor) -> Tensor:
    """Return a tensor on the CPU, a floating-point one in half precision."""
    import torch

    tensor = tensor.detach().cpu()
    return tensor.to(torch.float16) if tensor.is_floating_point() else tensor


def _json(data: Mapping[str, Any], name: str) -> bytes:
    try:
        return (json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{name} cannot be written as JSON ({error}). Use None for a missing number.") from error


def check_replaceable(folder: Path) -> None:
    """Raise `CheckpointError` when `folder` cannot be written, or would lose anything but an older checkpoint."""
    above = next(path for path in folder.absolute().parents if path.exists())
    if not (above.is_dir() and os.access(above, os.W_OK)):
        raise CheckpointError(f"{above} is not a folder that can be written to. Give another path than {folder}.")
    if not folder.exists():
        return
    if not folder.is_dir():
        raise CheckpointError(f"{folder} is a file; give the path of a new folder.")
    known = {CONFIG, METRICS, CARD, *_listed(folder / CONFIG)}
    others = sorted(path.name for path in folder.iterdir() if path.name not in known)
    if others:
        raise CheckpointError(f"{folder} holds other files ({', '.join(others[:5])}); give a new or empty folder.")


def _listed(config: Path) -> set[str]:
    """Return the names of files and parts that the config.json of a checkpoint lists, none when it cannot be read."""
    try:
        content = read_json(config)
        return {*content["files"], *content.get("parts", ())}
    except (OSError, CheckpointError, KeyError, TypeError, AttributeError):
        return set()


def _replace(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write the files to a new folder beside `folder` and put that in its place."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    workshop = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        new, old = workshop / "new", workshop / "old"
        new.mkdir()
        for name, content in contents.items():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
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
