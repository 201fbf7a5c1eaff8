"""Constrained decoding: whatever the logits, what is written parses and has two stars; real polymers are never cut."""

import re

import numpy as np
import pytest
import torch
from rdkit import Chem, RDLogger

from polydesign.core.errors import OptionError
from polydesign.data.corpora.demo import demo_polymers
from polydesign.data.encodings.tokenizer import END_ID, SPECIAL, PolymerTokenizer, train_tokenizer
from polydesign.writing.grammar import clashes, read_token
from polydesign.writing.mask import TokenGrammar
from polydesign.writing.sampling import Writing, sample_sequences

RDLogger.DisableLog("rdApp.*")
BASIC = [
    *SPECIAL, "C", "N", "c", "(", ")", "=", "#", "*", "1", "2", "3", "%10", "[nH]", "Cl", "/", "[*]",
]  # fmt: skip
MERGED = [
    *BASIC, "C1", "c2", "c1ccccc1", ")cc2)cc1", "2)cc1", "F)(F)", "C(*)", "*)", "C(=O)", "CC12", "(C)(C)", "C(C(",
    ")(", "1CC1", "11", "12", "c1ccc(C2", "C=1", "=2",
]  # fmt: skip


def draw(vocabulary, n, seed, max_new=40, scale=3.0, bias=0.0):
    """Strings of random next-token logits, anew at every step."""
    noise = torch.Generator().manual_seed(seed)

    class Chance:
        def step(self, tokens):
            logits = scale * torch.randn(len(tokens), len(vocabulary), generator=noise)
            logits[:, END_ID] += bias
            return logits

        def keep(self, rows):
            pass

    writing = Writing(torch.Generator().manual_seed(seed), mask=TokenGrammar(vocabulary))
    rows = sample_sequences(Chance(), n, max_new, writing)
    return ["".join(vocabulary[i] for i in row) for row in rows], [len(row) for row in rows]


@pytest.mark.parametrize("vocabulary", [BASIC, MERGED], ids=["basic", "merged"])
@pytest.mark.parametrize("bias", [0.0, -50.0], ids=["free", "never ends by itself"])
def test_random_logits_write_strings_that_parse_with_two_stars(vocabulary, bias):
    for seed in range(3):
        strings, lengths = draw(vocabulary, 300, seed, bias=bias)
        for text in strings:
            molecule = Chem.MolFromSmiles(text, sanitize=False)
            assert molecule is not None, text
            stars = [atom for atom in molecule.GetAtoms() if atom.GetAtomicNum() == 0]
            assert len(stars) == 2 and all(atom.GetDegree() == 1 for atom in stars), text
            assert "." not in text
        assert max(lengths) < 40  # all have ended, none was cut
        assert len(set(strings)) > 250
        assert np.mean(["(" in text for text in strings]) > 0.3 and np.mean(["1" in text for text in strings]) > 0.2


def test_very_little_room_is_enough_or_used_up():
    for max_new in (24, 30, 60):
        strings, _ = draw(MERGED, 200, 1, max_new=max_new, bias=-50.0)
        assert all(Chem.MolFromSmiles(text, sanitize=False) is not None and text.count("*") == 2 for text in strings)


@pytest.mark.parametrize("opening", ["1", "1("], ids=["in the chain", "before a branch"])
def test_a_forgotten_ring_number_closes_around_little(opening):
    vocabulary = [*SPECIAL, "C", "(", ")", "=", "#", "*", "1"]
    rules = TokenGrammar(vocabulary)
    constraint, room, text, token = rules.start(1), 120, "", -1
    for piece in ["*", "C", *opening]:
        constraint.advance(torch.tensor([vocabulary.index(piece)]))
    while token != END_ID:
        wished = torch.zeros(1, len(vocabulary))
        wished[0, vocabulary.index("C")] = 9.0  # this network only ever writes carbon
        token = int(constraint.mask(wished, room).argmax())
        constraint.advance(torch.tensor([token]))
        text, room = text + vocabulary[token] * (token != END_ID), room - 1
    molecule = Chem.MolFromSmiles("*C" + opening + text)
    assert [len(ring) <= 36 for ring in Chem.GetSymmSSSR(molecule)] == [True], text
    assert text.count("*") == 1 and room >= 0


def test_real_polymers_may_be_written_as_they_are():
    polymers = demo_polymers()
    for vocab_size in (40, 200):
        tokenizer = PolymerTokenizer(train_tokenizer(polymers, vocab_size, min_frequency=1), "smiles")
        rules = TokenGrammar(tokenizer.vocabulary)
        for text, ids in zip(polymers, tokenizer.encode(polymers), strict=True):
            constraint = rules.start(1)
            for token in [*ids, END_ID]:
                allowed = constraint.mask(torch.zeros(1, len(tokenizer.vocabulary)), 500) > -torch.inf
                assert allowed[0, token], (text, tokenizer.vocabulary[token])
                constraint.advance(torch.tensor([token]))


