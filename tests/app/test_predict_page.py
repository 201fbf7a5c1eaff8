"""The Predict page: names, units and files become predictions; every bad row is explained; nothing typed is lost."""

import csv
import io
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from streamlit.runtime.pages_manager import PagesManager

from polydesign.chem.common import find
from polydesign.chem.notation.identity import chain_key
from polydesign.engine.predict.export import to_csv
from polydesign.ui.predict import form as predict_form
from polydesign.ui.predict import link as predict_link
from tests.unit.engine.fakes import CarbonModel, FakeSession

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 300
MIXED = (
    "id,psmiles,note\n1,*CC(*)c1ccccc1,a\n2,,b\n3,not a polymer,c\n4,*C(*)(*)*,d\n5,*" + "C" * 9998 + "*,e\n"
    "6,PEEK,Ö\n7,*CCO*,f\n"
).encode("latin-1")


def texts(elements) -> str:
    return "\n".join(element.value for element in elements).replace("\\", "")  # what the reader sees


@pytest.fixture
def open_page(open_app, monkeypatch):
    """Return a function that goes to the page as a visitor does, by a link when polymers are given.

    Each run of the test harness forgets that the app has its own navigation, as only a new server does.
    """
    started = PagesManager.__init__

    def start(self, *args, **more):
        started(self, *args, **more)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", start)

    def open_(**parameters):
        app = open_app().switch_page("pages/predict.py")
        for name, value in parameters.items():
            app.query_params[name] = value
        return app.run()

    return open_


@pytest.fixture
def predict():
    """Return a function that presses Predict and looks again until the answer is there."""

    def predict_(app):
        app.button(key="predict").click().run()
        deadline = time.monotonic() + SECONDS
        while (job := app.session_state["predict.job"]) is not None:
            assert job.wait(deadline - time.monotonic()), "the prediction did not end"
            app.run()
        return app

    return predict_


def type_in(app, text):
    return app.text_area(key=predict_form.TEXT).set_value(text).run()


def upload(app, content, name="polymers.csv"):
    app.segmented_control(key=predict_form.SOURCE).set_value(predict_form.UPLOADED).run()
    return app.file_uploader[0].set_value((name, content, "text/csv")).run()


def test_the_empty_page_is_light(toy_checkpoints):
    program = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        "before = set(sys.modules)\n"
        "app = AppTest.from_file('app.py', default_timeout=120).run().switch_page('pages/predict.py').run()\n"
        "app.text_area(key='predict.text').set_value('PEEK\\nkaptn').run()\n"
        "assert not app.exception, app.exception\n"
        "heavy = {'torch', 'rdkit', 'pandas', 'pyarrow', 'sklearn', 'py3Dmol'}\n"
        "print(sorted(heavy & (set(sys.modules) - before)))\n"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, env=os.environ)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip().splitlines()[-1] == "[]"


def test_a_new_server_that_is_asked_for_this_page_first_shows_it_inside_the_app(open_app):
    app = open_app().switch_page("pages/predict.py").run()
    assert not app.exception
    assert PagesManager.uses_pages_directory is False
    assert app.text_area(key=predict_form.TEXT).value == ""
    assert "pd-title" in texts(app.html) and ".pd-near" in texts(app.html)  # the app's style sheet


def test_nothing_can_be_predicted_before_something_is_given(open_page):
    app = open_page()
    assert not app.exception
    assert app.button(key="predict").disabled
    assert "Nothing to predict yet" in texts(app.markdown)
    type_in(app, "PEEK")
    assert not app.button(key="predict").disabled
    assert "1 polymer: PEEK" in texts(app.markdown)


def test_unknown_names_are_seen_while_typing(open_page):
    app = type_in(open_page(), "PEEK\nkaptn\n*CC*")
    assert "Line 2" in texts(app.warning) and "oxydiphenylene pyromellitimide" in texts(app.warning)
    assert not app.button(key="predict").disabled


@pytest.mark.parametrize("name", predict_form.EXAMPLES)
def test_examples_fill_the_form_with_known_polymers(open_page, name):
    app = open_page()
    next(button for button in app.button if button.label == name).click().run()
    assert not app.exception and not app.warning
    assert app.text_area(key=predict_form.TEXT).value == predict_form.EXAMPLES[name]


def test_a_common_polymer_is_added_by_search(open_page):
    app = type_in(open_page(), "PMMA")
    app.selectbox(key=predict_form.SEARCH).set_value(find("Kevlar")).run()
    assert app.text_area(key=predict_form.TEXT).value == "PMMA\nPPTA"
    assert app.selectbox(key=predict_form.SEARCH).value is None


