"""The Properties page: each view with the library alone, and with the runs of a session."""

import numpy as np
import pytest
from streamlit.runtime.pages_manager import PagesManager

from polydesign.core.request import DesignRequest
from polydesign.core.results import Candidate, DesignResult, Prediction
from polydesign.ui.parts import run

SECONDS = 300

VIEWS = ("Correlations", "Distributions", "Targets and results", "Compromises", "Is it possible?")


def texts(elements) -> str:
    return "\n".join(element.value for element in elements).replace("\\", "")


@pytest.fixture
def on_page(monkeypatch, tmp_path):
    monkeypatch.setenv("POLYDESIGN_DATA", str(tmp_path))
    monkeypatch.setenv("POLYDESIGN_CACHE", str(tmp_path))
    started = PagesManager.__init__

    def start(self, *args, **more):
        started(self, *args, **more)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", start)


def test_every_view_opens_with_nothing_but_the_library(on_page, open_app):
    app = open_app().switch_page("pages/properties.py")
    for view in VIEWS:
        app.query_params["show"] = view
        app.run()
        app.segmented_control(key="show").set_value(view).run()
        assert not app.exception and not app.error, view
        said = texts(app.caption) + texts(app.info) + texts(app.html)
        assert {"Correlations": "Pearson", "Distributions": "training values", "Targets and results": "Design page",
                "Compromises": "can be locked", "Is it possible?": "Nearest combinations"}[view] in said  # fmt: skip


UNITS = ("*CC*", "*CCO*", "*CC(*)C", "*CCC(=O)O*", "*CC(*)c1ccccc1", "*CCS*", "*CC(*)Cl", "*CC(*)O")


def made(request: DesignRequest) -> DesignResult:
    """A run without models: its candidates and their values depend on the seed alone."""
    rng = np.random.default_rng(request.seed)
    candidates = []
    for psmiles in rng.permutation(UNITS)[: request.n]:
        values = {
            key: float(value) for key, value in zip(("tg_exp_c", "egc_dft_ev"), rng.normal(100, 30, 2), strict=True)
        }
        predictions = {key: Prediction(value, 5.0, value - 6, value + 6, True) for key, value in values.items()}
        checker = {key: {"mean": value + 1} for key, value in values.items()}
        text = str(psmiles)
        candidates.append(Candidate(text, text, 1.0, 0.5, True, 2.0, predictions, checker))
    counts = dict.fromkeys(("generated", "parses", "valid", "unique", "kept"), len(candidates))
    manifest = {"request": request.to_dict(), "created": f"at seed {request.seed}"}
    return DesignResult(candidates, counts, {}, {"total": 0.1}, manifest)


def test_a_run_gives_a_fit_and_candidates_to_lock_and_keep(on_page, open_app, finish, monkeypatch):
    monkeypatch.setattr(run, "design", lambda request, **more: made(request))
    app = open_app(generator="ngram", target="tg_exp_c=100:40", n="6")
    finish(app)
    before = app.session_state["run.answer"]
    app.switch_page("pages/properties.py").run()
    app.segmented_control(key="show").set_value("Targets and results").run()
    assert not app.exception and "6 candidates of 1 run of" in texts(app.caption)
    app.segmented_control(key="show").set_value("Compromises").run()
    app.segmented_control(key="pareto.set").set_value("Results, predicted").run()
    assert not app.exception
    assert app.button(key="pareto.resample").disabled
    kept = before.candidates[2]
    app.session_state[f"pareto.locked.{before.manifest['created']}"] = {kept.chain_key}
    app.run()
    app.button(key="pareto.resample").click().run()
    if (job := app.session_state["run.job"]) is not None:
        assert job.wait(SECONDS)
        app.run()
    after = app.session_state["run.answer"]
    assert not app.exception
    assert after.request.seed == before.request.seed + 1
    assert after.candidates[0].psmiles == kept.psmiles and len(after.candidates) == 6
    assert after.manifest["locked"] == [kept.psmiles]
    app.segmented_control(key="show").set_value("Targets and results").run()
    assert "12 candidates of 2 runs of" in texts(app.caption) and not app.exception


def test_an_impossible_combination_is_said_to_be_one(on_page, open_app):
    app = open_app().switch_page("pages/properties.py").run()
    app.segmented_control(key="show").set_value("Is it possible?").run()
    app.multiselect(key="possible.keys").set_value(["tg_exp_c", "egc_dft_ev"]).run()
    app.segmented_control(key="possible.mode.tg_exp_c").set_value("minimum").run()
    app.number_input(key="possible.value.tg_exp_c").set_value(900.0).run()
    assert not app.exception
    assert "None of" in texts(app.warning)
