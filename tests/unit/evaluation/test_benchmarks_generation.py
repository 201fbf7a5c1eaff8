"""Seconds for 100 valid new polymers: counted until they are there, honest when they are not."""

import math

import numpy as np
import pytest

from benchmarks import generation, speed
from polydesign import store
from polydesign.evaluation.comparison import PACE, pace
from polydesign.evaluation.scoreboard import scoreboard
from tests.unit.engine.fakes import FakeSession, ToldGenerator

NONE_KNOWN = np.zeros(0, dtype=np.uint32)


def chains(n):
    return ["*" + "C" * (i + 1) + "O*" for i in range(n)]


def test_sampling_goes_on_until_there_are_enough_different_new_ones(monkeypatch):
    monkeypatch.setattr(generation, "N", 10)
    turn = generation.gather(FakeSession(ToldGenerator(chains(40)), known=NONE_KNOWN), None, 0)
    assert turn.usable >= 10 and turn.valid == turn.generated and turn.seconds > 0


@pytest.mark.parametrize(("strings", "known"), [(["*CC*"], NONE_KNOWN), (chains(40), None)])
def test_too_few_or_unknown_novelty_is_no_figure(monkeypatch, strings, known):
    monkeypatch.setattr(generation, "N", 10)
    monkeypatch.setattr(generation, "BUDGET", 100)
    turn = generation.gather(FakeSession(ToldGenerator(strings), known=known), None, 0)
    assert math.isnan(turn.seconds) and turn.generated <= 100


def test_every_installed_generator_is_a_row_of_the_scoreboard(toy_checkpoints, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(generation, "N", 5)
    monkeypatch.setattr(generation, "BUDGET", 250)
    assert speed.main(["--generators", "--repeats", "2", "--json", str(tmp_path / "generation.json")]) == 0
    assert "| Toy n-gram `ngram` |" in capsys.readouterr().out
    sections, problems = scoreboard(tmp_path)
    assert problems == []
    (section,) = [section for section in sections if section.tables]
    assert section.task == PACE
    figure = pace(sections)["ngram"]
    assert figure.n == 2 and figure.low <= figure.value <= figure.high
    (row,) = section.tables[0].table.rows
    assert (row.checkpoint, row.sha256, row.origin) == ("ngram", store.find("ngram").sha256, "installed")
