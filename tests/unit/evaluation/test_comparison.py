"""Every generator is a row, whoever measured it; what is not measured, old, foreign or published says so."""

import csv
import io
import json
from pathlib import Path

from polydesign import store
from polydesign.evaluation import comparison, plotted
from polydesign.evaluation.comparison import compared, sort
from polydesign.evaluation.result import Column, Manifest, Result, Row, Table, write_results
from polydesign.evaluation.scoreboard import results_folder, scoreboard
from polydesign.evaluation.statistics import Figure, rate

MANIFEST = Manifest(date="2026-01-01", hardware="an abacus")
COLUMNS = (Column("valid", "valid", "percent", 1), Column("novel", "novel", "percent", 1))
SPREAD = {
    "asked": ["tg_exp_c"], "key": "tg_exp_c", "levels": [10, 25, 50, 75, 90], "targets": [0.0, 100.0], "n": [3, 0],
    "percentiles": [[-20.0, -10.0, 5.0, 10.0, 30.0], None],
}  # fmt: skip


def toy(figures, question="", **more) -> Row:
    sha256 = more.pop("sha256", None) or store.find("ngram").sha256
    return Row(figures, "Toy", "ngram", sha256, "installed", question, **more)


def write(folder: Path, task: str, rows: list[Row], *, columns=COLUMNS, **details):
    table = Table(task, "head", columns, rows)
    write_results([Result(task, [table], ["By hand."], MANIFEST, details)], folder / f"{task}.json")


def rows(task: str, folder: Path):
    sections, problems = scoreboard(folder)
    assert problems == []
    section = next(section for section in sections if section.task == task)
    generators = store.list_checkpoints("generator")
    return compared(section, generators, comparison.pace(sections))


def test_a_generator_without_figures_is_a_row_that_says_so(toy_checkpoints, tmp_path):
    write(tmp_path, "unconditional", [Row({"valid": rate(9, 10)}, "Other", "other", "sha", "installed")])
    (table,) = rows("unconditional", tmp_path)
    other, own = table.lines
    assert (other.kind, other.id, other.note) == ("not installed", "other", "")
    assert (own.kind, own.id, own.note) == ("installed", "ngram", "not measured")
    assert set(own.figures) == {"megabytes", "parameters"} and own.figures["megabytes"].value > 0
    (nothing,) = rows("polyinfo", tmp_path)
    assert [line.note for line in nothing.lines] == ["not measured"]
    (latent,) = rows("latent", tmp_path)
    assert [line.note for line in latent.lines] == ["has no latent space"]
    (molecules,) = rows("molecules", tmp_path)
    assert [line.note for line in molecules.lines] == ["writes repeat units"]


def test_a_generator_of_molecules_is_measured_on_molecules_alone(toy_checkpoints, tmp_path):
    path = toy_checkpoints / "ngram" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"properties": {}, "data": [{"name": "qm9"}]}))
    for task, note in (("unconditional", "writes molecules"), ("molecules", "not measured")):
        (table,) = rows(task, tmp_path)
        assert [line.note for line in table.lines] == [note]


def test_figures_of_other_weights_are_marked(toy_checkpoints, tmp_path):
    write(tmp_path, "unconditional", [toy({"valid": rate(9, 10)})])
    (table,) = rows("unconditional", tmp_path)
    assert [line.note for line in table.lines] == [""]
    write(tmp_path, "unconditional", [toy({"valid": rate(9, 10)}, sha256="another")])
    (table,) = rows("unconditional", tmp_path)
    assert [line.note for line in table.lines] == ["measured on earlier weights"]


def test_published_rows_and_other_methods_stand_beside_and_are_no_generator_of_ours(toy_checkpoints, tmp_path):
    write(tmp_path, "descriptors", [toy({"valid": rate(9, 10)}), Row({}, "retrieval")])
    (table,) = rows("descriptors", tmp_path)
    kinds = {line.row.name: line.kind for line in table.lines}
    assert kinds == {"Toy `ngram`": "installed", "retrieval": "reference", "PolyTAO": "published"}
    assert "200,000" in table.lines[-1].note


def test_speed_and_size_stand_beside_the_figures_of_every_task(toy_checkpoints, tmp_path):
    write(tmp_path, "unconditional", [toy({"valid": rate(9, 10)})])
    write(tmp_path, "generation", [toy({"new_seconds": Figure(2.5, 3, 2.0, 3.0)})])
    (table,) = rows("unconditional", tmp_path)
    given = ["training_minutes", "parameters", "megabytes", "new_seconds"]
    assert [column.key for column in table.columns] == ["valid", "novel", *given]
    assert table.lines[0].figures["new_seconds"] == Figure(2.5, 3, 2.0, 3.0)


