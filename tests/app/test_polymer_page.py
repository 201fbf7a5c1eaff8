"""The Polymer page: one polymer from its address, everything that is known of it, and a sentence for what is none."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from streamlit.runtime.pages_manager import PagesManager

from polydesign.ui.parts import polymer_view

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 300


def texts(elements) -> str:
    return "\n".join(element.value for element in elements).replace("\\", "")  # what the reader sees


@pytest.fixture
def open_page(open_app, monkeypatch):
    """Return a function that goes to the page by a link, and waits for the predictions."""
    started = PagesManager.__init__

    def start(self, *args, **more):
        started(self, *args, **more)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", start)

    def open_(psmiles=None):
        app = open_app().switch_page("pages/polymer.py")
        if psmiles is not None:
            app.query_params["psmiles"] = psmiles
        app.run()
        deadline = time.monotonic() + SECONDS
        while "polymer.job" in app.session_state and (job := app.session_state["polymer.job"]) is not None:
            assert job.wait(deadline - time.monotonic()), "the prediction did not end"
            app.run()
        return app

    return open_


def test_a_link_shows_everything_about_the_polymer(open_page):
    app = open_page("*OCCOC(=O)c1ccc(C(*)=O)cc1")
    assert not app.exception and not app.error
    page = texts(app.html) + texts(app.markdown)
    assert "Poly(ethylene terephthalate)" in page
    assert "polyester" in page and "Polycondensation" in page and "OCCO" in page
    assert "Toy n-gram" in page
    assert "Glass transition temperature" in page and "checker" in page and "same chain" in page
    assert "Rotatable bonds" in page
    copied = [code.value for code in app.code]
    assert "*OCCOC(=O)c1ccc(C(*)=O)cc1" in copied
    assert any(len(text) == 27 and text.count("-") == 2 for text in copied)  # the InChIKey
    assert [button.label for button in app.get("download_button")] == ["SVG", "3D SDF", "3D PDB", "3D XYZ"]


def test_a_name_serves_too(open_page):
    app = open_page("PTFE")
    assert not app.exception and not app.error
    assert "Polytetrafluoroethylene" in texts(app.html)


@pytest.mark.parametrize(
    ("given", "reason"),
    [("CCO", "attachment points"), ("kaptn", "did you mean"), ("<b>*x*</b>", "does not belong")],
)
def test_a_bad_address_gets_a_sentence_and_an_example(open_page, given, reason):
    app = open_page(given)
    assert not app.exception
    assert reason in texts(app.error) + texts(app.info)
    assert "*CC(*)c1ccccc1" in texts(app.info)
    assert app.text_input(key="psmiles").value == given


def test_without_a_polymer_the_page_says_what_to_type_and_is_light(toy_checkpoints):
    program = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        "before = set(sys.modules)\n"
        "app = AppTest.from_file('app.py', default_timeout=120).run().switch_page('pages/polymer.py').run()\n"
        "assert not app.exception and not app.error, app.exception\n"
        "assert 'PEEK' in app.info[0].value\n"
        "heavy = {'torch', 'rdkit', 'pandas', 'pyarrow', 'sklearn', 'py3Dmol'}\n"
        "print(sorted(heavy & (set(sys.modules) - before)))\n"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, env=os.environ)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip().splitlines()[-1] == "[]"


def test_a_chain_that_no_rule_knows_is_said_to_have_no_known_route(open_page):
    app = open_page("*[Si](C)(C)C*")
    assert not app.exception
    assert "No known route" in texts(app.markdown)


def test_the_address_of_a_polymer_can_be_read_back():
    assert polymer_view.address("*C#CC=C*") == "polymer?psmiles=%2AC%23CC%3DC%2A"
