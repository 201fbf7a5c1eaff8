"""Rows end on their own and keep their place; what is drawn is what temperature, nucleus and special tokens allow."""

import pytest
import torch

from polydesign.core.errors import Stopped
from polydesign.data.encodings.tokenizer import END_ID
from polydesign.writing.rows import framed, padded
from polydesign.writing.sampling import Writing, nucleus, sample_sequences


class Counting:
    """Row k writes token 4 + k % 3 as often as `lengths` says, then ends; it watches that rows keep their identity."""

    def __init__(self, lengths):
        self.lengths, self.rows, self.written = lengths, torch.arange(len(lengths)), 0

    def keep(self, rows):
        self.rows = self.rows[rows]

    def step(self, tokens):
        assert len(tokens) == len(self.rows)
        logits = torch.full((len(tokens), 7), -30.0)
        for i, row in enumerate(self.rows.tolist()):
            logits[i, END_ID if self.written >= self.lengths[row] else 4 + row % 3] = 30.0
        self.written += 1
        return logits


class Same:
    """Says the same at every step."""

    def __init__(self, logits):
        self.logits = torch.tensor(logits)

    def keep(self, rows):
        pass

    def step(self, tokens):
        return self.logits.expand(len(tokens), -1).clone()


def writing(**settings):
    return Writing(torch.Generator().manual_seed(0), **settings)


def test_nucleus_keeps_the_smallest_sufficient_set():
    logits = torch.tensor([[0.5, 0.3, 0.15, 0.05]]).log()
    assert torch.isfinite(nucleus(logits, 0.79)).tolist() == [[True, True, False, False]]
    assert torch.isfinite(nucleus(logits, 0.01)).tolist() == [[True, False, False, False]]
    assert torch.equal(nucleus(logits, 1.0), logits)


def test_rows_end_on_their_own_and_keep_their_place():
    assert sample_sequences(Counting([3, 0, 5, 1]), 4, 9, writing()) == [[4] * 3, [], [6] * 5, [4]]


def test_rows_that_never_end_are_cut():
    assert sample_sequences(Counting([99]), 1, 4, writing()) == [[4] * 4]


def test_padding_start_and_unknown_are_never_drawn():
    rows = sample_sequences(Same([9.0, 9.0, 0.0, 9.0, 0.0, 0.0]), 200, 6, writing())
    assert {token for row in rows for token in row} == {4, 5}


def test_temperature_zero_takes_the_most_probable_and_the_nucleus_leaves_out_the_rest():
    logits = [0.0, 0.0, -30.0, 0.0, 1.0, 1.5]
    assert sample_sequences(Same(logits), 3, 2, writing(temperature=0.0)) == [[5, 5]] * 3
    assert sample_sequences(Same(logits), 50, 2, writing(top_p=0.5)) == [[5, 5]] * 50
    assert {4, 5} == {token for row in sample_sequences(Same(logits), 50, 2, writing()) for token in row}


def test_it_is_asked_before_each_step_whether_to_stop():
    asked = []

    def check():
        asked.append(1)
        if len(asked) == 3:
            raise Stopped("Enough.")

    with pytest.raises(Stopped, match="Enough"):
        sample_sequences(Counting([9]), 1, 9, writing(check=check))


def test_rows_are_framed_and_padded():
    assert padded([framed([7, 8]), framed([])]).tolist() == [[1, 7, 8, 2], [1, 2, 0, 0]]
