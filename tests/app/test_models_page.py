"""The Models page: all cards and figures, what is altered, and a scoreboard that teaches what is missing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import constants
from streamlit.runtime.pages_manager import PagesManager

from polydesign.commands import publish
from polydesign.store import hub
from polydesign.ui.models import list as model_list
from tests.unit.store.hub_server import HubServer

ROOT = Path(__file__).resolve().parents[2]


def texts(elements) -> str:
    return "\n".join(element.value for element in elements).replace("\\", "")  # what the reader sees


@pytest.fixture
def open_page(open_app, monkeypatch):
    """Return a function that goes to the page as a visitor does."""
    started = PagesManager.__init__

    def start(self, *args, **more):
        started(self, *args, **more)
        PagesManager.uses_pages_directory = False  # as on any server after its first page

    monkeypatch.setattr(PagesManager, "__init__", start)

    def open_(**parameters):
        app = open_app().switch_page("pages/models.py")
        for name, value in parameters.items():
            app.query_params[name] = value
        return app.run()

    return open_


def go(app, page: str) -> None:
    """Go to another page, which a browser does with an empty address."""
    app.query_params.clear()
    app.switch_page(f"pages/{page}.py").run()


def spoil(folder: Path, name: str) -> None:
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


def test_the_page_is_light(toy_checkpoints):
    program = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        "before = set(sys.modules)\n"
        "app = AppTest.from_file('app.py', default_timeout=120).run().switch_page('pages/models.py').run()\n"
        "assert not app.exception, app.exception\n"
        "app.segmented_control(key='view').set_value('Scoreboard').run()\n"
        "assert not app.exception, app.exception\n"
        "heavy = {'torch', 'rdkit', 'pandas', 'pyarrow', 'sklearn', 'scipy'}\n"
        "print(sorted(heavy & (set(sys.modules) - before)))\n"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, env=os.environ)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip().splitlines()[-1] == "[]"


def test_every_model_is_listed_and_one_is_shown_with_its_facts(open_page):
    app = open_page()
    assert not app.exception and not app.error
    assert app.radio(key=model_list.CHOSEN).options == ["Toy n\\-gram", *app.radio(key=model_list.CHOSEN).options[1:]]
    assert len(app.radio(key=model_list.CHOSEN).options) == 3
    page = texts(app.html)
    assert "<b>Toy n-gram</b>" in page and "files verified" in page and "apache-2.0" in page
    assert "Properties" in texts(app.markdown) and "table:" not in texts(app.markdown)


def test_the_guide_shows_its_card_figures_and_data(open_page):
    app = open_page()
    app.radio(key=model_list.CHOSEN).set_value("guide").run()
    assert not app.exception and not app.error
    page = texts(app.html)
    metrics = json.loads((ROOT / "checkpoints/guide/metrics.json").read_text())
    assert f"<td>{metrics['test']['tg_exp_c']['r2']:.4g}</td>" in page
    assert "Glass transition temperature" in page and "80 % interval holds" in page
    data = json.loads((ROOT / "checkpoints/guide/config.json").read_text())["data"]
    assert all(entry["name"] in page and entry["sha256"] in page for entry in data)
    assert "Where it fails" in texts(app.markdown)


def test_a_link_opens_one_model_and_nonsense_opens_the_first(open_page):
    assert open_page(model="checker").radio(key=model_list.CHOSEN).value == "checker"
    app = open_page(model="nonsense", view="nonsense")
    assert not app.exception
    assert app.radio(key=model_list.CHOSEN).value == "ngram"
    assert "asks for nonsense" in texts(app.warning)
    app.radio(key=model_list.CHOSEN).set_value("guide").run()
    assert not app.warning and app.query_params["model"] in ("guide", ["guide"])


def test_an_altered_model_says_so(open_page, toy_checkpoints):
    spoil(toy_checkpoints / "ngram", "known_chains.npy")
    app = open_page()
    assert "known_chains.npy" in texts(app.error)
    assert "altered: cannot be used" in texts(app.html) and "files verified" not in texts(app.html)


def test_a_broken_one_is_listed_last_with_the_reason(open_page, toy_checkpoints):
    (toy_checkpoints / "ngram" / "config.json").write_text("{")
    app = open_page(model="ngram")
    assert not app.exception
    assert "not JSON" in texts(app.error)


def test_a_card_is_no_way_in_for_html_or_pictures(open_page, toy_checkpoints):
    card = toy_checkpoints / "ngram" / "README.md"
    card.write_text("<script>alert(1)</script>\n\n![spy](https://example.org/spy.png)\n")
    app = open_page()
    shown = [element for element in app.markdown if "alert(1)" in element.value]
    assert shown and not any(element.allow_html for element in shown)
    assert "![" not in texts(app.markdown) and "[spy](https://example.org/spy.png)" in texts(app.markdown)
    assert "<script" not in texts(app.html)


def test_the_scoreboard_shows_the_result_files(open_page):
    app = open_page(view="Scoreboard")
    assert not app.exception and not app.error
    page = texts(app.html)
    run = json.loads((ROOT / "benchmarks/results/common.json").read_text())["runs"][-1]
    row = run["tables"][0]["rows"][0]
    assert f"{row['question']}: {row['label']}" in page and f"{row['figures']['r2']['value']:.3f}" in page
    assert "<code>polygpt</code>" not in page  # generators stand on the Compare page


def test_what_is_not_measured_is_taught(open_page, monkeypatch, tmp_path):
    monkeypatch.setattr("polydesign.evaluation.scoreboard.results_folder", lambda: tmp_path)
    (tmp_path / "broken.json").write_text("{")
    app = open_page(view="Scoreboard")
    assert not app.exception
    assert "Not measured yet" in texts(app.info)
    assert "--task predictors --json benchmarks/results/predictors.json" in texts(app.code)
    assert "broken.json" in texts(app.error)


def test_without_any_model_the_page_says_what_to_do(open_page, toy_checkpoints, monkeypatch, tmp_path):
    app = open_page()
    monkeypatch.setenv("POLYDESIGN_CHECKPOINTS", str(tmp_path / "none"))
    app.run()
    assert not app.exception
    assert "no model on this machine" in texts(app.info)


@pytest.fixture
def published(toy_generator, monkeypatch, tmp_path):
    """A Hub on this machine that holds the toy as lab/ngram; gives the commit."""
    server = HubServer()
    server.uploads.writers["hf_token"] = ("lab",)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("HF_ENDPOINT", server.endpoint)
    monkeypatch.setenv("HF_TOKEN", "hf_token")
    assert publish.main([str(toy_generator), "lab/ngram"]) == 0
    yield server.repositories["lab/ngram"].commit
    server.shutdown()
    server.server_close()


def test_what_was_published_is_loaded_shown_and_removed_again(open_page, published, tmp_path):
    app = open_page()
    assert "model.remove" not in {button.key for button in app.button}  # what is embedded belongs to the app
    app.text_input(key="hub.repository").set_value("lab/ngram").run()
    app.button(key="hub.load").click().run()
    name, chooser = f"lab/ngram@{published}", app.radio(key=model_list.CHOSEN)
    assert not app.exception and not app.error and chooser.value == name
    assert "Hub cache" in texts(app.html) and "files verified" in texts(app.html)
    assert f"revision {published}" in texts(app.code)
    go(app, "design")
    app.selectbox(key="generator").set_value(name).run()
    go(app, "models")
    app.radio(key=model_list.CHOSEN).set_value(name).run()
    app.button(key="model.remove").click().run()
    assert not app.exception and not app.error and not app.warning
    assert "is removed" in texts(app.toast)
    assert app.radio(key=model_list.CHOSEN).value == "ngram" and name not in app.radio(key=model_list.CHOSEN).options
    assert not list((tmp_path / "hub").glob("models--lab--ngram/snapshots/*"))
    go(app, "design")
    assert app.selectbox(key="generator").value == "ngram" and not app.warning


def test_a_broken_one_in_the_cache_can_be_removed(open_page, published, tmp_path):
    hub.download("lab/ngram")
    (tmp_path / "hub" / "models--lab--ngram" / "snapshots" / published / "model.safetensors").unlink()
    app = open_page(model=f"lab/ngram@{published}")
    assert "model.safetensors is missing" in texts(app.error)
    app.button(key="model.remove").click().run()
    assert not app.exception and not app.error and app.radio(key=model_list.CHOSEN).value == "ngram"
