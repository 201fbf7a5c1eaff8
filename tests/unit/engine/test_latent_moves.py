"""Ways through a latent space, and the points on its map, with a generator whose codes are known."""

import csv
import io

import numpy as np
import pytest

from polydesign import store
from polydesign.core.errors import DataError, OptionError, Stopped
from polydesign.engine.design.shortlist import of_text
from polydesign.engine.latent import points as latent_points
from polydesign.engine.latent.map import LatentMap, build
from polydesign.engine.latent.moves import Space, around, decoding_options, draws, plane, read_polymer, uphill, walk
from tests.unit.engine.fakes import CarbonModel, FakeSession
from tests.unit.engine.latent_fakes import Counting, save_checkpoint


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> LatentMap:
    return build(Counting(), save_checkpoint(tmp_path_factory.mktemp("map")))


@pytest.fixture
def space(tmp_path, monkeypatch, made) -> Space:
    monkeypatch.setenv("POLYDESIGN_CHECKPOINTS", str(tmp_path))
    checkpoint = save_checkpoint(tmp_path)
    return Space(checkpoint, made, FakeSession(Counting(), family="gruvae", guide=CarbonModel(), checker=CarbonModel()))


def test_a_walk_is_straight_and_keeps_what_is_no_repeat_unit(space):
    way = walk(space, "*CC*", "*OCCCCCCOOOCCO*", 7)
    assert way.raw[0] == "*CC*" and way.raw[-1] == "*CCCCCCCC*"
    assert np.diff(way.xy, axis=0) == pytest.approx(np.tile((way.xy[-1] - way.xy[0]) / 6, (6, 1)), abs=1e-4)
    assert np.diff(way.distance) == pytest.approx(np.full(6, way.distance[-1] / 6), rel=1e-4)
    wrong = np.flatnonzero(~way.valid)
    assert len(wrong) and all("attachment" in way.reasons[i] or "*" in way.reasons[i] for i in wrong)
    assert way.of(int(wrong[0])) == {} and np.isnan(way.predictions["tg_exp_c"].mean[wrong]).all()
    assert way.predictions["tg_exp_c"].mean[0] == 20.0 and way.of(0)["tg_exp_c"].in_domain
    assert way.names[0] == "Polyethylene" == way.names[-1]  # the infinite chain knows no length
    assert way.notes == ("Step 7 is the code of *OCCCCCCOOOCCO* itself, which decodes to another polymer.",)


def test_the_guide_is_asked_once_for_each_structure(space):
    walk(space, "*CC*", "*CCO*", 50)
    asked = space.session.guide().asked
    assert len(asked) == len(set(asked)) < 50


def test_a_table_of_a_walk_has_a_row_for_every_step(space):
    rows = list(csv.DictReader(io.StringIO(walk(space, "PE", "*OCCCCCCOOOCCO*", 9).to_csv())))
    assert [row["step"] for row in rows] == [str(i) for i in range(1, 10)]
    assert {bool(row["psmiles"]) for row in rows} == {True, False}
    assert all(bool(row["psmiles"]) != bool(row["problem"]) and row["decoded"] for row in rows)
    assert all(bool(row["psmiles"]) == bool(row["tg_exp_c_lo80"]) for row in rows)


def test_points_around_are_nearest_first_and_repeat_with_their_seed(space):
    found = around(space, "*CCCCCC*", 0.5, 40, seed=3)
    assert len(found) == 41 and found.raw[0] == "*CCCCCC*" and not found.ordered
    assert found.distance[0] == 0 and (np.diff(found.distance[1:]) > -1e-4).all()
    assert found.distance[1:].mean() == pytest.approx(0.5, rel=0.3)
    assert around(space, "*CCCCCC*", 0.5, 40, seed=3).raw == found.raw
    assert around(space, "*CCCCCC*", 0.0, 5).raw == ["*CCCCCC*"] * 6


def test_a_climb_goes_up_the_line_and_says_what_it_expects(space, made):
    up, down = (uphill(space, "*CCCCCC*", "rg_md_a", 8, 0.5, down=down) for down in (False, True))
    assert len(up) == 8 and (np.diff(up.line) > 0).all() and (np.diff(down.line) < 0).all()
    assert up.climbed == "rg_md_a" and "rg_md_a_line" in up.to_csv()
    codes = Counting().encode(["*CCCCCC*"])
    assert up.line[0] == pytest.approx(float(made.ridge.read("rg_md_a", codes)[0]), rel=1e-4)
    assert np.linalg.norm(up.xy[1] - up.xy[0]) > 0


