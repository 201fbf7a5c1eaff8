"""Strings as token ids: the encoding of all families that write strings. Read without RDKit or Parquet.

Beside what every encoding has (`encoding`), a prepared folder holds, for N strings:

    tokens.npy (total,) uint16        token ids, one string after another, without start and end
    offsets.npy (N + 1,) int64        where each string begins and ends in tokens.npy
    tokenizer.json                    the vocabulary
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from polydesign.core.errors import DataError
from polydesign.core.shared import shared_file
from polydesign.data.encodings.batches import TokenBatch
from polydesign.data.encodings.encoding import Encoded, Encoding, standardised
from polydesign.data.encodings.meta import Meta, read_meta
from polydesign.data.encodings.stream import Batch
from polydesign.data.encodings.tokenizer import (
    END_ID,
    PAD_ID,
    START_ID,
    UNKNOWN_ID,
    Notation,
    PolymerTokenizer,
    to_notation,
    train_tokenizer,
)
from polydesign.data.processes import in_processes


def framed_rows(tokens: np.ndarray, offsets: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Return (B, T) int64, the strings at (B,) `index` from <start> to <end>, padded; see the module for the shapes."""
    starts, ends = offsets[index], offsets[index + 1]
    framed = np.full((len(index), int((ends - starts).max()) + 2), PAD_ID, dtype=np.int64)
    framed[:, 0] = START_ID
    for row, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        framed[row, 1 : end - start + 1] = tokens[start:end]
        framed[row, end - start + 1] = END_ID
    return framed


@dataclass(frozen=True)
class TokenRows:
    """A prepared folder in memory; see the module's docstring for shapes."""

    folder: Path
    meta: Meta
    tokens: np.ndarray
    offsets: np.ndarray
    conditions: np.ndarray
    split: np.ndarray
    weight: np.ndarray
    padded: bool = True

    @classmethod
    def load(cls, folder: Path) -> TokenRows:
        """Read a folder that ``python -m polydesign.data prepare`` wrote."""
        try:
            meta = read_meta(folder, Meta)
            names = ("tokens", "offsets", "conditions", "split", "weight")
            arrays = {name: np.load(folder / f"{name}.npy", allow_pickle=False) for name in names}
        except (OSError, ValueError) as error:
            raise DataError(
                f"{folder} holds no prepared data ({error}). Run: python -m polydesign.data prepare {folder.name}"
            ) from error
        return cls(folder, meta, **arrays)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def sizes(self) -> np.ndarray:
        """Number of tokens of each string with start and end, (N,)."""
        return np.diff(self.offsets) + 2

    @property
    def files(self) -> dict[str, Path]:
        """What a checkpoint carries: the vocabulary, and how properties go together."""
        return {name: self.folder / name for name in ("tokenizer.json", "joint.json")}

    def batch(self, index: np.ndarray) -> TokenBatch[np.ndarray]:
        """Return the arrays of the strings at (B,) `index`."""
        tokens = framed_rows(self.tokens, self.offsets, index)
        values, given = standardised(self.conditions[index], self.meta)
        return {"tokens": tokens, "values": values, "given": given}

    def count(self, batch: Batch) -> float:
        """Return the number of tokens that are to be predicted."""
        return float((batch["tokens"][:, 1:] != PAD_ID).sum())


@dataclass(frozen=True)
class TokenEncoding(Encoding):
    """Strings in one notation, cut into tokens.

    Attributes:
        notation: "smiles", "kekule" or "selfies".
        vocab_size: number of tokens, special ones included.
    """

    notation: Notation = "smiles"
    vocab_size: int = 192

    def encode(
        self, psmiles: Sequence[str], is_train: np.ndarray, conditions: Sequence[str], like: Path | None
    ) -> Encoded:
        """See `Encoding`; strings with a piece outside of the vocabulary are left out and counted."""
        model = read_model(like, conditions) if like is not None else None
        notation = self.notation if model is None else model.tokenizer.notation
        texts = in_processes(partial(_written, notation=notation), list(psmiles))
        kept = [row for row, text in enumerate(texts) if text is not None]
        written = [text for text in texts if text is not None]
        expressed = len(written)
        if model is not None:
            tokenizer = model.tokenizer
        else:
            trained_on = [text for text, row in zip(written, kept, strict=True) if is_train[row]]
            tokenizer = PolymerTokenizer(train_tokenizer(trained_on, self.vocab_size), notation)
        encoded = tokenizer.encode_written(written)
        known = [UNKNOWN_ID not in ids for ids in encoded]
        encoded = [ids for ids, flag in zip(encoded, known, strict=True) if flag]
        return Encoded(
            kept=np.array(kept, dtype=np.int64)[known],
            arrays={
                **dict(zip(("tokens", "offsets"), joined(encoded), strict=True)),
            },
            meta={
                "notation": notation,
                "vocab_size": tokenizer.vocab_size,
                "vocabulary": tokenizer.vocabulary,
                "not_expressed": len(psmiles) - expressed,
                "unknown_token": expressed - len(encoded),
            },
            files={"tokenizer.json": tokenizer.tokenizer.to_str(pretty=True)},
            mean=None if model is None else model.mean,
            std=None if model is None else model.std,
        )

    def load(self, folder: Path) -> TokenRows:
        """See `Encoding`."""
        return TokenRows.load(folder)


def joined(encoded: Sequence[Sequence[int] | np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return N token sequences one after another, (total,) uint16, and where each begins and ends, (N + 1,) int64."""
    lengths = np.array([0, *map(len, encoded)], dtype=np.int64)
    return np.concatenate([np.array(ids, dtype=np.uint16) for ids in encoded]), np.cumsum(lengths)


def _written(psmiles: Sequence[str], notation: Notation) -> list[str | None]:
    """Return p-SMILES in the notation, None for each that it cannot express."""
    texts: list[str | None] = []
    for text in psmiles:
        try:
            texts.append(to_notation(text, notation))
        except DataError:
            texts.append(None)
    return texts


@dataclass(frozen=True)
class Model:
    """What a model fixed when its data were prepared.

    Attributes:
        tokenizer: with its notation.
        mean, std: of the conditions, on each property's scale; None where it reads none.
    """

    tokenizer: PolymerTokenizer
    mean: list[float] | None
    std: list[float] | None


def read_model(folder: Path, keys: Sequence[str]) -> Model:
    """Read it from prepared data or a generator's checkpoint; raise `DataError` where `keys` are not its conditions."""
    for name, inner in (("meta.json", None), ("config.json", "config")):
        if (folder / name).exists():
            written = json.loads((folder / name).read_text())
            record = written if inner is None else written.get(inner, {})
            if list(record.get("conditions", keys)) != list(keys):
                raise DataError(f"{folder} was made with other properties than this corpus has.")
            path = folder / "tokenizer.json"
            if not path.exists():  # a shipped checkpoint shares it with others
                path = shared_file(folder, path.name, written.get("files", {}).get(path.name, ""))
            tokenizer = PolymerTokenizer.load(path, record["notation"])
            return Model(tokenizer, record.get("condition_mean"), record.get("condition_std"))
    raise DataError(f"{folder} holds neither prepared data nor a checkpoint.")