def may_follow(prefix, token):
    """Whether a token may follow tokens that are written one by one."""
    constraint = TokenGrammar(MERGED).start(1)
    for text in prefix:
        constraint.advance(torch.tensor([MERGED.index(text)]))
    allowed = constraint.mask(torch.zeros(1, len(MERGED)), 500)[0] > -torch.inf
    return bool(allowed[END_ID if token == "<end>" else MERGED.index(token)])


@pytest.mark.parametrize(
    ("prefix", "token", "expected"),
    [
        ([], "(", False), ([], "*", True), ([], ")", False), ([], "=", False), ([], "1", False),
        (["C"], ")", False), (["C", "("], ")", False), (["C", "(", "C"], ")", True), (["C", "(", "C"], "<end>", False),
        (["C", "="], "=", False), (["C", "="], "1", True), (["C", "(", "="], "1", False),
        (["C", "(", "C", ")"], "1", False), (["C", "(", "C", ")"], "(", True),
        (["C", "1"], "1", False), (["C", "1", "C"], "1", False), (["C", "1", "C", "C"], "1", True),
        (["C", "1", "(", "C", ")", "C"], "1", False), (["C", "1", "C", "(", "C", ")", "C"], "1", True),
        (["C", "1", "2", "C", "C", "1"], "2", False), (["C", "1", "C", "2", "C", "C", "1"], "2", True),
        (["C", "1", "2", "C", "C"], "12", False), (["C", "1", "2", "C", "C", "1", "C"], "2", True),
        (["C"], "11", False),
        (["C", "1"], "C1", False), (["C", "1", "C"], "C1", True), (["C", "1", "(", "C"], ")cc2)cc1", False),
        (["*"], "*", False), (["*"], "(", False), (["*", "C"], "*", True), (["*", "C", "(", "*"], "C", False),
        (["*", "C", "*"], "<end>", True), (["*", "C", "*"], "C", False), (["*", "C", "1", "C", "C"], "*", False),
        (["C"], "*", False), (["*", "C", "(", "*", ")", "C"], "*", False), (["C", "(", "C", "("], "*)", True),
        (["*", "C", "(", "*", ")"], "<end>", True), (["*", "C", "=",], "<end>", False),
    ],
)  # fmt: skip
def test_what_may_follow(prefix, token, expected):
    assert may_follow(prefix, token) == expected


def test_masks_of_a_batch_are_those_of_its_rows():
    rules = TokenGrammar(MERGED)
    strings, _ = draw(BASIC, 20, 5)
    pieces = [re.findall(r"\[.*?\]|Cl|%10|.", text) for text in strings]
    ids = [[MERGED.index(piece) for piece in row] for row in pieces]
    ids = [row[:6] for row in ids if len(row) >= 6]
    together = rules.start(len(ids))
    alone = [rules.start(1) for _ in ids]
    for position in range(6):
        together.advance(torch.tensor([row[position] for row in ids]))
        for row, one in zip(ids, alone, strict=True):
            one.advance(torch.tensor([row[position]]))
    rows = torch.arange(len(ids))[::2]
    together.keep(rows)
    logits = torch.zeros(len(rows), len(MERGED))
    expected = torch.cat([alone[i].mask(logits[:1], 100) for i in rows])
    assert len(ids) > 3 and torch.equal(together.mask(logits, 100), expected)


def test_what_is_allowed_keeps_its_logits():
    rules = TokenGrammar(BASIC)
    logits = torch.randn(3, len(BASIC))
    masked = rules.start(3).mask(logits, 100)
    assert torch.equal(masked[masked > -torch.inf], logits[masked > -torch.inf])


def test_molecules_have_no_stars_and_selfies_only_count_them():
    molecules = [text for text in BASIC if "*" not in text]
    strings, _ = draw(molecules, 100, 0)
    assert all(Chem.MolFromSmiles(text, sanitize=False) is not None for text in strings)
    rules = TokenGrammar([*SPECIAL, "[C]", "[At]", "[Branch1]", "[C][At]"], "selfies")
    constraint = rules.start(1)
    for token in (5, 4):
        constraint.advance(torch.tensor([token]))
    allowed = (constraint.mask(torch.zeros(1, 8), 100)[0] > -torch.inf).tolist()
    assert allowed == [False, False, False, False, True, True, True, True]
    constraint.advance(torch.tensor([7]))
    allowed = (constraint.mask(torch.zeros(1, 8), 100)[0] > -torch.inf).tolist()
    assert allowed == [False, False, True, False, True, False, True, False]


def test_a_vocabulary_that_cannot_complete_strings_is_refused():
    with pytest.raises(OptionError, match="Switch the option off"):
        TokenGrammar([*SPECIAL, "C", "*", "C1", "(", ")"])


def test_tokens_are_taken_apart():
    token = read_token(")cc2)cc1")
    assert (token.closed, token.pushed, token.atoms, token.last) == (2, [], 4, 3)
    assert token.rings == [(2, 1, 0), (1, 3, 2)] and clashes(token) == []
    assert clashes(read_token("2)cc1")) == [("last", 2, 0)] and clashes(read_token("C1")) == [("near", 1, 0)]
    assert clashes(read_token(")C1")) == [("near", 1, 1)]
    assert clashes(read_token("c1ccccc1")) == [("near", 1, 0)]
