"""Strings are read once into codes; what training draws from them repeats and can start anywhere."""

import numpy as np
import pytest
import torch

from polydesign.training.codes import CodeBatches, Codes, read_codes


class Strings:
    """Batch k holds strings of k: three to learn from in each, two to watch."""

    def endless(self, seed, start=0):
        number = start
        while True:
            yield self._batch(3, seed + number)
            number += 1

    def held_out(self):
        yield self._batch(2, -1), 8.0

    def _batch(self, rows, k):
        return {
            "tokens": np.full((rows, 4), k),
            "values": np.zeros((rows, 1), np.float32),
            "given": np.ones((rows, 1)) > 0,
        }


class Reader:
    """The code of a string is its token; one property in two is hidden."""

    def read(self, batch, generator):
        mean = batch["tokens"][:, :1].float()
        given = batch["given"] & (torch.rand(mean.shape, generator=generator) < 0.5)
        return {"mean": mean, "log_var": torch.zeros_like(mean), "values": batch["values"], "given": given}


@pytest.fixture
def batches():
    return read_codes(Reader(), Strings(), n=100, size=16, seed=5)


def test_as_many_strings_are_read_as_are_wanted(batches):
    assert len(batches.train) == 100 and batches.train.mean[:, 0].tolist() == [5 + i // 3 for i in range(100)]
    assert 0 < batches.train.given.sum() < 100
    assert read_codes(Reader(), Strings(), n=100, size=16, seed=5).train.given.tolist() == batches.train.given.tolist()


def test_batches_repeat_and_can_start_anywhere(batches):
    whole = batches.endless(seed=3)
    first = [next(whole) for _ in range(9)]
    late = batches.endless(seed=3, start=7)
    for expected in first[7:]:
        assert all(np.array_equal(expected[name], part) for name, part in next(late).items())
    assert {name: part.shape for name, part in first[0].items()} == dict.fromkeys(
        ("mean", "log_var", "values", "given"), (16, 1)
    )
    assert not np.array_equal(first[0]["mean"], first[1]["mean"])


def test_held_out_strings_are_read_more_than_once_and_watched_once(batches):
    watched = list(batches.held_out())
    assert [weight for _, weight in watched] == [8.0] and set(watched[0][0]["mean"].ravel()) == {-1.0}


def test_no_held_out_strings_are_no_batches():
    codes = Codes(*(np.zeros((4, 2), np.float32) for _ in range(3)), np.zeros((4, 2), bool))
    assert list(CodeBatches(codes, Codes(**codes.batch(np.arange(0))), 2).held_out()) == []
