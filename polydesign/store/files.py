"""What a checkpoint folder may hold, and whether a file is what its name claims.

A checkpoint is data, never a program: JSON, safetensors, plain NumPy arrays and text. Formats that run
code when they are read (pickles in any clothing) are refused by name and by content.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import re
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from polydesign.core.errors import CheckpointError

CONFIG, WEIGHTS, TOKENIZER, CARD, METRICS = (
    "config.json", "model.safetensors", "tokenizer.json", "README.md", "metrics.json",
)  # fmt: skip
# Written for people; everything else a folder holds is listed in config.json with its sha256.
UNLISTED = (CONFIG, CARD, METRICS)
# Computed from a finished model, for pages that are to open at once: listed and verified as any other file, but no part
# of what determines the model's answers.
DERIVED = ("latent_map.safetensors",)
SAFE_ENDINGS = (".json", ".npy", ".txt", ".txt.gz", ".safetensors")
PICKLE_ENDINGS = (
    ".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib", ".npz", ".h5", ".keras", ".msgpack",
)  # fmt: skip
MAX_JSON_BYTES = 20_000_000
MAX_HEADER_BYTES = 2_000_000  # of a safetensors file, some 20,000 tensors; parsing takes 30 times the memory
MAX_BYTES = 200_000_000  # of one file and of a whole folder
MAX_UNPACKED_BYTES = 1_000_000_000

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_PICKLE_STARTS = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
# Bytes an element takes; the names are those of the safetensors format.
_ELEMENT_BYTES = {
    "BOOL": 1, "U8": 1, "I8": 1, "U16": 2, "I16": 2, "U32": 4, "I32": 4, "U64": 8, "I64": 8,
    "F16": 2, "BF16": 2, "F32": 4, "F64": 8,
}  # fmt: skip


def is_pickle(name: str) -> bool:
    """Say whether a file of this name can run code when it is read."""
    return name.lower().endswith(PICKLE_ENDINGS)


def check_name(name: str) -> None:
    """Raise `CheckpointError` unless a checkpoint may hold a file of this name beside config.json."""
    if is_pickle(name):
        raise CheckpointError(
            f"{name!r} is a pickle-like file, which can run code when it is read; it is refused. "
            f"Convert the weights to {WEIGHTS} and list that instead."
        )
    if not _NAME.fullmatch(name):
        raise CheckpointError(
            f"{name!r} is not a plain file name. A checkpoint is one flat folder; "
            "use letters, digits, '_', '-' and '.' without folders."
        )
    if name in UNLISTED or not name.endswith(SAFE_ENDINGS):
        raise CheckpointError(
            f"{name!r} cannot be a model file. Allowed are names ending in {', '.join(SAFE_ENDINGS)}, "
            f"except {' and '.join(UNLISTED)}."
        )


def locate(folder: Path, name: str, root: Path | None = None) -> Path:
    """Return the path of a file of a checkpoint; raise `CheckpointError` when it is missing, too big or leads away.

    `root` is the folder that the file must lie in once links are followed: the checkpoint's own, or for the
    Hub cache, which links snapshots to blobs, the repository's.
    """
    path = folder / name
    if not path.is_file():
        raise CheckpointError(f"{name} is missing.")
    if not path.resolve().is_relative_to((root or folder).resolve()):
        raise CheckpointError(f"{name} is a link that leaves the checkpoint's folder; put the file itself there.")
    limit = MAX_JSON_BYTES if name.endswith(".json") else MAX_BYTES
    check_size(name, path.stat().st_size, limit)
    return path


def check_size(name: str, size: int, limit: int = MAX_BYTES) -> None:
    """Raise `CheckpointError` when `size` in bytes is above `limit`."""
    if size > limit:
        raise CheckpointError(f"{name} holds {size / 1e6:,.0f} MB; at most {limit / 1e6:,.0f} MB are read.")


def sha256(path: Path) -> str:
    """Return the sha256 of a file as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_json(path: Path) -> Any:
    """Read a JSON file strictly: UTF-8, no NaN; raise `CheckpointError` otherwise."""

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not JSON")

    try:
        return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{path.name} is not JSON ({error}).") from error


def check_content(path: Path) -> None:
    """Raise `CheckpointError` when a file's beginning contradicts its name."""
    if path.name.endswith(".safetensors"):
        tensor_shapes(path)
    elif path.name.endswith(".npy"):
        try:
            np.load(path, mmap_mode="r", allow_pickle=False)
        except (ValueError, EOFError, OSError) as error:
            raise CheckpointError(f"{path.name} is not a plain NumPy array ({error}).") from error
    elif path.name.endswith(".json"):
        read_json(path)


def check_expansion(path: Path) -> None:
    """Raise `CheckpointError` when a .gz file is damaged or unpacks to more than a model could need."""
    if not path.name.endswith(".gz"):
        return
    size = 0
    try:
        with gzip.open(path) as file:
            while size <= MAX_UNPACKED_BYTES and (block := file.read(1 << 20)):
                size += len(block)
    except (OSError, EOFError, zlib.error) as error:
        raise CheckpointError(f"{path.name} cannot be unpacked; it is cut off or altered.") from error
    check_size(f"{path.name}, unpacked,", size, MAX_UNPACKED_BYTES)


def tensor_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Return tensor name -> shape from the header of a safetensors file, checked against the file's length.

    Format: 8 bytes little-endian header length, a JSON header, then the tensors without gaps
    (https://github.com/huggingface/safetensors).
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        length = int.from_bytes(start, "little")
        if len(start) < 8 or not 2 <= length <= size - 8:
            # Looked at only now: a sound header of 1,152 bytes begins as a pickle does, with 0x80 0x04.
            if start.startswith(_PICKLE_STARTS):
                raise CheckpointError(f"{path.name} is a pickle under another name; it is refused and never opened.")
            raise CheckpointError(f"{path.name} is cut off or not a safetensors file: it holds {size} bytes.")
        check_size(f"The header of {path.name}", length, MAX_HEADER_BYTES)
        text = file.read(length)
    try:
        header = json.loads(text)
        header.pop("__metadata__", None)
        tensors = {name: _tensor(entry) for name, entry in header.items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise CheckpointError(f"{path.name} has a header that cannot be read ({error}).") from error
    end = 0
    for _, begin, stop in sorted(tensors.values(), key=lambda entry: entry[1:]):
        if begin != end:
            raise CheckpointError(f"{path.name} has a header whose tensors overlap or leave gaps at byte {begin}.")
        end = stop
    if 8 + length + end != size:
        raise CheckpointError(
            f"{path.name} holds {size} bytes; its header announces {8 + length + end}. It is cut off or altered."
        )
    return {name: shape for name, (shape, _, _) in tensors.items()}


def _tensor(entry: dict[str, Any]) -> tuple[tuple[int, ...], int, int]:
    """Return shape, begin and end of a header entry whose length fits its shape."""
    shape, (begin, stop) = tuple(entry["shape"]), entry["data_offsets"]
    if not all(type(number) is int and number >= 0 for number in (*shape, begin, stop)):
        raise ValueError("shapes and offsets must be whole numbers")
    if stop - begin != math.prod(shape) * _ELEMENT_BYTES[entry["dtype"]]:
        raise ValueError(f"{entry['dtype']} {list(shape)} does not fill {stop - begin} bytes")
    return shape, begin, stop
