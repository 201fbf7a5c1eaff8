"""Valence in constrained decoding: whatever the logits, Kekulé strings are valid; real polymers are never cut."""

import re
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from rdkit import RDLogger

from polydesign import store
from polydesign.chem.common import COMMON_POLYMERS
from polydesign.chem.notation.psmiles import validate
from polydesign.core.errors import OptionError
from polydesign.data.corpora.demo import demo_polymers
from polydesign.data.encodings.tokenizer import END_ID, SPECIAL, PolymerTokenizer, to_notation, train_tokenizer
from polydesign.writing.bond_orders import capacity, demand
from polydesign.writing.grammar import _PIECE, read_token
from polydesign.writing.mask import TokenGrammar
from polydesign.writing.sampling import Writing, sample_sequences

SHIPPED = Path(__file__).resolve().parents[3] / "checkpoints"
RDLogger.DisableLog("rdApp.*")
PLAIN = [
    *SPECIAL, "C", "N", "O", "S", "F", "(", ")", "=", "#", "*", "1", "2", "3", "%10", "Cl", "/", "\\", "-", "[N+]",
    "[O-]", "[Si]", "P", "B", "I", "[NH+]", "[Na]", "[*]", "[C@H]", "[CH2]",
]  # fmt: skip
MERGED = [
    *PLAIN, "C1", ")C=C", "=C(", "C1=CC=CC=C1", ")CC2)CC1", "2)CC1", "F)(F)", "C(*)", "*)", "C(=O)", "CC12", "(C)(C)",
    "C(C(", ")(", "1CC1", "12", "C=1", "=2", "C(*)=O", "*=C", "=*", "(=*)", "#N)", "1=CC=C(", "N2", "=N", "C#", "*=",
    "2=C1", "C=1C(", ")=C(*)", "2=CC=CC=C2", "(=", "=O)", "C1CC=1", "$", "[*H]", "[CH5]", "c", "n",
]  # fmt: skip


@cache
def demo_in(notation):
    return [to_notation(text, notation) for text in demo_polymers()]


def trained(notation, vocab_size):
    return PolymerTokenizer(train_tokenizer(demo_in(notation), vocab_size, min_frequency=1), notation)


def shipped(name):
    """The tokenizer of a shipped checkpoint, whatever its notation."""
    checkpoint = store.open_folder(SHIPPED / name)
    return PolymerTokenizer.load(checkpoint.path("tokenizer.json"), checkpoint.config["config"]["notation"])


def draw(vocabulary, n, seed, max_new=60, bias=0.0, forbidden=(), valence=True):
    """Token ids of random next-token logits, anew at every step, and the strings."""
    noise = torch.Generator().manual_seed(seed)
    rules = TokenGrammar(vocabulary, "kekule")
    if not valence:  # nothing excluded, nothing missing
        rules.valence.incidence.zero_()
        rules.valence.own_spare.fill_(True)
        rules.valence.own_spare_doubled.fill_(True)
        forbidden = [*forbidden, *(i for i, text in enumerate(vocabulary) if "$" in text)]
    constraint = rules.start(n)

    class Chance:
        def step(self, tokens):
            logits = 3 * torch.randn(len(tokens), len(vocabulary), generator=noise)
            logits[:, END_ID] += bias
            # Whatever may not follow, something may.
            assert (constraint.mask(torch.zeros_like(logits), 10**6) > -torch.inf).any(dim=1).all() or not valence
            logits[:, list(forbidden)] = -torch.inf
            return logits

        def keep(self, rows):
            pass

    watched = SimpleNamespace(start=lambda batch: constraint)
    rows = sample_sequences(Chance(), n, max_new, Writing(torch.Generator().manual_seed(seed), mask=watched))
    assert not valence or max(map(len, rows)) < max_new  # all have ended, none was cut
    return rows, ["".join(vocabulary[i] for i in row) for row in rows]


def aromatic(vocabulary):
    """Indices of tokens with lower-case atoms."""
    symbols = [(i, symbol) for i, text in enumerate(vocabulary) for symbol in read_token(text).symbols]
    return sorted({i for i, symbol in symbols if symbol.strip("[]@+-H0123456789")[:1].islower()})


VOCABULARIES = {
    "plain": lambda: PLAIN,
    "merged": lambda: MERGED,
    "trained": lambda: trained("kekule", 150).vocabulary,
    "shipped": lambda: shipped("polygpt").vocabulary,
}


