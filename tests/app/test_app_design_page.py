"""The Design page: every field reaches the request, every error is explained, and nothing typed is lost."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.runtime.pages_manager import PagesManager

from polydesign.core.properties import PROPERTIES
from polydesign.core.request import DesignRequest, Filters
from polydesign.core.targets import Target
from polydesign.ui.request import form
from polydesign.ui.request.examples import EXAMPLES
from polydesign.ui.request.link import encode
from polydesign.ui.request.rules import SUBSTRUCTURES

ROOT = Path(__file__).resolve().parents[2]


def texts(elements) -> str:
    return "\n".join(element.value for element in elements)


def switch_on(app, key, number=None, mode="value"):
    app.toggle(key=form.field(key, "on")).set_value(True).run()
    if mode != "value":
        app.segmented_control(key=form.field(key, "mode")).set_value(mode)
    if number is not None:
        app.number_input(key=form.field(key, "number")).set_value(number)
    return app.run()


def test_the_first_page_needs_neither_torch_nor_rdkit_nor_pandas(toy_checkpoints):
    program = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        "before = set(sys.modules)\n"
        "app = AppTest.from_file('app.py', default_timeout=120).run()\n"
        "assert not app.exception, app.exception\n"
        "assert app.button(key='generate')\n"
        "heavy = {'torch', 'rdkit', 'pandas', 'pyarrow', 'sklearn', 'py3Dmol'}\n"
        "print(sorted(heavy & (set(sys.modules) - before)))\n"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, env=os.environ)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip().splitlines()[-1] == "[]"


def test_there_is_a_row_for_every_property_of_the_checkpoint_and_all_are_off(open_app, toy_checkpoints):
    app = open_app()
    assert not app.exception
    config = json.loads((toy_checkpoints / "ngram" / "config.json").read_text())
    for key in config["properties"]:
        assert app.toggle(key=form.field(key, "on")).value is False
        assert app.toggle(key=form.field(key, "on")).label.replace("\\", "") == PROPERTIES[key].label
    assert [box.label for box in app.expander[:4]] == ["Thermal", "Electronic", "Gas permeability", "Structure"]


def test_slider_number_mode_tolerance_and_weight_make_the_target(open_app):
    app = switch_on(open_app(), "tg_exp_c")
    app.slider(key="target.tg_exp_c.slider").set_value(180.0).run()
    assert app.number_input(key="target.tg_exp_c.number").value == 180.0
    app.number_input(key="target.tg_exp_c.tolerance").set_value(15.0)
    app.number_input(key="target.tg_exp_c.weight").set_value(2.0).run()
    assert "target=tg_exp_c%3D180%3A15%402" in texts(app.code)
    app.segmented_control(key="target.tg_exp_c.mode").set_value("minimum").run()
    assert "target=tg_exp_c%3E%3D180%402" in texts(app.code)
    app.number_input(key="target.tg_exp_c.number").set_value(123.4).run()
    assert app.slider(key="target.tg_exp_c.slider").value == pytest.approx(123.4, abs=2)
    assert "tg_exp_c%3E%3D123.4%402" in texts(app.code)


def test_a_logarithmic_property_has_a_logarithmic_slider(open_app):
    app = switch_on(open_app(), "perm_o2_exp_barrer")
    slider = app.select_slider(key="target.perm_o2_exp_barrer.slider")
    slider.set_value(100.0).run()
    assert "perm_o2_exp_barrer%3D100%3A0.3" in texts(app.code)
    app.number_input(key="target.perm_o2_exp_barrer.number").set_value(-1.0).run()
    assert "above zero" in texts(app.error)
    assert app.button(key="generate").disabled


def test_switching_off_means_dont_care_and_forgets_nothing(open_app):
    app = switch_on(open_app(), "tg_exp_c", 210.0, "minimum")
    app.toggle(key="target.tg_exp_c.on").set_value(False).run()
    assert "target=" not in texts(app.code)
    app.toggle(key="target.tg_exp_c.on").set_value(True).run()
    assert "tg_exp_c%3E%3D210" in texts(app.code)


def test_a_number_beyond_the_data_is_allowed_with_a_warning(open_app):
    app = switch_on(open_app(), "tg_exp_c", 420.0)
    assert "outside the middle 98 %" in texts(app.warning)
    assert not app.button(key="generate").disabled
    assert "tg_exp_c%3D420" in texts(app.code)


@pytest.mark.parametrize(("number", "message"), [(-400.0, "impossible"), (1e6, "out of reach")])
def test_an_impossible_number_is_explained_and_stays(open_app, number, message):
    app = switch_on(open_app(), "tg_exp_c", number)
    assert message in texts(app.error)
    assert app.number_input(key="target.tg_exp_c.number").value == number
    assert app.button(key="generate").disabled


def test_contradictory_targets_are_explained(open_app):
    app = open_app(target=["RingCount<=1", "NumAromaticRings>=3"])
    assert app.toggle(key="target.RingCount.on").value
    assert "no slider for: Aromatic rings" in texts(app.info)


def test_generate_shows_counts_reasons_and_ranked_cards(open_app, finish):
    app = switch_on(open_app(), "RingCount", 2.0)
    app.number_input(key="n").set_value(20).run()
    finish(app)
    assert not app.exception
    assert not app.error
    result = app.session_state["run.answer"]
    assert result.request.targets == {"RingCount": Target(value=2.0, tolerance=0.5)}
    page = texts(app.html)
    assert f"<b>{result.counts['generated']:,}</b>" in page
    assert all(word in page for word in ("generated", "valid", "unique", "new", "kept", "P(all)", "SA "))
    assert sum(result.rejected.values()) > 0
    assert all(reason in page.replace("&#x27;", "'") for reason in result.rejected)
    assert result.candidates[0].psmiles in page
    assert app.query_params["target"] == "RingCount=2:0.5"
    assert "earlier request" not in texts(app.caption)
    app.number_input(key="target.RingCount.number").set_value(3.0).run()
    assert "earlier request" in texts(app.caption)


def test_sort_filter_and_views_show_the_same_candidates(open_app, finish):
    app = open_app(n="20", generator="ngram")
    finish(app)
    result = app.session_state["run.answer"]
    app.selectbox(key="results.sort").set_value("Easiest to make (SA)").run()
    easiest = min(result.candidates, key=lambda c: c.sa_score)
    cards = [text.value for text in app.html if "pd-psmiles" in text.value]
    assert easiest.psmiles in cards[0]
    app.text_input(key="results.text").set_value("no such text").run()
    assert "No candidate passes" in texts(app.info)
    app.text_input(key="results.text").set_value("").run()
    app.segmented_control(key="results.view").set_value("Table").run()
    table = app.dataframe[0].value
    assert sorted(table["psmiles"]) == sorted(c.psmiles for c in result.candidates)
    assert table["structure"].str.startswith("data:image/svg+xml;base64,").all()
    app.segmented_control(key="results.view").set_value("Map").run()
    assert not app.exception


def test_a_candidate_opens_at_large(open_app, finish):
    app = open_app(n="5", generator="ngram")
    finish(app)
    app.button(key="open-1").click().run()
    assert not app.exception
    assert app.session_state["run.answer"].candidates[0].psmiles in texts(app.code)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.name)
def test_an_example_fills_in_its_request(open_app, example):
    app = open_app()
    next(button for button in app.button if button.label == example.name).click().run()
    assert not app.exception
    for key, target in example.request.targets.items():
        if app.session_state[form.field(key, "on")] and key in ("tg_exp_c", "egc_dft_ev"):
            mode = next(name for name in form.MODES if getattr(target, name) is not None)
            assert app.number_input(key=form.field(key, "number")).value == target.central
            assert app.session_state[form.field(key, "mode")] == mode
    filters = example.request.filters
    assert tuple(app.multiselect(key="keep").value) == filters.must_contain
    assert app.toggle(key="pfas_free").value == filters.pfas_free
    assert app.number_input(key="max_atoms").value == filters.max_atoms
    assert not app.error


def test_named_substructures_are_sound_patterns():
    from polydesign.chem.filters import compile_filters

    for pattern in SUBSTRUCTURES:
        compile_filters(Filters(must_contain=(pattern,)))


def test_a_bad_pattern_is_explained_and_stays(open_app):
    app = open_app(keep=["C(("], target=["tg_exp_c=150:10"])
    assert "C((" in texts(app.error).replace("\\", "")
    assert app.button(key="generate").disabled
    assert app.multiselect(key="keep").value == ["C(("]
    assert app.number_input(key="target.tg_exp_c.number").value == 150.0
    app.multiselect(key="keep").set_value([]).run()
    assert not app.error
    assert not app.button(key="generate").disabled


def test_a_link_restores_the_whole_request(open_app):
    request = DesignRequest(
        "ngram",
        {
            "tg_exp_c": Target(value=180.0, tolerance=15.0, weight=2.0),
            "egc_dft_ev": Target(minimum=4.0),
            "perm_o2_exp_barrer": Target(maximum=3.0),
        },
        n=30,
        seed=7,
        options={"temperature": 0.8},
        filters=Filters(("[#6](=O)[#7][#6](=O)",), ("[F]",), ("Cl", "Br"), 40, True, False),
        steering="select",
    )
    app = open_app(**encode(request))
    assert not app.exception
    assert not app.warning
    again = form_request(app)
    assert again == request


def test_a_link_without_a_generator_restores_the_rest(open_app):
    app = open_app(target=["tg_exp_c=150:10"], n="30", seed="7", steering="select")
    assert not app.exception and not app.warning
    request = form_request(app)
    assert (request.checkpoint, request.n, request.seed, request.steering) == ("ngram", 30, 7, "select")
    next(button for button in app.button if button.label == EXAMPLES[0].name).click().run()
    assert (form_request(app).n, form_request(app).seed) == (30, 7)  # an example says nothing of these


def form_request(app) -> DesignRequest:
    """Return the request that the page's own link stands for."""
    from urllib.parse import parse_qs, urlsplit

    from polydesign.ui.request.link import decode

    request, problems = decode(parse_qs(urlsplit(texts(app.code)).query))
    assert problems == []
    return DesignRequest.from_dict({**request.to_dict(), "options": {k: float(v) for k, v in request.options.items()}})


