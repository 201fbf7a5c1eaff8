"""The Shortlist page: empty, filled from a run, noted, compared; and the runs that can be opened again."""

import pytest
from streamlit.runtime.pages_manager import PagesManager


def texts(elements) -> str:
    return "\n".join(element.value for element in elements).replace("\\", "")


@pytest.fixture(autouse=True)
def within_the_app(monkeypatch):
    started = PagesManager.__init__

    def start(self, *args, **more):
        started(self, *args, **more)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", start)


def test_an_empty_list_says_how_to_fill_it(open_app):
    app = open_app().switch_page("pages/shortlist.py").run()
    assert not app.exception
    assert "Press the star" in texts(app.info) and "No run yet" in texts(app.info)


def test_candidates_are_starred_noted_compared_and_runs_reopened(open_app, finish):
    app = open_app(generator="ngram", target="tg_exp_c=100:40", n="4")
    finish(app)
    app.button(key="star.card.1").click().run()
    app.button(key="star.card.2").click().run()
    assert app.button(key="star.card.1").label == "Shortlisted"
    first = app.session_state["run.answer"]
    app.number_input(key="seed").set_value(7).run()
    finish(app)
    app.switch_page("pages/shortlist.py").run()
    assert not app.exception
    listed = app.session_state["shortlist"]
    assert list(listed) == [candidate.chain_key for candidate in first.candidates[:2]]
    key = next(iter(listed))
    app.text_area(key=f"shortlist.note.{key}").set_value("**bold** <b>note</b>").run()
    assert app.session_state["shortlist"][key].note == "**bold** <b>note</b>"
    app.multiselect(key="shortlist.compare").set_value(list(listed)).run()
    assert not app.exception and "**bold** <b>note</b>" in texts(app.caption)
    assert "seed 7" in texts(app.caption) and "seed 0" in texts(app.caption)
    app.button(key=f"star.list.{key}").click().run()
    assert key not in app.session_state["shortlist"] and not app.exception
    app.button(key="runs.open.1").click().run()
    assert not app.exception
    assert app.session_state["run.answer"] is first
    assert app.number_input(key="seed").value == 0
