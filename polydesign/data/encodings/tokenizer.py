"""Turn repeat units into token ids: notation-aware pre-tokens, then merges of the most common adjacent pairs.

A pre-token is the smallest piece that means something in its notation (an atom such as ``Cl`` or
``[nH]``, a bond, a ring number such as ``%10``, a SELFIES symbol). Each multi-character pre-token is
mapped to one private character, so that byte-pair encoding (Sennrich et al., 2016,
https://arxiv.org/abs/1508.07909) starts from pre-tokens and never splits one. Everything, the
mapping included, lives in one Hugging Face ``tokenizer.json``.

The notation is a setting: aromatic SMILES, Kekulé SMILES, or SELFIES (Krenn et al., 2020,
https://arxiv.org/abs/1905.13741) with astatine in the place of the attachment point, which SELFIES
has no symbol for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, trainers

from polydesign.core.errors import DataError

Notation = Literal["smiles", "kekule", "selfies"]
NOTATIONS: tuple[Notation, ...] = ("smiles", "kekule", "selfies")

PAD, START, END, UNKNOWN = "<pad>", "<start>", "<end>", "<unk>"
SPECIAL = (PAD, START, END, UNKNOWN)
PAD_ID, START_ID, END_ID, UNKNOWN_ID = range(4)

_PRE_TOKEN = re.compile(r"\[[^\]]*\]|Cl|Br|%\d\d|.")
_PRIVATE_USE = 0xE000  # first code point of Unicode's private use area
_STAR_IN_SELFIES = "[At]"


def pieces(text: str) -> list[str]:
    """Cut a string into pre-tokens, its smallest meaningful pieces."""
    return _PRE_TOKEN.findall(text)


def to_notation(psmiles: str, notation: Notation) -> str:
    """Write a p-SMILES in `notation`; raise `DataError` when the notation cannot express it."""
    if notation == "smiles":
        return psmiles
    from rdkit import Chem

    molecule = Chem.MolFromSmiles(psmiles)
    if molecule is None:
        raise DataError(f"Cannot read the structure '{psmiles[:80]}'.")
    if notation == "kekule":
        Chem.Kekulize(molecule, clearAromaticFlags=True)
        return Chem.MolToSmiles(molecule, kekuleSmiles=True)
    import selfies

    try:
        return selfies.encoder(psmiles.replace("*", _STAR_IN_SELFIES))
    except selfies.EncoderError as error:
        raise DataError(f"SELFIES cannot express '{psmiles[:80]}'.") from error


def from_notation(text: str, notation: Notation) -> str:
    """Bring a generated string back to p-SMILES as the model meant it, without judging it."""
    if notation != "selfies":
        return text
    import selfies

    try:
        return selfies.decoder(text).replace(_STAR_IN_SELFIES, "*")
    except selfies.DecoderError:
        return text


def train_tokenizer(texts: Sequence[str], vocab_size: int, min_frequency: int = 2) -> Tokenizer:
    """Learn merges from strings that are already in the wanted notation.

    Args:
        texts: training strings.
        vocab_size: size of the vocabulary, the four special tokens included.
        min_frequency: a pre-token or pair seen less often is left to the unknown token.
    """
    counts = Counter(piece for text in texts for piece in pieces(text))
    long = [p for p, n in counts.most_common() if len(p) > 1 and n >= min_frequency]
    private = {piece: chr(_PRIVATE_USE + i) for i, piece in enumerate(long)}
    # Longest first, so that no piece is cut by a shorter one inside it.
    ordered = sorted(private, key=len, reverse=True)

    tokenizer = Tokenizer(models.BPE(unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Replace(Regex(re.escape(piece)), private[piece]) for piece in ordered]
    )
    tokenizer.decoder = decoders.Sequence(
        [decoders.Fuse(), *[decoders.Replace(private[piece], piece) for piece in ordered]]
    )
    single = sorted(p for p, n in counts.items() if len(p) == 1 and n >= min_frequency)
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        min_frequency=min_frequency,
        special_tokens=list(SPECIAL),
        initial_alphabet=[*single, *private.values()],
        limit_alphabet=len(single) + len(private),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


class PolymerTokenizer:
    """Encode p-SMILES to token ids and back, in the notation it was trained for."""

    def __init__(self, tokenizer: Tokenizer, notation: Notation) -> None:
        if notation not in NOTATIONS:
            raise DataError(f"Unknown notation '{notation}'. Choose one of {', '.join(NOTATIONS)}.")
        self.tokenizer = tokenizer
        self.notation: Notation = notation

    @classmethod
    def load(cls, path: Path, notation: Notation) -> PolymerTokenizer:
        """Read a tokenizer.json; raise `DataError` when it is not one."""
        try:
            return cls(Tokenizer.from_file(str(path)), notation)
        except Exception as error:  # the library raises bare Exception for a file it cannot read
            raise DataError(f"{path} is not a tokenizer file: {error}.") from error

    @property
    def vocab_size(self) -> int:
        """Number of tokens, special ones included."""
        return self.tokenizer.get_vocab_size()

    @property
    def vocabulary(self) -> list[str]:
        """The tokens as they are written, by id; special tokens by their names."""
        pieces = [self.tokenizer.decode([i]) for i in range(self.vocab_size)]
        return [*SPECIAL, *pieces[len(SPECIAL) :]]

    def encode_written(self, texts: Iterable[str]) -> list[list[int]]:
        """Return ids of strings that are already in the notation, without start and end tokens."""
        return [e.ids for e in self.tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    def encode(self, psmiles: Iterable[str]) -> list[list[int]]:
        """Return ids of p-SMILES, without start and end tokens."""
        return self.encode_written(to_notation(p, self.notation) for p in psmiles)

    def decode(self, ids: Iterable[Sequence[int]]) -> list[str]:
        """Return p-SMILES of id sequences; special tokens are left out, except that <unk> stays visible."""
        cleaned = [[i for i in row if i > END_ID] for row in ids]
        texts = self.tokenizer.decode_batch(cleaned, skip_special_tokens=False)
        return [from_notation(text, self.notation) for text in texts]
