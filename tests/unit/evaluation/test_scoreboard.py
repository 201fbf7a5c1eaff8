"""The scoreboard has the tables of the documents, says what is missing, and survives a broken file."""

import json
from pathlib import Path

from polydesign.evaluation.readme import measured, written
from polydesign.evaluation.result import Column, Manifest, Result, Row, Table, write_results
from polydesign.evaluation.scoreboard import GENERATOR_TASKS, results_folder, scoreboard
from polydesign.evaluation.statistics import Figure

MANIFEST = Manifest(date="2026-01-01", hardware="an abacus")


def write(folder: Path, task: str, *names: str, manifest=MANIFEST) -> None:
    column = (Column("r2", "R2"),)
    tables = [Table(name, "head", column, [Row({"r2": Figure(0.5, 3)}, "ours")]) for name in names]
    write_results([Result(task, tables, ["By hand."], manifest)], folder / f"{task}.json")


def test_what_is_not_measured_yet_is_named_with_its_command(tmp_path):
    sections, problems = scoreboard(tmp_path)
    assert problems == []
    assert [section.task for section in sections if not section.generators] == ["predictors"]
    assert {section.task for section in sections if section.generators} == set(GENERATOR_TASKS)
    assert not any(section.tables for section in sections)
    assert "evaluate guide checker --task predictors --json benchmarks/results/predictors.json" in sections[0].command


def test_tables_stand_with_their_task_and_unknown_tasks_at_the_end(tmp_path):
    write(tmp_path, "aaa", "aaa-main")
    write(tmp_path, "speed", "speed", "speed-more")
    sections, _ = scoreboard(tmp_path)
    assert [section.task for section in sections][-2:] == ["speed", "aaa"]
    speed = sections[-2]
    assert [entry.table.name for entry in speed.tables] == ["speed", "speed-more"]
    assert speed.tables[0].below == ("By hand.", "Seed 0; an abacus; 2026-01-01.")
    assert speed.tables[1].below == ("Seed 0; an abacus; 2026-01-01.",)
    assert (sections[-1].title, sections[-1].command) == ("Aaa", "")


def test_a_broken_file_hides_no_other(tmp_path):
    write(tmp_path, "speed", "speed")
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "other.json").write_text(json.dumps({"format": 99}))
    sections, problems = scoreboard(tmp_path)
    assert [section.task for section in sections if section.tables] == ["speed"]
    assert len(problems) == 2 and "broken.json" in problems[0] and "format 99" in problems[1]


def test_the_shipped_scoreboard_has_every_table_of_the_documents():
    files = sorted(results_folder().glob("*.json"))
    sections, problems = scoreboard()
    assert problems == []
    shown = {entry.table.name: entry.table.markdown() for section in sections for entry in section.tables}
    assert set(shown) == set(measured(files))
    assert all(text.startswith(shown[name]) for name, text in written(measured(files)).items())


def test_value_and_interval_come_apart():
    column = Column("r2", "R2", "percent", 1)
    assert column.parts(Figure(0.5, 3, 0.4, 0.6)) == ("50.0 %", "40.0 to 60.0")
    assert column.parts(Figure(0.5, 3)) == ("50.0 %", "")
    assert column.parts(None) == ("–", "")