def test_a_damaged_link_says_what_failed_and_keeps_the_rest(open_app):
    app = open_app(
        generator="ngram", target=["tg_exp_c=150:10", "<script>alert(1)</script>"], n="x", option=["temperature=99"]
    )
    assert not app.exception
    warning = texts(app.warning).replace("\\", "")
    assert "could not be read" in warning
    assert "<script>alert(1)</script>" in warning
    assert "'n' must be a whole number" in warning
    assert "temperature must lie between" in warning
    assert app.number_input(key="target.tg_exp_c.number").value == 150.0
    next(button for button in app.button if button.label == "Dismiss").click().run()
    assert not app.warning


def test_a_link_to_a_generator_that_is_not_here_keeps_the_request(open_app):
    app = open_app(generator="owner/name", revision="abc123", target=["tg_exp_c=150:10"])
    assert "owner/name" in texts(app.warning).replace("\\", "")
    assert app.text_input(key="hub.repository").value == "owner/name"
    assert app.text_input(key="hub.revision").value == "abc123"
    assert app.number_input(key="target.tg_exp_c.number").value == 150.0
    assert app.selectbox(key="generator").value == "ngram"


def test_loading_from_the_hub_is_tried_only_when_asked_and_explains_failure(open_app):
    app = open_app()
    app.text_input(key="hub.repository").set_value("not a repository").run()
    assert not app.error
    app.button(key="hub.load").click().run()
    assert "not a repository on the Hub" in texts(app.error).replace("\\", "")
    assert app.text_input(key="hub.repository").value == "not a repository"


