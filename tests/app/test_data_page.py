"""The Data page: every set at hand, any structure taken apart, whatever is typed."""

import pytest
from streamlit.runtime.pages_manager import PagesManager

from polydesign.data.sources import shelf


def texts(elements) -> str:
    return "\n".join(element.value for element in elements).replace("\\", "")  # what the reader sees


@pytest.fixture
def open_page(open_app, monkeypatch, tmp_path):
    """Return a function that goes to the page by a link, on a machine without gathered data."""
    monkeypatch.setenv("POLYDESIGN_DATA", str(tmp_path))
    monkeypatch.setenv("POLYDESIGN_CACHE", str(tmp_path))
    started = PagesManager.__init__

    def start(self, *args, **more):
        started(self, *args, **more)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", start)

    def open_(**parameters):
        app = open_app().switch_page("pages/data.py")
        for name, value in parameters.items():
            app.query_params[name] = value
        return app.run()

    return open_


def test_our_library_stands_first_with_its_licence_and_a_structure(open_page):
    app = open_page()
    assert not app.exception and not app.error
    assert app.selectbox(key="set").value == "library"
    page = texts(app.html)
    assert "Apache-2.0" in page and "polygpt" in page
    assert len(app.dataframe) == 3  # atoms, bonds, rows
    first = shelf.rows("library")["psmiles"].iloc[0]
    assert first in [code.value for code in app.code] or any("*" in code.value for code in app.code)


def test_a_link_names_set_and_structure_and_random_draws_another(open_page):
    app = open_page(set="common", structure="*CC(*)c1ccccc1")
    assert not app.exception and not app.error
    assert "*CC(*)c1ccccc1" in [code.value for code in app.code]
    app.button(key="data.random").click().run()
    drawn = app.text_input(key="structure").value
    assert not app.exception and drawn in set(shelf.rows("common")["psmiles"])


def test_search_narrows_the_table(open_page):
    app = open_page(set="common")
    app.text_input(key="data.search").set_value("nylon").run()
    assert not app.exception
    said = texts(app.caption)
    n = len(shelf.search(shelf.rows("common"), "nylon"))
    assert 0 < n < 300 and f"{n} of {len(shelf.rows('common')):,} rows" in said
    app.text_input(key="data.search").set_value("no such thing <b>*").run()
    assert not app.exception and "No row passes" in texts(app.info)


@pytest.mark.parametrize("given", ["<b>*x*</b>", "CC*", "**bold**", "C" * 100_000, "*C" + "C" * 299 + "*"])
def test_whatever_is_typed_gets_an_answer(open_page, given):
    app = open_page()
    app.text_input(key="structure").set_value(given).run()
    assert not app.exception
    assert app.text_input(key="structure").value == given
    assert bool(app.error) != given.startswith("*C")


def test_molecules_are_taken_apart_too(open_page):
    app = open_page(structure="CCO")
    assert not app.exception and not app.error
    assert "CCO" in [code.value for code in app.code]


def test_a_star_puts_the_structure_on_the_shortlist(open_page):
    app = open_page(structure="*CCO*")
    app.button(key="star.data").click().run()
    assert list(app.session_state["shortlist"]) == ["*CCO*"] or len(app.session_state["shortlist"]) == 1
    app.switch_page("pages/shortlist.py").run()
    assert not app.exception and "Data page" in texts(app.html)


def test_previous_and_next_walk_through_the_rows(open_page):
    app = open_page(set="common")
    first = app.code[0].value
    app.button(key="data.next").click().run()
    assert not app.exception and app.code[0].value != first
    app.button(key="data.previous").click().run()
    assert app.code[0].value == first
    app.button(key="data.previous").click().run()  # around the end
    assert app.code[0].value != first
    app.button(key="data.next").click().run()
    assert app.code[0].value == first
