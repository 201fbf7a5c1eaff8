"""The map of a latent space as a file beside its checkpoint.

latent_map.safetensors holds the arrays of `latent_map.LatentMap`, and in its header the hashes of what they were made
from: of another model, another library or another table of names it is no map, and is made anew.
"""

from __future__ import annotations

import json
from dataclasses import fields
from functools import lru_cache

import numpy as np

from polydesign.chem.common import COMMON_POLYMERS
from polydesign.core.errors import CheckpointError
from polydesign.core.properties import PROPERTIES
from polydesign.engine.latent.map import LatentMap, sources
from polydesign.engine.latent.ridge import Ridge
from polydesign.engine.relations.tables import library_values
from polydesign.store import Checkpoint, attach, files

NAME = "latent_map.safetensors"
FORMAT = "polydesign-latent-map-1"
_ARRAYS = [field.name for field in fields(LatentMap) if field.name not in ("made_from", "ridge")]
_RIDGE = ("weights", "offset", "mean", "scale", "r2")
# In half precision: they are looked at, or say a direction.
_HALF = ("library", "common", "library_tsne", "common_tsne", "library_first", "common_first", "ridge_weights")


def write(made: LatentMap, checkpoint: Checkpoint) -> Checkpoint:
    """Put a map beside its checkpoint; return the checkpoint anew. Raises `CheckpointError` as `store.attach`."""
    return attach(checkpoint, NAME, to_bytes(made))


def to_bytes(made: LatentMap) -> bytes:
    """Return a map as a safetensors file; coordinates and weights in half precision."""
    from safetensors.numpy import save

    arrays = {name: getattr(made, name) for name in _ARRAYS} | {
        f"ridge_{name}": getattr(made.ridge, name) for name in _RIDGE
    }
    kept = {name: np.ascontiguousarray(a, np.float16 if name in _HALF else np.float32) for name, a in arrays.items()}
    about = {"keys": list(made.ridge.keys), "n": made.ridge.n, "n_held_out": made.ridge.n_held_out}
    return save(kept, {"format": FORMAT, "ridge": json.dumps(about), **made.made_from})


def shipped(checkpoint: Checkpoint) -> LatentMap | None:
    """Return the map beside a checkpoint; None when there is none, or it was made from anything else than is here.

    Raises `CheckpointError` when the file is not what config.json says.
    """
    expected = checkpoint.config["files"].get(NAME)
    return None if expected is None else _read(checkpoint, expected, checkpoint.path(NAME).stat().st_mtime_ns)


@lru_cache(maxsize=16)
def _read(checkpoint: Checkpoint, expected: str, stamp: int) -> LatentMap | None:
    from safetensors import SafetensorError, safe_open

    path = checkpoint.path(NAME)
    if files.sha256(path) != expected:
        raise CheckpointError(f"{NAME} of {checkpoint.id} is not the file that config.json describes. "
                              f"Write it anew: python -m polydesign.latent map {checkpoint.id}")  # fmt: skip
    try:
        with safe_open(path, framework="numpy") as file:
            about = file.metadata() or {}
            if about.get("format") != FORMAT or any(about.get(k) != v for k, v in sources(checkpoint).items()):
                return None
            arrays = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118
            rows = json.loads(about["ridge"])
            fitted = {name: arrays.pop(f"ridge_{name}") for name in _RIDGE}
            ridge = Ridge(keys=tuple(rows["keys"]), n=rows["n"], n_held_out=rows["n_held_out"], **fitted)
            made = LatentMap({key: about[key] for key in sources(checkpoint)}, ridge=ridge, **arrays)
    except (SafetensorError, KeyError, ValueError, TypeError):
        return None
    shapes = (made.library.shape, made.common.shape)
    right = ((len(library_values()), 2), (len(COMMON_POLYMERS), 2))
    return made if shapes == right and set(ridge.keys) <= set(PROPERTIES) else None
