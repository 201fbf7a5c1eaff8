"""Rows say in fields whose figures they are; names are put together from them, and what is no row is refused."""

import json
import math
from dataclasses import replace

import pytest

from polydesign.core.errors import DataError
from polydesign.evaluation.result import (
    Column,
    Manifest,
    Result,
    Row,
    Table,
    merge_tables,
    read_results,
    write_results,
)
from polydesign.evaluation.scoreboard import results_folder
from polydesign.evaluation.statistics import Figure, rate

FIGURES = {"valid": rate(9, 10), "r2": Figure(math.nan, 0)}
OURS = Row(FIGURES, "PolyGPT", "polygpt", "abc", "installed")
FULL = replace(
    OURS, question="Tg and Egc", aspect="Tg (°C)", variant="no targets", also_trained_on=("pi1m", "smipoly"),
    settings={"temperature": 0.3, "constrained": True},
)  # fmt: skip


@pytest.mark.parametrize(
    ("row", "name"),
    [
        (OURS, "PolyGPT `polygpt`"),
        (replace(OURS, settings={"temperature": 0.3}), "PolyGPT `polygpt` (temperature 0.3)"),
        (replace(OURS, question="Tg", variant="no targets"), "Tg: PolyGPT `polygpt`, no targets"),
        (replace(OURS, question="Tg and Egc", aspect="Tg (°C)"), "Tg and Egc: Tg (°C), PolyGPT `polygpt`"),
        (replace(OURS, also_trained_on=("pi1m", "smipoly")), "PolyGPT `polygpt` (also trained on pi1m, smipoly)"),
        (Row({}, "checker", "checker", "abc", "installed", "Density"), "Density: checker"),
        (Row({}, "", "guide", "abc", "installed", "Density"), "Density"),
        (Row({}, "retrieval"), "retrieval"),
        (Row({}, address="/polymer?psmiles=*CC*"), "`/polymer?psmiles=*CC*`"),
    ],
)
def test_names_are_put_together(row, name):
    assert row.name == name and row.written() == name.replace("`", "")


def test_words_and_ids_are_written_apart():
    row = replace(OURS, label="A < B")
    assert row.written(code=lambda id: f"[{id}]", text=lambda words: words.replace("<", "&lt;")) == "A &lt; B [polygpt]"
    assert FULL.subject == "PolyGPT polygpt"


def test_rows_that_differ_in_figures_and_weights_alone_are_one_row():
    again = replace(FULL, figures={}, sha256="def")
    assert again.place == FULL.place
    for change in ({"variant": ""}, {"settings": {"temperature": 0.5}}, {"checkpoint": "other"}, {"question": "Tg"}):
        assert replace(FULL, **change).place != FULL.place
    tables = [Table("t", "head", (), [row]) for row in (FULL, OURS, again)]
    assert merge_tables(tables).rows == [again, OURS]


def test_what_can_be_compared_differs_in_the_checkpoint_alone():
    other = replace(FULL, label="PolyTAO", checkpoint="polytao")
    assert other.comparable == FULL.comparable != OURS.comparable
    assert Row({}, "retrieval").comparable != Row({}, "real polymers").comparable
    assert OURS.is_plain and not FULL.is_plain


def result(row: Row) -> Result:
    manifest = Manifest(n=10, seed=3, hardware="an abacus", date="2026-01-01", settings={"batch": 512})
    return Result("toy", [Table("toy", "head", (Column("valid", "valid", "percent"),), [row])], ["By hand."], manifest)


@pytest.mark.parametrize("row", [OURS, FULL, Row({}, "paper", origin="published", source="Somebody, 2020.")])
def test_rows_survive_a_file(row, tmp_path):
    write_results([result(row)], tmp_path / "a.json")
    (read,) = read_results(tmp_path / "a.json")
    (back,) = read.tables[0].rows
    assert back.place == row.place and (back.origin, back.sha256, back.source) == (row.origin, row.sha256, row.source)
    assert repr(back.figures) == repr(row.figures)  # NaN is not equal to itself
    assert read.manifest == result(row).manifest and read.notes == ["By hand."]


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (
            ("tables", 0, "rows", 0, "origin"),
            "hearsay",
            "must be one of installed, reference, published; got 'hearsay'",
        ),
        (("tables", 0, "rows", 0, "origin"), "reference", "when, and only when, it names a checkpoint"),
        (("tables", 0, "rows", 0, "name"), "PolyGPT `polygpt`", "a row has no field name; it may have figures, label"),
        (("tables", 0, "columns", 0, "width"), 3, "a column has no field width"),
        (("tables", 0, "caption"), "", "a table has no field caption"),
        (("manifest", "mood"), "good", "a manifest has no field mood"),
        (("details", "gossip"), [], "the details have no field gossip"),
        (("weather",), "fine", "a run has no field weather"),
    ],
)
def test_a_file_with_an_unknown_field_or_origin_is_refused_with_a_sentence(path, value, sentence, tmp_path):
    run = json.loads(json.dumps(result(OURS).to_dict()))
    place = run
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    file = tmp_path / "a.json"
    file.write_text(json.dumps({"format": 2, "runs": [run]}))
    with pytest.raises(DataError, match=sentence) as error:
        read_results(file)
    assert str(error.value).startswith(f"{file} is not a result file: ") and "Write it again" in str(error.value)


def test_a_row_without_its_origin_is_refused(tmp_path):
    run = result(OURS).to_dict()
    del run["tables"][0]["rows"][0]["origin"]
    (tmp_path / "a.json").write_text(json.dumps({"format": 2, "runs": [run]}))
    with pytest.raises(DataError, match="must state its origin"):
        read_results(tmp_path / "a.json")


def test_the_shipped_files_say_whose_weights_every_figure_is_of():
    rows = [
        row
        for path in results_folder().glob("*.json")
        for run in read_results(path)
        for table in run.tables
        for row in table.rows
    ]
    assert {row.origin for row in rows} == {"installed", "reference"}
    assert all(len(row.sha256) == 64 for row in rows if row.origin == "installed")
    assert not any("`" in row.question + row.label + row.variant + row.aspect for row in rows)
