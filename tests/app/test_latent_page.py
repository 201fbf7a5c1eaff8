"""The Latent space page: by its address, on a generator whose codes are known; every way, and what goes wrong."""

import csv
import io
import time

import pytest
from streamlit.runtime.pages_manager import PagesManager

from polydesign.engine.latent import map_file as latent_map_file
from polydesign.engine.latent.map import build
from polydesign.engine.latent.moves import Moves
from polydesign.ui.latent import form as latent_form
from polydesign.ui.latent import run as latent_run
from polydesign.ui.latent import view as latent_view
from tests.unit.engine.fakes import CarbonModel, FakeSession
from tests.unit.engine.latent_fakes import Counting, save_checkpoint

SECONDS = 300


def texts(elements) -> str:
    return "\n".join(element.value for element in elements).replace("\\", "")


@pytest.fixture
def models(monkeypatch):
    """The loaded models that the page finds: known codes, known predictions."""
    served = FakeSession(Counting(), family="gruvae", guide=CarbonModel(), checker=CarbonModel())
    monkeypatch.setattr(latent_run, "session", lambda: served)
    return served


@pytest.fixture
def page(open_app, toy_checkpoints, models, monkeypatch):
    """Return a function that opens the page by a link; a map lies beside the checkpoint unless `mapped` is unset."""
    started = PagesManager.__init__

    def start(self, *args, **more):
        started(self, *args, **more)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", start)

    def open_(mapped: bool = True, **parameters):
        checkpoint = save_checkpoint(toy_checkpoints)
        if mapped:
            latent_map_file.write(build(Counting(), checkpoint), checkpoint)
        app = open_app().switch_page("pages/latent.py")
        for name, value in parameters.items():
            app.query_params[name] = value
        return app.run()

    return open_


def finish(app):
    """Look again until the run is over."""
    deadline = time.monotonic() + SECONDS
    while (job := app.session_state["latent.job"]) is not None:
        assert job.wait(deadline - time.monotonic()), "the run did not end"
        app.run()
    assert not app.exception
    return app


def way(app) -> Moves:
    """Return the latest way that the page shows."""
    return next(answer for asked, answer in app.session_state["latent.kept"].items() if asked.kind == "moves")


def test_the_map_opens_by_its_address_without_a_model(page, models):
    app = page(colour="density_md_g_cm3", do="around", a="PEEK", radius="1.5", points="7")
    assert not app.exception and not app.error
    assert app.selectbox(key="chosen.colour").value == "density_md_g_cm3"
    assert app.segmented_control(key="chosen.do").value == "around"
    assert (app.text_input(key="a").value, app.number_input(key="radius").value) == ("PEEK", 1.5)
    assert app.number_input(key="points").value == 7
    assert "2,000 polymers of our library" in texts(app.caption) or "polymers of our library" in texts(app.caption)
    assert models.fake.calls == [] and models.guide().asked == []


def test_a_walk_is_drawn_with_what_is_no_repeat_unit(page):
    app = page(a="*CC*", b="*OCCCCCCOOOCCO*", steps="9")
    finish(app.button(key="latent.go").click().run())
    assert not app.error
    found = way(app)
    assert len(found) == 9 and not found.valid.all()
    said = texts(app.html) + texts(app.caption)
    assert "From Polyethylene to *OCCCCCCOOOCCO* in 9 steps" in said
    assert "no repeat unit" in said and f"{int(found.valid.sum())} of 9 points are repeat units" in said
    assert "another polymer" in texts(app.warning)
    rows = list(csv.DictReader(io.StringIO(found.to_csv())))
    assert len(rows) == 9


def test_around_and_climb_and_both_words_of_the_address(page):
    app = page(a="*CCCCCC*")
    app.segmented_control(key="chosen.do").set_value("around").run()
    assert app.query_params["do"] == "around"
    app.number_input(key="points").set_value(5).run()
    finish(app.button(key="latent.go").click().run())
    assert len(way(app)) == 6
    app.segmented_control(key="chosen.do").set_value("climb").run()
    app.selectbox(key="chosen.climb").set_value("rg_md_a").run()
    assert app.query_params["climb"] == "rg_md_a"
    assert "ridge regression" in texts(app.caption) and "R²" in texts(app.caption)
    finish(app.button(key="latent.go").click().run())
    assert way(app).climbed == "rg_md_a" and len(way(app)) == 10


