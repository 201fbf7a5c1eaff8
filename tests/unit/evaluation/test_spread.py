"""Checkpoints that differ in their seed alone are told together, and no others."""

import math
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from polydesign.evaluation.result import Column, Manifest, Result, Row, Table
from polydesign.evaluation.spread import NOTE, over_trainings
from polydesign.evaluation.statistics import Figure


@dataclass
class Trained:
    """What is asked of a checkpoint."""

    id: str
    seed: int
    width: int = 8
    family: str = "charrnn"

    @property
    def config(self) -> dict[str, Any]:
        return {"config": {"d_model": self.width}}

    @property
    def record(self):
        return SimpleNamespace(seed=self.seed)


def result(checkpoint, value, variant=""):
    own = Row({"valid": Figure(value, 100)}, "CharRNN", checkpoint.id, "sha", "installed", variant=variant)
    rows = [own, Row({"valid": Figure(1.0, 5)}, "real ones")]
    manifest = Manifest(n=100, checkpoint=checkpoint.id, seconds=3.0)
    return Result("moses", [Table("moses", "100 samples", (Column("valid", "valid"),), rows)], ["By hand."], manifest)


def together(*trained, values=(0.2, 0.4, 0.6)):
    return over_trainings([result(t, v) for t, v in zip(trained, values, strict=False)], trained)


def test_mean_and_standard_deviation_of_three_trainings():
    found = together(Trained("a", 0), Trained("b", 1), Trained("c", 2))
    (row,) = found.tables[0].rows
    assert row.name == "CharRNN, 3 trainings" and (row.origin, row.checkpoint) == ("reference", "")
    figure = row.figures["valid"]
    assert (figure.value, figure.n) == (pytest.approx(0.4), 3)
    assert (figure.low, figure.high) == (pytest.approx(0.2), pytest.approx(0.6))
    assert NOTE in found.notes and found.manifest.checkpoint == "" and found.manifest.n == 100
    assert Result.from_dict(found.to_dict()).tables[0].rows[0].variant == "3 trainings"


def test_other_settings_the_same_seed_and_one_alone_do_not_go_together():
    assert together(Trained("a", 0)) is None
    assert together(Trained("a", 0), Trained("b", 1, width=16)) is None
    assert together(Trained("a", 0), Trained("b", 0)) is None
    assert together(Trained("a", 0), Trained("b", 1, family="gruvae")) is None


def test_a_figure_that_one_lacks_is_of_the_others():
    runs = [result(Trained("a", 0), 0.2), result(Trained("b", 1), math.nan)]
    runs[1].tables[0].rows[0].figures.pop("valid")
    (row,) = over_trainings(runs, [Trained("a", 0), Trained("b", 1)]).tables[0].rows
    assert row.figures["valid"].value == 0.2 and math.isnan(row.figures["valid"].low)