def test_a_name_becomes_a_prediction_with_reasons_and_neighbours(open_page, predict):
    app = predict(type_in(open_page(), "PEEK"))
    assert not app.exception and not app.error
    page = texts(app.html)
    assert "Poly(ether ether ketone)" in page
    assert "Glass transition temperature" in page and "checker" in page and "in domain" in page
    assert "Nearest common polymers" in page and "same chain" in page and "<td>143</td>" in page
    assert "benzene ring" in page and "carbonyl" in page
    answer = app.session_state["predict.answer"]
    assert f"{answer.prediction(0, 'tg_exp_c').mean:.0f}</strong>" in page
    assert app.query_params["polymer"] in ("PEEK", ["PEEK"])
    assert not app.dataframe  # one polymer needs no table


def test_atoms_are_coloured_by_the_property_that_is_chosen(open_page, predict):
    app = predict(type_in(open_page(), "PEEK"))
    first = texts(app.html)
    app.selectbox(key="predict.atoms").set_value("perm_o2_exp_barrer").run()
    assert not app.exception
    second = texts(app.html)
    assert "raises Tg" in first and "raises P(O₂)" in second
    assert "× " in second  # a factor, on a logarithmic scale


def test_polyethylene_has_no_piece_to_single_out(open_page, predict):
    app = predict(type_in(open_page(), "PE"))
    assert not app.exception
    assert "no atom can be singled out" in texts(app.caption)


def test_many_polymers_make_a_table_and_a_choice(open_page, predict):
    app = predict(type_in(open_page(), "PS\nPEEK my best\n*CC(*)C my label\nfoo\n*CCO*"))
    assert not app.exception
    table = app.dataframe[-1].value
    assert list(table["row"]) == [1, 3, 5]
    assert list(table["polymer"]) == ["Polystyrene", "my label", "Poly(ethylene oxide)"]
    assert table["structure"].str.startswith("data:image/svg+xml;base64,").all()
    assert re.match(r"PS 1.00 \(Tg 100 °C, .*\), ", table["nearest"].iloc[0])
    assert {"tg_exp_c", "tg_exp_c_lo80", "tg_exp_c_hi80", "tg_exp_c_checker", "in_domain"} <= set(table)
    bad = app.dataframe[0].value
    assert list(bad["row"]) == [2, 4]
    app.selectbox(key="predict.sort").set_value("Glass transition temperature, lowest first").run()
    values = app.dataframe[-1].value["tg_exp_c"]
    assert values.is_monotonic_increasing and values.iloc[0] < values.iloc[-1]


def test_the_shown_properties_are_chosen_and_remembered(open_page, predict):
    app = predict(type_in(open_page(), "PS\nPMMA"))
    app.multiselect(key=predict_link.SHOWN).set_value(["eps_dft", "selectivity_co2_n2_exp"]).run()
    assert not app.exception
    assert {"eps_dft", "selectivity_co2_n2_exp"} <= set(app.dataframe[-1].value)
    assert "tg_exp_c" not in app.dataframe[-1].value
    assert app.query_params["show"] == ["eps_dft", "selectivity_co2_n2_exp"]
    app.multiselect(key=predict_link.SHOWN).set_value([]).run()
    assert not app.exception


def test_a_link_fills_the_form_and_shows_the_properties(open_page, predict):
    app = open_page(polymer=["PEEK", "*CC(*)C with a label"], show=["eps_dft", "nonsense", "tg_exp_c"])
    assert app.text_area(key=predict_form.TEXT).value == "PEEK\n*CC(*)C with a label"
    assert app.session_state[predict_link.SHOWN] == ["tg_exp_c", "eps_dft"]
    assert "polymer=PEEK&polymer=%2ACC" in texts(app.code)
    assert not predict(app).exception
    assert list(app.dataframe[-1].value["polymer"]) == ["Poly(ether ether ketone)", "with a label"]


def test_a_long_list_stays_out_of_the_address(open_page, predict):
    app = type_in(open_page(), "\n".join(f"*{'C' * n}O*" for n in range(1, 70)))
    assert not app.code
    predict(app)
    assert "polymer" not in app.query_params
    assert len(app.dataframe[-1].value) == 50  # the first page
    app.pagination[0].set_value(2).run()
    assert not app.exception
    assert list(app.dataframe[-1].value["row"]) == list(range(51, 70))


def test_a_file_with_bad_rows_is_predicted_and_every_row_explained(open_page, predict):
    app = predict(upload(open_page(), MIXED))
    assert not app.exception and not app.error
    assert app.selectbox[0].value == "psmiles"
    assert list(app.dataframe[0].value["row"]) == [3, 4, 5, 6]
    reasons = " ".join(app.dataframe[0].value["reason"])
    assert all(words in reasons for words in ("is empty", "no common polymer", "four attachment", "10,000 characters"))
    assert list(app.dataframe[-1].value["row"]) == [2, 7, 8]
    assert "Latin-1" in texts(app.info)
    page = texts(app.html)
    assert "<b>7</b><span>rows" in page and "<b>3</b><span>predicted" in page
    rows = list(csv.DictReader(io.StringIO(to_csv(app.session_state["predict.answer"]).decode())))
    assert [row["id"] for row in rows] == list("1234567")
    assert rows[5]["note"] == "Ö"


