"""Colours say the sign and the size of an effect, and only for the atoms that have it."""

import re

import pytest

from polydesign.core.errors import ChemistryError
from polydesign.core.properties import PROPERTIES
from polydesign.engine.predict.attribution import Effect
from polydesign.viz.attribution import halos, legend, strongest
from polydesign.viz.structures import svg

TG = PROPERTIES["tg_exp_c"]
EFFECTS = [Effect((2, 3), "ring", "chain", 80.0), Effect((5,), "oxygen", "CH₂", -40.0), Effect((7,), "CH₂", "", 2.0)]


def brightness(colour):
    return sum(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def test_sign_is_hue_and_size_is_depth():
    colours = halos(TG, EFFECTS)
    assert set(colours) == {2, 3, 5}  # what is next to nothing is not drawn
    assert colours[2] == colours[3] == "#f5a623"
    red, blue = int(colours[5][1:3], 16), int(colours[5][5:], 16)
    assert blue > red  # lowers: blue
    weaker = halos(TG, [EFFECTS[0], Effect((5,), "", "", 40.0)])
    assert brightness(weaker[5]) > brightness(weaker[2])


def test_small_effects_stay_pale_when_there_is_none_larger():
    assert strongest(TG, EFFECTS[2:]) == TG.tolerance
    small = halos(TG, [Effect((1,), "", "", 0.2 * TG.tolerance)])
    assert brightness(small[1]) > brightness("#f5a623")
    assert halos(TG, []) == {}


def test_colours_differ_by_theme_and_reach_the_drawing():
    light, dark = halos(TG, EFFECTS), halos(TG, EFFECTS, "dark")
    assert all(brightness(light[atom]) > brightness(dark[atom]) for atom in light)
    plain, coloured = svg("*Oc1ccc(*)cc1"), svg("*Oc1ccc(*)cc1", halos=light)
    found = set(re.findall(r"fill:(#[0-9A-F]{6})", coloured)) - set(re.findall(r"fill:(#[0-9A-F]{6})", plain))
    assert {colour.upper() for colour in light.values()} <= found
    assert "<title>" in coloured


def test_atoms_keep_their_numbers_in_the_drawing():
    coloured = svg("*CCO*", halos={3: "#123456"})
    # The ellipse lies on the oxygen's letter.
    x, y = re.search(r"<ellipse cx='([\d.]+)' cy='([\d.]+)'", coloured).groups()
    letter = re.search(r"class='atom-3' d='M ([\d.]+) ([\d.]+)", coloured)
    assert abs(float(x) - float(letter[1])) < 12 and abs(float(y) - float(letter[2])) < 12


def test_halos_of_unknown_atoms_are_refused():
    with pytest.raises(ChemistryError, match="atom 99"):
        svg("*CC*", halos={99: "#ffffff"})


def test_legend_names_the_property_and_escapes():
    text = legend(TG, "−80", "<b>", "dark")
    assert "raises Tg" in text and "−80" in text and "&lt;b&gt;" in text
