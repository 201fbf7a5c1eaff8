import json
import math
import re
from pathlib import Path

import pytest

from polydesign import store
from polydesign.core.errors import DataError
from polydesign.evaluation.documents import pages, printed, update
from polydesign.evaluation.overview import own_specs
from polydesign.evaluation.result import FORMAT, Column, Manifest, Result, Row, Table, merge_tables, write_results
from polydesign.evaluation.statistics import Figure, rate

COLUMNS = (Column("valid", "valid", "percent", 1), Column("r2", "mean R2"), Column("speed", "1/s", "count"))


def table(**figures: Figure) -> Table:
    return Table("toy", "10 samples", COLUMNS, [Row(figures, "PolyGPT | a")])


def result(date: str, **figures: Figure) -> Result:
    manifest = Manifest(date=date, seed=7, hardware="an abacus")
    return Result("toy", [table(**figures)], notes=["Counted by hand."], manifest=manifest)


def test_cells_carry_interval_and_unit_and_a_dash_for_what_is_unknown():
    lines = table(valid=rate(8, 10), r2=Figure(math.nan, 0), speed=Figure(12345.6, 1)).markdown().splitlines()
    assert lines == [
        "| 10 samples | valid | mean R2 | 1/s |",
        "|---|---:|---:|---:|",
        "| PolyGPT \\| a | 80.0 % (49.0 to 94.3) | – | 12,346 |",
    ]


def test_a_table_survives_json():
    before = table(valid=rate(8, 10), r2=Figure(math.nan, 3))
    after = Table.from_dict(json.loads(json.dumps(before.to_dict())))
    assert after.markdown() == before.markdown()
    assert math.isnan(after.rows[0].figures["r2"].value)


def test_the_newest_figures_of_a_row_win():
    merged = merge_tables([table(valid=rate(1, 2)), table(valid=rate(2, 2))])
    assert [row.figures["valid"].value for row in merged.rows] == [1.0]


@pytest.fixture
def readme(tmp_path):
    path = tmp_path / "README.md"
    path.write_text("# Title\n\n<!-- table:toy -->\nold\n<!-- /table -->\n\nAfter.\n")
    return path


def test_readme_tables_come_from_the_result_files(tmp_path, readme):
    write_results([result("2026-01-02", valid=rate(3, 4))], tmp_path / "results" / "b.json")
    write_results([result("2026-01-01", valid=rate(1, 4))], tmp_path / "results" / "c.json")
    assert update([readme], tmp_path / "results") == [readme]
    text = readme.read_text()
    assert "75.0 %" in text and "25.0 %" not in text and "old" not in text
    assert text.startswith("# Title\n\n<!-- table:toy -->\n|")
    assert text.endswith("\n- Counted by hand.\n- Seed 7; an abacus; 2026-01-02.\n<!-- /table -->\n\nAfter.\n")
    assert not update([readme], tmp_path / "results")  # nothing left to change


def test_a_marker_without_results_is_named(tmp_path, readme):
    readme.write_text("<!-- table:other -->\n<!-- /table -->\n")
    write_results([result("2026-01-01")], tmp_path / "results" / "a.json")
    with pytest.raises(DataError, match=r"other.*toy"):
        update([readme], tmp_path / "results")


def test_a_marker_without_partner_is_named(tmp_path, readme):
    readme.write_text("<!-- table:toy -->\nno end\n")
    write_results([result("2026-01-01")], tmp_path / "results" / "a.json")
    with pytest.raises(DataError, match="partner"):
        update([readme], tmp_path / "results")


def test_an_unclosed_table_does_not_swallow_the_next_one(tmp_path, readme):
    readme.write_text("<!-- table:toy -->\nno end\n<!-- table:toy -->\n<!-- /table -->\n")
    write_results([result("2026-01-01")], tmp_path / "results" / "a.json")
    with pytest.raises(DataError, match="partner"):
        update([readme], tmp_path / "results")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 99, "runs": []}'])
def test_a_file_that_is_no_result_is_named(tmp_path, readme, content):
    folder = tmp_path / "results"
    folder.mkdir()
    (folder / "bad.json").write_text(content)
    with pytest.raises(DataError, match=r"bad\.json"):
        update([readme], folder)


def test_an_empty_folder_says_what_to_do(tmp_path, readme):
    with pytest.raises(DataError, match="--json"):
        update([readme], tmp_path)


def test_the_format_is_written(tmp_path):
    write_results([result("2026-01-01")], tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text())["format"] == FORMAT


def test_a_page_that_is_not_there_is_named(tmp_path):
    write_results([result("2026-01-01")], tmp_path / "results" / "a.json")
    with pytest.raises(DataError, match=r"nowhere\.md"):
        update([tmp_path / "nowhere.md"], tmp_path / "results")


def test_the_pages_are_readme_docs_and_cards_with_the_readme_last(tmp_path):
    names = ["README.md", "docs/architecture.md", "docs/figures/speed.md", "checkpoints/toy/README.md", "NOTES.md"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert [path.relative_to(tmp_path).as_posix() for path in pages(tmp_path)] == [names[i] for i in (3, 1, 2, 0)]


ROOT = Path(__file__).resolve().parents[3]
RESULTS = ROOT / "benchmarks" / "results"
MARKED = re.compile(r"<!-- table:([\w-]+) -->\n(.*?)<!-- /table -->", re.DOTALL)


@pytest.fixture(scope="module")
def tables() -> dict[str, str]:
    return printed(RESULTS)


@pytest.mark.parametrize("path", pages(ROOT), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_page_of_this_repository_shows_what_the_command_prints(path, tables):
    marked = MARKED.findall(path.read_text())
    assert {name: body.rstrip("\n") for name, body in marked} == {name: tables.get(name, "") for name, _ in marked}


def test_every_measured_table_has_its_place_among_the_figures(tables):
    shown = [name for path in (ROOT / "docs" / "figures").glob("*.md") for name, _ in MARKED.findall(path.read_text())]
    assert sorted(shown) == sorted(set(tables) - {"models", "headline"})


def test_every_family_and_every_shipped_checkpoint_has_its_line(tables):
    shown = dict(MARKED.findall((ROOT / "docs" / "families.md").read_text()))
    for spec in own_specs():
        assert f"\n| {spec.label} |" in shown["models"] and spec.year is not None, spec.family
    for checkpoint in store.list_checkpoints():
        assert f"[`{checkpoint.id}`](../checkpoints/{checkpoint.id}/README.md)" in shown["models"]


def test_the_readme_is_short_and_has_every_shipped_generator(tables):
    text = (ROOT / "README.md").read_text()
    shown = dict(MARKED.findall(text))
    assert set(shown) == {"headline"} and len(text.splitlines()) <= 130
    for checkpoint in store.polymer_generators():
        assert f"| {checkpoint.label} `{checkpoint.id}` |" in shown["headline"]
