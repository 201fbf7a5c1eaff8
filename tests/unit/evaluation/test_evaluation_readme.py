import json
import math
import re
from pathlib import Path

import pytest

from polydesign.core.errors import DataError
from polydesign.evaluation.readme import read_tables, update_readme
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
    assert update_readme(readme, tmp_path / "results")
    text = readme.read_text()
    assert "75.0 %" in text and "25.0 %" not in text and "old" not in text
    assert text.startswith("# Title\n\n<!-- table:toy -->\n|")
    assert text.endswith("\n- Counted by hand.\n- Seed 7; an abacus; 2026-01-02.\n<!-- /table -->\n\nAfter.\n")
    assert not update_readme(readme, tmp_path / "results")  # nothing left to change


def test_a_marker_without_results_is_named(tmp_path, readme):
    readme.write_text("<!-- table:other -->\n<!-- /table -->\n")
    write_results([result("2026-01-01")], tmp_path / "results" / "a.json")
    with pytest.raises(DataError, match=r"other.*toy"):
        update_readme(readme, tmp_path / "results")


def test_a_marker_without_partner_is_named(tmp_path, readme):
    readme.write_text("<!-- table:toy -->\nno end\n")
    write_results([result("2026-01-01")], tmp_path / "results" / "a.json")
    with pytest.raises(DataError, match="partner"):
        update_readme(readme, tmp_path / "results")


def test_an_unclosed_table_does_not_swallow_the_next_one(tmp_path, readme):
    readme.write_text("<!-- table:toy -->\nno end\n<!-- table:toy -->\n<!-- /table -->\n")
    write_results([result("2026-01-01")], tmp_path / "results" / "a.json")
    with pytest.raises(DataError, match="partner"):
        update_readme(readme, tmp_path / "results")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 99, "runs": []}'])
def test_a_file_that_is_no_result_is_named(tmp_path, readme, content):
    folder = tmp_path / "results"
    folder.mkdir()
    (folder / "bad.json").write_text(content)
    with pytest.raises(DataError, match=r"bad\.json"):
        update_readme(readme, folder)


def test_an_empty_folder_says_what_to_do(tmp_path, readme):
    with pytest.raises(DataError, match="--json"):
        update_readme(readme, tmp_path)


def test_the_format_is_written(tmp_path):
    write_results([result("2026-01-01")], tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text())["format"] == FORMAT


ROOT = Path(__file__).resolve().parents[3]
CARDS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "checkpoints").glob("*/README.md"))]


@pytest.mark.parametrize("path", CARDS, ids=lambda path: str(path.relative_to(ROOT)))
def test_readme_and_cards_of_this_repository_show_what_the_result_files_say(path):
    tables = read_tables(sorted((ROOT / "benchmarks" / "results").glob("*.json")))
    marked = re.findall(r"<!-- table:([\w-]+) -->\n(.*?)<!-- /table -->", path.read_text(), re.DOTALL)
    assert {name: body.rstrip("\n") for name, body in marked} == {name: tables.get(name, "") for name, _ in marked}
