"""The Compare page: every generator a row, plots of what is measured, and a trial on the visitor's own targets."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from streamlit.runtime.pages_manager import PagesManager

from polydesign.evaluation.result import Column, Manifest, Result, Row, Table, write_results
from polydesign.evaluation.statistics import Figure, rate

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 900  # generous for a busy machine
SPREAD = {
    "asked": ["tg_exp_c"], "key": "tg_exp_c", "levels": [10, 25, 50, 75, 90], "targets": [0.0, 100.0], "n": [3, 2],
    "percentiles": [[-20.0, -10.0, 5.0, 10.0, 30.0], [70.0, 80.0, 90.0, 100.0, 120.0]],
}  # fmt: skip


def texts(elements) -> str:
    return "\n".join(element.value for element in elements).replace("\\", "")  # what the reader sees


@pytest.fixture
def results(tmp_path, monkeypatch):
    """Result files in which one of two generators was measured."""
    folder = tmp_path / "results"
    manifest = Manifest(date="2026-01-01", hardware="an abacus", checkpoint="ngram", sha256="earlier")

    def write(task, figures, **details):
        columns = tuple(Column(key, key, "percent", 1) for key in figures)
        question = "Tg" if task == "properties" else ""
        rows = [Row(figures, "Toy", "ngram", "earlier", "installed", question=question)]
        rows += [Row({key: Figure(0.123, 7) for key in figures}, "retrieval")] if task == "unconditional" else []
        write_results([Result(task, [Table(task, "head", columns, rows)], ["By hand."], manifest, details)],
                      folder / f"{task}.json")  # fmt: skip

    write("unconditional", {"valid": rate(90, 100), "novel": rate(45, 90)})
    write("properties", {"valid": rate(9, 10), "seconds": Figure(4.0, 12)}, spreads=[SPREAD])
    write("generation", {"new_seconds": Figure(2.5, 3, 2.0, 3.0)})
    monkeypatch.setattr("polydesign.evaluation.scoreboard.results_folder", lambda: folder)
    return folder


@pytest.fixture
def open_page(open_app, toy_checkpoints, results, monkeypatch):
    """Return a function that goes to the page as a visitor does, with a second generator installed."""
    shutil.copytree(toy_checkpoints / "ngram", toy_checkpoints / "second")
    config = toy_checkpoints / "second" / "config.json"
    config.write_text(config.read_text().replace('"id": "ngram"', '"id": "second"'))
    started = PagesManager.__init__

    def start(self, *args, **more):
        started(self, *args, **more)
        PagesManager.uses_pages_directory = False  # as on any server after its first page

    monkeypatch.setattr(PagesManager, "__init__", start)

    def open_(**parameters):
        app = open_app().switch_page("pages/compare.py")
        for name, value in parameters.items():
            app.query_params[name] = value
        return app.run()

    return open_


def try_all(app):
    app.button(key="try-all").click().run()
    deadline = time.monotonic() + SECONDS
    while (job := app.session_state["trial.job"]) is not None:
        job.wait(10)  # a job that nobody looks at for long is stopped
        app.run()
        assert time.monotonic() < deadline, "the run did not end"
    return app


def test_the_page_is_light(toy_checkpoints):
    program = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        "before = set(sys.modules)\n"
        "app = AppTest.from_file('app.py', default_timeout=120).run().switch_page('pages/compare.py').run()\n"
        "assert not app.exception, app.exception\n"
        "app.segmented_control(key='chosen.part').set_value('targets').run()\n"
        "assert not app.exception, app.exception\n"
        "heavy = {'torch', 'rdkit', 'pandas', 'pyarrow', 'sklearn', 'scipy', 'plotly'}\n"
        "print(sorted(heavy & (set(sys.modules) - before)))\n"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, env=os.environ)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip().splitlines()[-1] == "[]"


def test_every_generator_is_a_row_with_its_n_and_what_is_not_measured_says_so(open_page):
    app = open_page(task="unconditional")
    assert not app.exception and not app.error
    page = texts(app.html)
    assert "90.0 %" in page and "n 100" in page and "<small>measured on earlier weights</small>" in page
    assert "<code>second</code>" in page and "<small>not measured</small>" in page
    assert '<span class="pd-mark">reference</span>' in page
    assert "2.5" in page  # the seconds stand beside the figures of every task
    app.selectbox(key="chosen.task").set_value("descriptors").run()
    assert not app.exception
    assert "--task descriptors --json" in texts(app.code)
    assert texts(app.html).count("<br><small>not measured</small>") == 2
    assert texts(app.html).count("<td><small>not measured</small></td>") == 1  # the seconds of the second
    app.selectbox(key="chosen.task").set_value("latent").run()
    assert texts(app.html).count("<small>has no latent space</small>") == 2


def test_rows_are_sorted_by_the_chosen_figure(open_page):
    app = open_page(task="unconditional")

    def order():
        page = texts(app.html)
        return sorted(("Toy <code>ngram", "retrieval", "<code>second"), key=page.index)

    app.selectbox(key="compare.sort.unconditional").set_value("valid").run()
    assert order() == ["Toy <code>ngram", "retrieval", "<code>second"]
    app.segmented_control(key="compare.largest.unconditional").set_value(False).run()
    assert not app.exception
    assert order() == ["retrieval", "Toy <code>ngram", "<code>second"]


def test_plots_show_what_is_there_and_name_the_rest(open_page):
    app = open_page(part="plots")
    assert not app.exception and not app.error
    charts = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    assert len(charts) == 3
    assert [trace["name"] for trace in charts[0]["data"] if "name" in trace] == ["within the tolerance", "Toy ngram"]
    assert charts[1]["data"][0]["x"] == [90.0] and charts[1]["data"][0]["y"] == [50.0]
    assert {trace.get("name") for trace in charts[2]["data"]} >= {"100 valid new polymers", "100 distinct hits of Tg"}
    assert "Toy n-gram second" in str(charts[2]["data"])
    assert "Not measured: Toy n-gram second" in texts(app.caption)


def test_a_plot_without_data_says_who_was_not_measured(open_page, results):
    for path in results.glob("*.json"):
        path.unlink()
    app = open_page(part="plots")
    assert not app.exception and not app.get("plotly_chart")
    assert texts(app.info).count("Not measured: Toy n-gram ngram, Toy n-gram second.") == 3
    assert "--task properties" in texts(app.code) and "benchmarks.speed --generators" in texts(app.code)


def test_a_request_of_the_design_page_goes_through_every_generator(open_page):
    app = open_page(generator="ngram", target="RingCount=1:0.5", n="4", seed="3")
    assert app.segmented_control(key="chosen.part").value == "targets"
    assert app.session_state["target.RingCount.on"] and app.session_state["n"] == 4
    try_all(app)
    assert not app.exception and not app.error
    page = texts(app.html)
    assert "<code>ngram</code>" in page and "<code>second</code>" in page
    trials = app.session_state["trial.answer"]
    assert [trial.state for trial in trials] == ["done", "done"]
    assert all(trial.figures["kept"].value == 4 and trial.request.seed == 3 for trial in trials)
    assert app.query_params["part"] in ("targets", ["targets"]) and app.query_params["n"] in ("4", ["4"])
    links = [element.proto for element in app.get("page_link")]
    assert [link.query_string for link in links if link.label == "All candidates in Design"] == [
        f"generator={id}&target=RingCount%3D1%3A0.5&n=4&seed=3" for id in ("ngram", "second")
    ]


def test_what_cannot_be_asked_for_is_said_and_not_run(open_page):
    app = open_page(target="tg_exp_c=9000")
    assert "out of reach" in texts(app.error)
    assert app.button(key="try-all").disabled


def test_without_a_generator_the_page_says_what_to_do(open_page, monkeypatch, tmp_path):
    app = open_page()
    monkeypatch.setenv("POLYDESIGN_CHECKPOINTS", str(tmp_path / "none"))
    for part in ("scoreboard", "plots", "targets"):
        app.segmented_control(key="chosen.part").set_value(part).run()
        assert not app.exception
        assert "no generator on this machine" in texts(app.info)
