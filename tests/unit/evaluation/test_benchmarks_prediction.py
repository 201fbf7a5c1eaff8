"""What the measurements of prediction rest on: no polymer twice, and the memory of all processes."""

import os
import subprocess
import sys

import pytest

from benchmarks import prediction
from benchmarks.memory import peak_megabytes, resident_megabytes
from polydesign.core.errors import DataError


def test_the_memory_of_what_a_process_starts_counts():
    large = "held = bytearray(b'x') * 300_000_000; import time; time.sleep(1)"
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {large!r}])"
    with subprocess.Popen([sys.executable, "-c", program]) as process:
        assert 300 < peak_megabytes(process) < 500
    assert resident_megabytes(os.getpid()) > 5
    assert resident_megabytes(process.pid) == 0


def test_batches_follow_each_other(monkeypatch):
    asked = []
    monkeypatch.setattr(prediction, "Session", lambda: None)
    monkeypatch.setattr(prediction, "_predicted", lambda polymers, session: asked.append(list(polymers)))
    assert len(prediction.seconds(list("abcdef"), [2, 3])) == 2
    assert asked[1:] == [["a", "b"], ["c", "d", "e"]]


def test_sizes_that_the_polymers_do_not_fill_are_left_out(monkeypatch):
    calls = []
    monkeypatch.setattr(prediction, "_apart", lambda file, sizes: calls.append(sizes) or ([2.0, 1.0], 400.0))
    rows = prediction.measure([f"*{'C' * n}*" for n in range(1, 2001)])
    assert calls == [[1000, 1000], [1000]]
    assert [row.figures["ours"].value for row in rows] == [1.0, 1000.0, 2.0, 400.0]


def test_polymers_are_distinct_and_valid():
    class Repeating:
        def sample(self, targets, n, *, seed):
            return [f"*{'C' * (1 + seed % 3)}*", "no polymer"] * n

    assert prediction.distinct_polymers(Repeating(), 3, 0) == ["*C*", "*CC*", "*CCC*"]
    with pytest.raises(DataError, match="Only 3 distinct"):
        prediction.distinct_polymers(Repeating(), 4, 0)