@pytest.mark.parametrize("name", VOCABULARIES)
@pytest.mark.parametrize("bias", [0.0, -50.0], ids=["free", "never ends by itself"])
def test_random_logits_write_valid_repeat_units(name, bias):
    vocabulary = VOCABULARIES[name]()
    for max_new, seed in ((30, 0), (60, 1)):
        _, strings = draw(vocabulary, 150, seed, max_new, bias, aromatic(vocabulary))
        verdicts = {text: validate(text) for text in strings}
        # A large ring through many small ones is no matter of valence: `validate` declines to look at it.
        wrong = {t: v.reason for t, v in verdicts.items() if not v.valid and v.code != "too_many_rings"}
        assert not wrong
        assert len(verdicts) > 140 and sum(v.valid for v in verdicts.values()) > 0.9 * len(verdicts)


def test_random_logits_reach_every_kind_of_bond():
    text = " ".join(draw(MERGED, 300, 2, forbidden=aromatic(MERGED))[1])
    assert all(piece in text for piece in ("=*", "*=", "#N", "=1", "-", "P", "[N+]", "S", "%10", "[Na]"))
    assert not any(piece in text for piece in ("$", "[*H]", "[CH5]"))


def first_forbidden(rules, rows):
    """Where the masks would not have let rows of token ids be written: {row: position}."""
    constraint, found = rules.start(len(rows)), {}
    for position in range(1 + max(map(len, rows))):
        tokens = torch.tensor([row[position] if position < len(row) else END_ID for row in rows])
        logits = constraint.mask(torch.zeros(len(rows), rules.stars.shape[0]), 10**6)
        for i in (logits[torch.arange(len(rows)), tokens] == -torch.inf).nonzero().squeeze(1).tolist():
            found.setdefault(i, position)
        constraint.advance(tokens)
    return found


def forbidden(tokenizer, texts):
    """Those of `texts` that could not have been written, with what could."""
    known = [(t, ids) for t, ids in zip(texts, tokenizer.encode_written(texts), strict=True) if 3 not in ids]
    assert len(known) > 0.9 * len(texts)
    found = first_forbidden(TokenGrammar(tokenizer.vocabulary, tokenizer.notation), [ids for _, ids in known])
    return {known[i][0]: tokenizer.decode([known[i][1][:position]])[0] for i, position in found.items()}


@pytest.mark.parametrize("name", ["plain", "merged", "trained"])
def test_no_valid_string_is_forbidden_unless_orders_stand_at_ring_numbers(name):
    vocabulary = VOCABULARIES[name]()
    rows, strings = draw(vocabulary, 1500, 3, 24, 0.0, aromatic(vocabulary), valence=False)
    stated = re.compile(r"[-=#/\\](\d|%)")
    forms = [validate(text).psmiles or "" for text in strings]
    kept = [
        i
        for i, (text, form) in enumerate(zip(strings, forms, strict=True))
        if form and not stated.search(text) and form.count("+") == text.count("+")  # RDKit mends N(=O)=O with charges
    ]
    cut = first_forbidden(TokenGrammar(vocabulary, "kekule"), [rows[i] for i in kept])
    assert len(kept) > 30 and {strings[kept[i]]: position for i, position in cut.items()} == {}


@pytest.mark.parametrize("notation", ["kekule", "smiles"])
@pytest.mark.parametrize("vocab_size", [40, 200])
def test_real_polymers_may_be_written_as_they_are(notation, vocab_size):
    assert forbidden(trained(notation, vocab_size), demo_in(notation)) == {}


def test_the_shipped_model_may_write_all_common_polymers():
    tokenizer = shipped("polygpt")
    texts = [to_notation(polymer.psmiles, tokenizer.notation) for polymer in COMMON_POLYMERS]
    assert forbidden(tokenizer, texts) == {}


