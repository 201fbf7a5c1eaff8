"""The tables of the README: a dash for what nobody measured, figures of the right rows, no typed number."""

from polydesign import store
from polydesign.evaluation.overview import headline_table, models_table
from polydesign.evaluation.readme import measured
from polydesign.evaluation.result import Column, Manifest, Result, Row, Table, write_results
from polydesign.evaluation.statistics import rate

MANIFEST = Manifest(date="2026-01-01", hardware="an abacus")


def hits(tmp_path, label, id, *rows: tuple[int, dict]) -> dict:
    answers = [Row({"hits": rate(k, 10)}, label, id, "sha", "installed", "Tg", **more) for k, more in rows]
    table = Table("properties", "head", (Column("hits", "hits", "percent", 1),), answers)
    write_results([Result("properties", [table], [], MANIFEST)], tmp_path / "properties.json")
    return measured([tmp_path / "properties.json"])


def test_a_figure_is_that_of_the_very_row(toy_generator, tmp_path):
    toy = store.open_folder(toy_generator)
    own = f"{toy.label} `{toy.id}`"
    rows = (6, {}), (1, {"variant": "no targets"}), (9, {"settings": {"temperature": 0.5}})
    lines = headline_table(hits(tmp_path, toy.label, toy.id, *rows), [toy]).splitlines()
    assert lines[0] == "| generator | Tg asked: within 20 °C | Tg not asked |"
    assert lines[2].startswith(f"| {own} | 60.0 % (") and "| 10.0 % (" in lines[2] and "90.0" not in lines[2]
    assert lines[-1] == "- Seed 0; an abacus; 2026-01-01."


def test_what_nobody_measured_is_a_dash(toy_generator, tmp_path):
    toy = store.open_folder(toy_generator)
    assert headline_table(hits(tmp_path, "Another", "other", (5, {})), [toy]).splitlines()[2] == (
        f"| {toy.label} `{toy.id}` | – | – |"
    )
    (ngram,) = [line for line in models_table({}, [toy]).splitlines() if line.startswith("| N-gram |")]
    assert ngram.startswith("| N-gram | 1991 | gives likelihoods | Witten and Bell") and ngram.endswith(" MB | – |")


def test_a_property_model_is_introduced_by_chains_it_has_not_seen():
    guide = store.find("guide")
    (line,) = [line for line in models_table({}, [guide]).splitlines() if "`guide`" in line]
    tested = guide.config["metrics"]["test"]["tg_exp_c"]
    assert f"Tg: R2 {tested['r2']:.3f} on {tested['n']} held-out polymers |" in line
    assert f"predicts {len(guide.properties)} properties of polymers" in line