def test_what_a_model_was_given_stands_beside_its_figures(toy_checkpoints, tmp_path):
    path = toy_checkpoints / "ngram" / "config.json"
    config = json.loads(path.read_text())
    path.write_text(json.dumps(config | {"trained": {"minutes": 12.5}}))
    checkpoint = store.find("ngram")
    shapes = [tensor.shape.numel() for tensor in checkpoint.weights().values()]
    assert checkpoint.n_parameters == sum(shapes) > 0
    write(tmp_path, "unconditional", [toy({"valid": rate(9, 10)})])
    (line,) = rows("unconditional", tmp_path)[0].lines
    assert (line.figures["training_minutes"].value, line.figures["parameters"].value) == (12.5, sum(shapes))
    old, here = (Table("t", "head", COLUMNS, [toy({}, sha256=sha256)]) for sha256 in ("another", None))
    assert comparison.on_equal_footing(old, [checkpoint]) == old
    shown = comparison.on_equal_footing(here, [checkpoint])
    assert shown.columns == (*COLUMNS, *comparison.FOOTING) and "| 12 |" in shown.markdown()


def test_lines_are_sorted_by_a_figure_with_the_unknown_last_or_by_question(toy_checkpoints, tmp_path):
    names = ("Tg: A `a`", "Egc: A `a`", "Tg: B `b`", "Egc: B `b`")
    figures = (0.2, 0.9, None, 0.5)
    measured = [
        Row({} if f is None else {"valid": Figure(f, 3)}, label, label.lower(), "sha", "installed", question)
        for label, question, f in zip("AABB", ("Tg", "Egc") * 2, figures, strict=True)
    ]
    write(tmp_path, "properties", measured)
    lines = [line for line in rows("properties", tmp_path)[0].lines if line.id != "ngram"]
    assert [line.row.name for line in sort(lines, None)] == [names[i] for i in (0, 2, 1, 3)]
    assert [line.row.name for line in sort(lines, COLUMNS[0])] == [names[i] for i in (1, 3, 0, 2)]
    assert [line.row.name for line in sort(lines, COLUMNS[0], largest_first=False)] == [names[i] for i in (0, 3, 1, 2)]


def test_csv_has_every_figure_with_its_n_and_interval(toy_checkpoints, tmp_path):
    write(tmp_path, "unconditional", [toy({"valid": Figure(0.9, 10, 0.8, 1.0), "novel": Figure(1, 0)})])
    found = list(csv.DictReader(io.StringIO(comparison.to_csv(rows("unconditional", tmp_path)))))
    assert [row["figure"] for row in found] == ["valid", "novel", "megabytes", "parameters"]
    first = {key: found[0][key] for key in ("row", "checkpoint", "kind", "value", "n", "low", "high")}
    assert first == {"row": "Toy `ngram`", "checkpoint": "ngram", "kind": "installed", "value": "0.9", "n": "10",
                     "low": "0.8", "high": "1.0"}  # fmt: skip
    assert found[1]["low"] == ""


def test_plots_take_what_the_files_hold_and_name_who_is_missing(toy_checkpoints, tmp_path):
    timed = {"valid": rate(9, 10), "novel": rate(8, 9), "seconds": Figure(4.0, 12)}
    columns = (*COLUMNS, Column("seconds", "s"))
    write(tmp_path, "properties", [toy(timed, "Tg"), toy(timed, "Tg", variant="no targets")],
          columns=columns, spreads=[SPREAD])  # fmt: skip
    lines = plotted.lines_of(rows("properties", tmp_path))
    ((asked, shown),) = plotted.spreads(lines).items()
    assert asked == (("tg_exp_c",), "tg_exp_c") and len(shown) == 1
    assert plotted.missing(lines, shown) == []
    table = list(csv.DictReader(io.StringIO(plotted.spreads_csv(shown))))
    assert len(table) == 10 and (table[2]["checker"], table[2]["percentile"]) == ("5.0", "50")
    assert table[5]["checker"] == "" and table[5]["n"] == "0"
    pace = plotted.lines_of(rows("generation", tmp_path))
    found = plotted.seconds(pace, lines)
    assert {what: [n.value[0].value for n in group] for what, group in found.items()} == {
        "100 distinct hits of Tg": [4.0]
    }
    assert plotted.missing(pace, ()) == ["Toy n-gram ngram"]
    assert "100 distinct hits of Tg,Tg: Toy `ngram`,4.0,12" in plotted.rates_csv(found, ("seconds",))


def test_runs_from_before_the_spreads_were_kept_have_none(toy_checkpoints, tmp_path):
    write(tmp_path, "properties", [toy({"valid": rate(9, 10)}, "Tg")])
    assert plotted.spreads(plotted.lines_of(rows("properties", tmp_path))) == {}


def test_every_shipped_generator_is_a_row_of_every_shipped_table():
    generators = store.list_checkpoints("generator")
    sections, _ = scoreboard()
    for section in sections:
        for table in compared(section, generators) if section.generators else ():
            ids = {line.id for line in table.lines}
            assert {c.id for c in generators} <= ids or ids == {""}, table.name
    written = sum(
        len(row["figures"])
        for path in results_folder().glob("unconditional*.json")
        for run in json.loads(path.read_text())["runs"]
        for table in run["tables"]
        for row in table["rows"]
    )
    (section,) = [section for section in sections if section.task == "unconditional"]
    beside = {"megabytes", *(column.key for column in comparison.FOOTING)}
    shown = [set(line.figures) - beside for table in compared(section, generators) for line in table.lines]
    assert sum(map(len, shown)) == written