def test_decoding_is_careful_and_constrained_unless_told_otherwise(space):
    walk(space, "PE", "PP", 2)
    seed, options = space.generator.calls[-1]
    assert seed == 0 and options["temperature"] == 0.0 and options["constrained"] is True
    assert decoding_options(space.checkpoint, {"temperature": "0.7"})["temperature"] == 0.7
    with pytest.raises(OptionError, match="no option size"):
        walk(space, "PE", "PP", 2, options={"size": 3})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Nothing was given"), ("PE, PP", "2 polymers were given"), ("polystyrehne", "did you mean"),
        ("CCO", "No attachment points"), ("*CC(*", "."), ("<b>x</b>", "called"), ("*" + "C" * 90_000 + "*", "2,000"),
    ],
)  # fmt: skip
def test_a_polymer_that_is_none_is_answered_with_the_reason(text, words):
    with pytest.raises(DataError, match=words):
        read_polymer(text)


def test_numbers_out_of_bounds_are_refused(space):
    for call in (
        lambda: walk(space, "PE", "PP", 1), lambda: walk(space, "PE", "PP", 101), lambda: around(space, "PE", -1.0),
        lambda: around(space, "PE", 0.1, 501), lambda: uphill(space, "PE", "tg_exp_c", 1),
        lambda: uphill(space, "PE", "rg_md_a", 5, float("nan")),
    ):  # fmt: skip
        with pytest.raises(OptionError, match="must lie between"):
            call()
    with pytest.raises(DataError, match="cannot read"):
        walk(space, "PE", "PDMS", 5)
    with pytest.raises(Stopped):
        walk(space, "PE", "PP", 5, should_stop=lambda: True)


def test_ones_own_polymers_are_placed_and_what_cannot_be_is_said(space):
    placed = latent_points.place(
        space, "PEEK\n<script>\n*CCC* mine\nPDMS", starred=[of_text("*CCO*", "by hand")],
    )  # fmt: skip
    assert placed.groups == ["shortlist", "typed", "typed", "typed"]
    assert placed.names[1:3] == ["Poly(ether ether ketone)", "mine"]
    assert any("Line 2" in note for note in placed.notes) and any("no way to write 1" in note for note in placed.notes)
    assert placed.entries[2].predictions["tg_exp_c"].mean == 30.0
    frame = latent_points.table(space.map, placed)
    own = frame[frame["own"] >= 0]
    assert own["name"].tolist() == ["", "Poly(ether ether ketone)", "mine"]
    assert own["tg_exp_c"].iloc[2] == 30.0
    assert "own" not in latent_points.to_csv(frame).splitlines()[0].split(",")
    with pytest.raises(DataError, match="Line 1"):
        latent_points.place(space, "<script>")
    with pytest.raises(DataError, match="nothing to place"):
        latent_points.place(space)


def test_a_map_takes_five_thousand_of_ones_own_and_says_what_it_leaves_out(space):
    placed = latent_points.place(space, candidates=[of_text("*CCO*", "by hand")] * 5100)
    assert len(placed) == 5000 and "the first 5,000" in placed.notes[0]
    assert (latent_points.table(space.map, placed)["group"] == "candidate").sum() == 5000


def test_the_places_by_tsne_belong_to_the_same_rows(space, monkeypatch):
    monkeypatch.setattr(latent_points, "tsne", lambda codes, **more: codes[:, :2].astype(float))
    placed = latent_points.place(space, "*CCCCCCCCC*")
    frame = latent_points.table(space.map, placed, latent_points.flatten(space, placed))
    codes = Counting().encode([t for t in frame["psmiles"] if "[Si]" not in t])
    assert frame[["x", "y"]].to_numpy() == pytest.approx(codes[:, :2])
    assert latent_points.axes(space.map, "tsne") == ("t-SNE 1", "t-SNE 2")
    assert "% of the variance" in latent_points.axes(space.map, False)[0]
    store.verify(space.checkpoint)


def test_a_plane_moves_in_its_first_two_coordinates_alone(space):
    way = plane(space, "*CCCCCC*", n=3, reach=1.0)
    assert len(way) == 10 and not way.ordered
    (start,) = Counting().encode(["*CCCCCC*"])
    std = space.map.prior_std[:2]
    offsets = (way.first - start[:2]) / std
    assert offsets[0].tolist() == [0, 0]
    assert sorted(map(tuple, offsets[1:].round(3).tolist())) == [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)]
    with pytest.raises(OptionError, match="points a side must lie between 2 and 22"):
        plane(space, "*CC*", n=23)


def test_draws_are_those_of_the_prior_that_is_named(space):
    way = draws(space, space.checkpoint, 5, seed=3)
    codes = Counting().prior(5, seed=3)
    assert way.first == pytest.approx(codes[:, :2]) and way.title.startswith("5 draws of the prior of")
    with pytest.raises(OptionError, match="number of draws"):
        draws(space, space.checkpoint, 0)