def test_the_plane_of_the_first_two_coordinates_shows_a_grid_of_decoded_strings(page):
    app = page(a="*CCCCCC*", do="plane", map="first")
    assert not app.exception and app.segmented_control(key="chosen.map").value == "first"
    assert "z1 and z2 are two of 4 dimensions" in texts(app.caption)
    app.number_input(key="side").set_value(3).run()
    finish(app.button(key="latent.go").click().run())
    found = way(app)
    assert len(found) == 10 and len({tuple(place) for place in found.first[1:].round(3).tolist()}) == 9
    assert "3 by 3 points of z1 and z2" in texts(app.html)


def test_a_map_without_first_coordinates_offers_to_make_one(page, monkeypatch):
    monkeypatch.setattr(latent_view.latent_points, "first_coordinates", lambda made, placed: None)
    app = page(map="first")
    assert not app.exception and "was made without them" in texts(app.info)
    assert app.button(key="latent.make")


def test_draws_of_a_prior_are_decoded(page):
    app = page(do="prior")
    assert app.selectbox(key="chosen.prior").options == ["Toy GRU-VAE: its own normal distribution"]
    app.number_input(key="draws").set_value(4).run()
    finish(app.button(key="latent.go").click().run())
    assert len(way(app)) == 4 and "4 draws of the prior of Toy GRU-VAE" in texts(app.html)


def test_ones_own_polymers_are_placed_and_wrong_lines_named(page):
    app = page(do="own")
    finish(app.button(key="latent.place").click().run())
    assert "nothing to place" in texts(app.error)
    app.text_area(key="latent.typed").set_value("PEEK\n<img src=x onerror=alert(1)>")
    finish(app.button(key="latent.place").click().run())  # typed and pressed at once
    assert not app.error
    assert "1 of your own are on the map" in texts(app.caption)
    assert "Line 2" in texts(app.warning)


@pytest.mark.parametrize(
    ("text", "words"),
    [("polystyrehne", "did you mean"), ("", "Nothing was given"), ("<b>bold</b> *x*", "."), ("PDMS", "cannot read")],
)
def test_bad_input_is_answered_in_a_sentence_and_kept(page, text, words):
    app = page()
    app.text_input(key="a").set_value(text)
    finish(app.button(key="latent.go").click().run())
    assert len(app.error) == 1 and words in texts(app.error)
    assert app.text_input(key="a").value == text


def test_a_missing_map_is_made_beside_the_page(page):
    app = page(mapped=False)
    assert "made anew" in texts(app.info)
    finish(app)
    assert "polymers of our library" in texts(app.caption) and not app.error


def test_a_link_with_nonsense_opens_all_the_same(page):
    app = page(colour="nothing", do="fly", steps="many", map="globe", generator="nobody", climb="x")
    assert not app.exception and not app.error
    assert app.segmented_control(key="chosen.do").value == "walk"
    assert app.number_input(key="steps").value == 10


def test_picked_points_become_cards_that_fill_the_form(page):
    app = page()
    app.session_state[latent_view.PICKED] = ["*CC*"]
    app.run()
    assert "1 picked" in texts(app.html) and "Polyethylene" in texts(app.html)
    (button,) = [b for b in app.button if b.key and b.key.startswith("latent.use.b.")]
    button.click().run()
    assert app.text_input(key="b").value == "*CC*"
    star = next(b for b in app.button if b.key and b.key.startswith("star.latent."))
    star.click().run()
    assert [entry.psmiles for entry in app.session_state["shortlist"].values()] == ["*CC*"]
    app.button(key="latent.clear").click().run()
    assert "picked" not in texts(app.html)


def test_what_is_picked_is_read_from_rows_only():
    from pandas import DataFrame

    frame = DataFrame({"psmiles": ["*CC*", "*CO*", "*CC*"]})
    points = [{"customdata": 1}, {"customdata": [2]}, {"customdata": 0}, {"x": 1.0}, {"customdata": 9}]
    assert latent_view.picked_rows(points, frame) == ["*CO*", "*CC*"]


def test_without_a_generator_that_encodes_the_page_says_how_to_get_one(open_app, monkeypatch, page):
    monkeypatch.setattr(latent_form.latent_run, "map_of", lambda checkpoint: pytest.fail("no map is asked for"))
    app = open_app().switch_page("pages/latent.py").run()
    assert "has a latent space" in texts(app.info) and not app.exception
