"""Strings are read once into codes, which are rows of a stream like any others."""

import numpy as np
import pytest
import torch

from polydesign.data.encodings.stream import Stream
from polydesign.training.codes import read_codes


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
def codes():
    return read_codes(Reader(), Strings(), n=100, seed=5)


def test_as_many_strings_are_read_as_are_wanted(codes):
    learnt = codes.mean[codes.split == 0]
    assert learnt[:, 0].tolist() == [5 + i // 3 for i in range(100)]
    assert 0 < codes.given.sum() < len(codes)
    assert read_codes(Reader(), Strings(), n=100, seed=5).given.tolist() == codes.given.tolist()


def test_held_out_strings_are_read_more_than_once_and_only_watched(codes):
    stream = Stream(codes, 16, 1)
    ((watched, weight),) = stream.held_out()
    assert weight == 8 and set(watched["mean"].ravel()) == {-1.0}
    batches = stream.endless(seed=0)
    assert {name: part.shape for name, part in next(batches).items()} == dict.fromkeys(
        ("mean", "log_var", "values", "given"), (16, 1)
    )
    assert all((next(batches)["mean"] >= 0).all() for _ in range(20))