@pytest.mark.parametrize(
    ("prefix", "token", "expected"),
    [
        ("F", "F", False), ("F", "C", True), ("FC", "#", True), ("FCC", "#", True), ("FC(F)", "#", False),
        ("FC(F)", "=", True), ("FC(F)=", "C", True), ("FC=", "F", False), ("FC=", "O", False), ("*C=", "O", False),
        ("*C(=O)", "*", True), ("*C(=O)", "=", False), ("*C(C)(C)", "C", True), ("*C(C)(C)C(", "F", True),
        ("C(C)(C)(C)", "C", True), ("FC(C)(C)(", "O", True), ("FC(C)(C)C", "C", True), ("CC(C)(C)", "(", True),
        ("CC(C)(C)C", "(", True), ("CC(C)(", "=", True), ("*CC(C)(=C", ")", False), ("*CC(C)(C", ")", True),
        ("*C(F)(F)", "F", False), ("*C(C)(C)", "F", False), ("*C(C", "F", True), ("*C(C)(C)CO", "O", True),
        ("*O", "(", True), ("*O(C", ")", False), ("*O(C", ")(", False), ("*N", "(", True), ("*N(C)", "C", True),
        ("*N(C)", "=", False), ("*N(C)(", "C", True), ("*N(C)(C", ")", False), ("*[N+](C)(C)", "C", True),
        ("*[NH+](C)", "C", True), ("*[NH+](C)", "=", False), ("*S(=O)(=O)", "C", True), ("*S(=O)(=O)", "=", False),
        ("*C", "[O-]", False), ("*C(", "[O-]", True), ("*N1CCC", "1", True), ("*N1", "=", False), ("*N1", "C", True),
        ("*N1", "2", False), ("*O", "1", False), ("*C1CC(O", "1", True), ("*C1CC(F", "1", False), ("C1CC=", "1", True),
        ("*C=1CC=", "1", True), ("*C=1CC", "1", True), ("*C=1CC#", "1", False), ("*C=1CC-", "1", False),
        ("*C1(F)CC=", "1", False), ("*C-1CC=", "1", False), ("*C#", "1", False), ("*C=1CO", "1", False),
        ("*=C", "*", False), ("*=C", "=", True), ("*=C=", "*", True), ("*=CO", "C", True), ("*C=", "*", False),
        ("*=", "*", False), ("*-", "*", False), ("*#C", "#", False), ("*#CC", "#", True), ("*#CC#", "*", True),
        ("C(=*)C=", "*", True), ("C(*)C=", "*", False), ("C", "[CH5]", False), ("C", "$", False), ("C", "[*H]", False),
        ("*C", "C1=CC=CC=C1", True), ("*C=", "C1=CC=CC=C1", False), ("*C(", "=C(", True), ("*C(=", "N2", True),
        ("C(C", "F)(F)", True), ("FC(C", "F)(F)", True), ("OC(=C", "F)(F)", False),
    ],
)  # fmt: skip
def test_what_may_follow(prefix, token, expected):
    constraint = TokenGrammar(MERGED, "kekule").start(1)
    written = []
    for piece in _PIECE.findall(prefix):
        logits = constraint.mask(torch.zeros(1, len(MERGED)), 500)[0]
        assert logits[MERGED.index(piece)] > -torch.inf, f"{piece} after {''.join(written)}"
        constraint.advance(torch.tensor([MERGED.index(piece)]))
        written.append(piece)
    allowed = constraint.mask(torch.zeros(1, len(MERGED)), 500)[0] > -torch.inf
    assert bool(allowed[MERGED.index(token)]) == expected


def test_capacities_are_those_of_rdkit():
    found = {symbol: capacity(symbol) for symbol in ("B", "C", "N", "[N+]", "O", "[O+]", "[O-]", "S", "P", "Cl", "I")}
    assert found == {"B": 3, "C": 4, "N": 3, "[N+]": 4, "O": 2, "[O+]": 3, "[O-]": 1, "S": 6, "P": 5, "Cl": 1, "I": 5}
    assert [capacity(symbol) for symbol in ("[Si]", "[NH+]", "[nH]", "[CH5]", "l")] == [4, 3, 2, -1, -1]


def test_demands_of_tokens():
    found = demand(read_token(")CC2)C(=O)N"))
    assert (found.before, found.left[-1], found.path) == ([0, 1, 1], 2, [4])
    assert demand(read_token("=C(")).conditions.count(("left", 0, 2)) == 1
    assert demand(read_token("=C(")).left == [2] and demand(read_token("C=1CC1")).left == [0, 2, 1]


def test_batches_are_kept_row_by_row():
    rules = TokenGrammar(MERGED, "kekule")
    texts = ["*C=1CO", "*=CC(C", "FC(F)C", "*N(CCC"]
    pieces = [_PIECE.findall(text) for text in texts]
    together, alone = rules.start(4), [rules.start(1) for _ in texts]
    for position in range(6):
        ids = torch.tensor([MERGED.index(row[position]) for row in pieces])
        together.advance(ids)
        for one, token in zip(alone, ids, strict=True):
            one.advance(token[None])
    together.keep(torch.tensor([3, 0]))
    logits = torch.zeros(2, len(MERGED))
    assert torch.equal(together.mask(logits, 100), torch.cat([alone[i].mask(logits[:1], 100) for i in (3, 0)]))


def test_bonds_of_merged_tokens_are_needed_as_tokens():
    with pytest.raises(OptionError, match="="):
        TokenGrammar([*SPECIAL, "C", "*", "(", ")", "C=C"], "kekule")
