"""A dictation makes any writer go on from the true tokens, and notes what it would have written."""

import pytest
import torch

from polydesign.data.encodings.tokenizer import END_ID
from polydesign.writing.dictation import Dictation, ended
from polydesign.writing.sampling import Writing, sample_sequences

A, B, C = 4, 5, 6


class Alphabet:
    """After a letter comes the next one, after C the end; the first letter is A."""

    def __init__(self, batch):
        self.batch, self.asked = batch, []

    def step(self, tokens):
        self.asked.append(tokens.tolist())
        following = torch.where(tokens < A, A, torch.where(tokens < C, tokens + 1, END_ID))
        return torch.nn.functional.one_hot(following, 8).float()

    def keep(self, rows):
        self.batch = len(rows)


def test_a_slip_does_not_carry_over():
    rows = [[A, C], [A, B, C], [B], [A, C, A, B, C]]
    dictation, alphabet = Dictation(rows), Alphabet(4)
    writing = Writing(torch.Generator(), temperature=0.0, mask=dictation)
    assert sample_sequences(alphabet, 4, 8, writing) == rows
    said = [row[: len(truth) + 1] for row, truth in zip(dictation.said.tolist(), rows, strict=True)]
    assert said == [[A, B, END_ID], [A, B, C, END_ID], [A, C], [A, B, END_ID, B, C, END_ID]]
    assert alphabet.batch < 4  # rows that have ended were dropped meanwhile


def test_what_the_network_has_no_room_for_is_never_said():
    dictation = Dictation([[A, B, C]])
    sample_sequences(Alphabet(1), 1, 2, Writing(torch.Generator(), temperature=0.0, mask=dictation))
    assert dictation.said.tolist() == [[A, B, -1, -1]]


def test_rows_have_their_ends_and_a_batch_is_all_of_them():
    assert ended([[A], [A, B]]).tolist() == [[A, END_ID, END_ID], [A, B, END_ID]]
    assert ended([[A, B, C]], 2).tolist() == [[A, B]]
    with pytest.raises(ValueError, match="2 strings are dictated; the batch has 3 rows"):
        Dictation([[A], [B]]).start(3)