def test_altered_weights_are_refused_and_the_page_goes_on(open_app, finish, toy_checkpoints):
    weights = toy_checkpoints / "ngram" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    app = switch_on(open_app(), "RingCount", 1.0)
    finish(app)
    assert "cut off" in texts(app.error)
    assert app.number_input(key="target.RingCount.number").value == 1.0
    assert not app.button(key="generate").disabled


def test_a_broken_checkpoint_is_named_beside_the_sound_ones(open_app, toy_checkpoints):
    (toy_checkpoints / "halfway").mkdir()
    (toy_checkpoints / "halfway" / "config.json").write_text('{"format": 1')
    app = open_app()
    assert "halfway cannot be used" in texts(app.warning)
    assert app.selectbox(key="generator").value == "ngram"


def test_without_any_generator_the_page_says_what_to_do(open_app, monkeypatch, tmp_path):
    monkeypatch.setenv("POLYDESIGN_CHECKPOINTS", str(tmp_path / "none"))
    app = open_app()
    assert not app.exception
    assert "no generator on this machine" in texts(app.error)
    assert app.text_input(key="hub.repository")


def test_an_unforeseen_error_in_the_engine_loses_nothing(open_app, finish, monkeypatch):
    from polydesign.ui.parts import run

    def fail(*_, **__):
        raise RuntimeError("secret path /home/someone")

    monkeypatch.setattr(run, "design", fail)
    app = switch_on(open_app(), "RingCount", 1.0)
    finish(app)
    assert app.error
    assert "secret" not in texts(app.error)
    assert app.number_input(key="target.RingCount.number").value == 1.0


def test_options_come_from_the_family(open_app):
    app = open_app()
    temperature = app.slider(key="option.ngram.temperature")
    assert (temperature.min, temperature.max, temperature.value) == (0.0, 2.0, 1.0)
    temperature.set_value(0.5).run()
    assert "option=temperature%3D0.5" in texts(app.code)


def test_a_generator_of_molecules_is_none_for_polymers(open_app, toy_checkpoints, monkeypatch):
    folder = toy_checkpoints / "small"
    shutil.copytree(toy_checkpoints / "ngram", folder)
    config = json.loads((folder / "config.json").read_text())
    named = {"id": "small", "label": "Small molecules", "properties": {}, "trained": {"corpus": {"corpus": "qm9"}}}
    (folder / "config.json").write_text(json.dumps(config | named))
    app = open_app(generator="small", target=["tg_exp_c=150:10"])
    assert not app.exception
    assert app.selectbox(key="generator").options == ["Toy n-gram"]
    assert "small, which writes molecules" in texts(app.warning)
    monkeypatch.setattr(PagesManager, "uses_pages_directory", False)
    app.switch_page("pages/models.py").run()
    assert "Small molecules" in app.radio(key="models.chosen").options
    app.radio(key="models.chosen").set_value("small").run()
    assert "Molecule generator" in texts(app.html) and not app.get("page_link")
