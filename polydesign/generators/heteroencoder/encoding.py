"""Each string beside other spellings of the same chain: what a heteroencoder learns from.

A prepared folder has a folder `pairs` inside. It holds what `data.encodings.tokens` says, of the strings as they stand
in the table, and for N strings with K other spellings each (`chem.notation.spellings`):

    spellings.npy (total,) uint16          token ids, one spelling after another, without start and end
    spelling_offsets.npy (N K + 1,) int64  where each begins and ends; those of string i are i K ... i K + K - 1

A string with fewer than K other spellings has some of them more than once; one that has none, or none that the
vocabulary expresses, is left out and counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import ClassVar, TypedDict

import numpy as np
from tokenizers import Tokenizer

from polydesign.core.errors import DataError
from polydesign.data.encodings.encoding import Encoded, Encoding
from polydesign.data.encodings.meta import Meta
from polydesign.data.encodings.stream import Batch
from polydesign.data.encodings.tokenizer import UNKNOWN_ID, Notation, PolymerTokenizer, to_notation
from polydesign.data.encodings.tokens import TokenEncoding, TokenRows, framed_rows, joined
from polydesign.data.processes import in_processes


class PairBatch(TypedDict):
    """B strings with their other spellings.

    Attributes:
        tokens: (B, T) int64, the string as it stands in the table, from <start> to <end>, padded.
        spellings: (B, K, S) int64, the others, likewise.
    """

    tokens: np.ndarray
    spellings: np.ndarray


@dataclass(frozen=True)
class PairRows:
    """A prepared folder in memory; see the module for the shapes."""

    strings: TokenRows
    spellings: np.ndarray
    spelling_offsets: np.ndarray
    padded: bool = True

    @property
    def folder(self) -> Path:
        """See `data.encodings.encoding.PreparedRows`, as the following."""
        return self.strings.folder

    @property
    def meta(self) -> Meta:  # noqa: D102
        return self.strings.meta

    @property
    def conditions(self) -> np.ndarray:  # noqa: D102
        return self.strings.conditions

    @property
    def split(self) -> np.ndarray:  # noqa: D102
        return self.strings.split

    @property
    def weight(self) -> np.ndarray:  # noqa: D102
        return self.strings.weight

    @property
    def files(self) -> dict[str, Path]:  # noqa: D102
        return self.strings.files

    def __len__(self) -> int:
        return len(self.strings)

    @property
    def n_spellings(self) -> int:
        """Number K of other spellings of each string."""
        return (len(self.spelling_offsets) - 1) // len(self)

    @property
    def sizes(self) -> np.ndarray:
        """Number of tokens, start and end included, of the longest way of writing each string, (N,)."""
        others = np.diff(self.spelling_offsets).reshape(len(self), -1).max(axis=1) + 2
        return np.maximum(self.strings.sizes, others)

    def batch(self, index: np.ndarray) -> PairBatch:
        """Return the arrays of the strings at (B,) `index`."""
        k = self.n_spellings
        flat = framed_rows(self.spellings, self.spelling_offsets, (index[:, None] * k + np.arange(k)).ravel())
        return {
            "tokens": framed_rows(self.strings.tokens, self.strings.offsets, index),
            "spellings": flat.reshape(len(index), k, -1),
        }

    def count(self, batch: Batch) -> float:
        """Return the number of tokens of the strings."""
        return self.strings.count(batch)


@dataclass(frozen=True)
class PairEncoding(Encoding):
    """Strings and other spellings of the same chains.

    Attributes:
        strings: how the strings of the table are encoded.
        n_spellings: other spellings of each.
    """

    name: ClassVar[str] = "pairs"
    writes_tokens: ClassVar[bool] = True
    strings: TokenEncoding = field(default_factory=TokenEncoding)
    n_spellings: int = 4

    def encode(
        self, psmiles: Sequence[str], is_train: np.ndarray, conditions: Sequence[str], like: Path | None
    ) -> Encoded:
        """See `Encoding`."""
        own = self.strings.encode(psmiles, is_train, conditions, like)
        notation: Notation = own.meta["notation"]
        tokenizer = PolymerTokenizer(Tokenizer.from_str(own.files["tokenizer.json"]), notation)
        write = partial(_spelled, n=self.n_spellings, notation=notation)
        texts = in_processes(write, [psmiles[row] for row in own.kept])
        encoded = iter(tokenizer.encode_written(text for of_one in texts for text in of_one))
        known = [[ids for ids in (next(encoded) for _ in of_one) if UNKNOWN_ID not in ids] for of_one in texts]
        have = np.array([len(of_one) > 0 for of_one in known])
        filled = [of_one[i % len(of_one)] for of_one in known if of_one for i in range(self.n_spellings)]
        spelled, spelling_offsets = joined(filled)
        tokens, offsets = own.arrays["tokens"], own.arrays["offsets"]
        strings = [tokens[offsets[i] : offsets[i + 1]] for i in np.flatnonzero(have)]
        return replace(
            own,
            kept=own.kept[have],
            arrays={
                **dict(zip(("tokens", "offsets"), joined(strings), strict=True)),
                "spellings": spelled,
                "spelling_offsets": spelling_offsets,
            },
            meta={**own.meta, "no_other_spelling": int((~have).sum())},
        )

    def load(self, folder: Path) -> PairRows:
        """See `Encoding`."""
        strings = TokenRows.load(folder)
        try:
            names = ("spellings", "spelling_offsets")
            arrays = {name: np.load(folder / f"{name}.npy", allow_pickle=False) for name in names}
        except (OSError, ValueError) as error:
            raise DataError(f"{folder} holds no other spellings ({error}). Delete it to have it made anew.") from error
        return PairRows(strings, **arrays)


def _spelled(psmiles: Sequence[str], n: int, notation: Notation) -> list[list[str]]:
    """Return the other spellings of each p-SMILES in the notation."""
    from polydesign.chem.notation.spellings import spellings

    if notation != "selfies":
        return [spellings(text, n, kekule=notation == "kekule") for text in psmiles]
    return [[to_notation(text, notation) for text in spellings(one, n)] for one in psmiles]
