"""How the generators at hand write a structure: as tokens, each with its number."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from polydesign import store
from polydesign.core.errors import DataError

if TYPE_CHECKING:
    from polydesign.data.encodings.tokenizer import Notation, PolymerTokenizer

_FILE = "tokenizer.json"


def tokens(text: str) -> dict[str, list[tuple[str, int]]]:
    """Return label of a generator -> its tokens of a structure with their numbers, start and end left out.

    Generators without a tokenizer, and those whose notation cannot express the structure, are left out.
    No weights are read.
    """
    written = {}
    for checkpoint in store.list_checkpoints("generator"):
        notation = checkpoint.config["config"].get("notation")
        if _FILE not in checkpoint.config["files"] or notation is None:
            continue
        tokenizer = _tokenizer(checkpoint.path(_FILE), notation, checkpoint.config["files"][_FILE])
        try:
            (ids,) = tokenizer.encode([text])
        except DataError:
            continue
        vocabulary = tokenizer.vocabulary
        written[checkpoint.label] = [(vocabulary[number], number) for number in ids]
    return written


@lru_cache(maxsize=16)
def _tokenizer(path: Path, notation: Notation, _sha256: str) -> PolymerTokenizer:
    from polydesign.data.encodings.tokenizer import PolymerTokenizer

    return PolymerTokenizer.load(path, notation)
