import pytest

from polydesign.core.errors import DataError
from polydesign.data.corpora.demo import demo_polymers
from polydesign.data.encodings.tokenizer import (
    NOTATIONS,
    SPECIAL,
    UNKNOWN_ID,
    PolymerTokenizer,
    from_notation,
    to_notation,
    train_tokenizer,
)

TRICKY = ["*CC(*)Cl", "*c1ccc(Br)c(*)c1", "*C/C=C/C*", "*[Si](C)(C)O*", "*CC([N+](=O)[O-])*", "*c1cc2[nH]c(*)cc2s1"]
TEXTS = demo_polymers() + TRICKY * 3


@pytest.fixture(scope="module", params=NOTATIONS)
def tokenizer(request) -> PolymerTokenizer:
    notation = request.param
    return PolymerTokenizer(train_tokenizer([to_notation(t, notation) for t in TEXTS], 160), notation)


def test_decode_undoes_encode(tokenizer):
    from polydesign.chem.notation.identity import chain_key

    decoded = tokenizer.decode(tokenizer.encode(TEXTS))
    if tokenizer.notation == "smiles":
        assert decoded == TEXTS
    assert [chain_key(t) for t in decoded] == [chain_key(t) for t in TEXTS]


def test_special_tokens_stand_first_and_are_not_decoded(tokenizer):
    assert [tokenizer.tokenizer.token_to_id(t) for t in SPECIAL] == [0, 1, 2, 3]
    ids = tokenizer.encode([TEXTS[0]])[0]
    assert tokenizer.decode([[1, *ids, 2, 0, 0]]) == tokenizer.decode([ids])


def test_merges_make_strings_shorter_and_never_split_a_pre_token():
    texts = [t for t in TEXTS if "Cl" in t or "[" in t or "CC" in t]
    few = PolymerTokenizer(train_tokenizer(texts, 40), "smiles")
    many = PolymerTokenizer(train_tokenizer(texts, 120), "smiles")
    assert sum(map(len, many.encode(texts))) < sum(map(len, few.encode(texts)))
    pieces = many.tokenizer.encode("*CC(*)Cl").tokens
    assert "l" not in "".join(pieces), "chlorine is one private character inside the tokenizer"


def test_what_was_never_seen_is_unknown_and_stays_visible(tokenizer):
    if tokenizer.notation != "smiles":
        return
    ids = tokenizer.encode(["*CC(*)[Zr]"])[0]
    assert UNKNOWN_ID in ids
    assert "<unk>" in tokenizer.decode([ids])[0]


def test_reload_gives_the_same_ids(tokenizer, tmp_path):
    tokenizer.tokenizer.save(str(tmp_path / "tokenizer.json"))
    again = PolymerTokenizer.load(tmp_path / "tokenizer.json", tokenizer.notation)
    assert again.encode(TEXTS[:50]) == tokenizer.encode(TEXTS[:50])


def test_a_broken_file_is_refused(tmp_path):
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(DataError, match="not a tokenizer file"):
        PolymerTokenizer.load(tmp_path / "tokenizer.json", "smiles")
    with pytest.raises(DataError, match="Unknown notation"):
        PolymerTokenizer(None, "inchi")  # type: ignore[arg-type]


def test_selfies_keeps_the_attachment_points():
    written = to_notation("*CC(*)c1ccccc1", "selfies")
    assert written.count("[At]") + written.count("At") >= 2
    assert from_notation(written, "selfies").count("*") == 2