def test_a_file_without_polymers_and_one_that_is_no_table_are_explained(open_page):
    app = upload(open_page(), b"id,value\n1,2\n")
    assert "Choose one" in texts(app.warning)
    assert app.button(key="predict").disabled
    app = upload(open_page(), b"PK\x03\x04", "table.csv")
    assert "Excel" in texts(app.error)
    app = upload(open_page(), b"", "table.csv")
    assert "empty" in texts(app.error)


def test_the_wrong_column_is_reported_row_by_row(open_page, predict):
    app = upload(open_page(), b"psmiles,note\n*CC*,something\n*CO*,else\n")
    app.selectbox[0].set_value("note").run()
    predict(app)
    assert "Nothing could be predicted" in texts(app.info)
    assert list(app.dataframe[0].value["row"]) == [2, 3]


def test_a_stopped_run_keeps_what_it_has_and_all_that_was_typed(open_page, monkeypatch):
    reached, released = threading.Event(), threading.Event()

    class Slow(CarbonModel):
        def predict(self, psmiles, *, should_stop=None, **more):
            if should_stop is not None and self.asked:  # the second piece
                reached.set()
                assert released.wait(SECONDS)
            return super().predict(psmiles, should_stop=should_stop, **more)

    session = FakeSession(None, guide=Slow(), checker=CarbonModel())
    monkeypatch.setattr("polydesign.ui.predict.run.session", lambda: session)
    monkeypatch.setattr("polydesign.ui.predict.polymer.session", lambda: session)
    monkeypatch.setattr("polydesign.engine.predict.batch.PIECE", 2)
    app = type_in(open_page(), "*CO*\nnonsense\n*CCO*\n*CCCO*\n*CCCCO*\n*CCCCCO*")
    app.button(key="predict").click().run()
    assert reached.wait(SECONDS)
    app.run()
    assert app.button(key="predict").disabled
    app.button(key="predict.stop").click().run()
    released.set()
    assert app.session_state["predict.job"].wait(SECONDS)
    app.run()
    assert not app.exception and not app.error
    assert "Stopped early" in texts(app.warning)
    assert list(app.session_state["predict.answer"].table["status"]) == ["ok", "error", "ok", *["stopped"] * 3]
    assert list(app.dataframe[0].value["row"]) == [2, 4, 5, 6]
    assert app.text_area(key=predict_form.TEXT).value.count("\n") == 5
    assert not app.button(key="predict").disabled


def test_another_request_is_said_to_be_another_and_nothing_typed_is_lost(open_page, predict):
    app = predict(type_in(open_page(), "PMMA"))
    type_in(app, "PMMA\nPEEK")
    assert "earlier request" in texts(app.caption)
    app.switch_page("pages/design.py").run()
    app.switch_page("pages/predict.py").run()
    assert not app.exception
    assert app.text_area(key=predict_form.TEXT).value == "PMMA\nPEEK"
    assert "Poly(methyl methacrylate)" in texts(app.html)


def test_a_missing_model_is_explained_and_the_text_stays(open_page, predict, toy_checkpoints):
    (toy_checkpoints / "guide").unlink()
    app = predict(type_in(open_page(), "PEEK"))
    assert "There is no guide" in texts(app.error)
    assert app.text_area(key=predict_form.TEXT).value == "PEEK"


def test_nothing_typed_becomes_markup(open_page, predict):
    text = "*CC* <img src=x onerror=alert(1)>*a*"
    app = predict(type_in(open_page(), text))
    assert not app.exception
    assert "<img src=x" not in texts(app.html)
    assert "&lt;img src=x" in texts(app.html)


def test_predictions_are_starred_one_by_one_or_a_page_at_once(open_page, predict):
    app = predict(type_in(open_page(), "PEEK\nPVC\nnonsense"))
    app.button(key="star.predict").click().run()
    assert not app.exception
    (entry,) = app.session_state["shortlist"].values()
    answer = app.session_state["predict.answer"]
    assert entry.chain_key == chain_key(find("PEEK").psmiles) and entry.origin == "Predict page"
    assert entry.predictions["tg_exp_c"] == answer.prediction(0, "tg_exp_c") and entry.checker and entry.sa_score > 1
    assert app.button(key="star.predict").label == "Shortlisted"
    assert app.button(key="star.predict.page").label == "Shortlist these 2"
    app.button(key="star.predict.page").click().run()
    assert [found.psmiles for found in app.session_state["shortlist"].values()] == answer.table["psmiles"][:2].tolist()
    assert app.session_state["shortlist"][chain_key("*CC(*)Cl")].predictions["tg_exp_c"] == answer.prediction(
        1, "tg_exp_c"
    )
    assert "1 new on the shortlist" in texts(app.toast)
    app.button(key="star.predict").click().run()
    assert list(app.session_state["shortlist"]) == [chain_key("*CC(*)Cl")]
