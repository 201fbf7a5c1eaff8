"""Drawings are safe, self-contained SVG for light and dark pages."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from polydesign.chem.common import COMMON_POLYMERS
from polydesign.core.errors import ChemistryError
from polydesign.viz.structures import svg
from tests.unit.chem.respelling import TRICKY

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("psmiles", [*(polymer.psmiles for polymer in COMMON_POLYMERS[::4]), *TRICKY[::3], "CCO"])
def test_drawing_is_well_formed(psmiles, theme):
    root = ElementTree.fromstring(svg(psmiles, 300, 200, theme))
    assert root.tag == f"{SVG}svg"
    assert (root.get("width"), root.get("height"), root.get("role")) == ("300px", "200px", "img")
    assert root.get("aria-label") == root.find(f"{SVG}title").text != ""
    assert root.findall(f"{SVG}path")
    assert not root.findall(f"{SVG}rect")  # no background
    assert not {element.tag.removeprefix(SVG) for element in root.iter()} & {
        "script",
        "style",
        "foreignObject",
        "image",
    }


def test_themes_differ_and_have_contrast():
    light, dark = svg("*CCO*", theme="light"), svg("*CCO*", theme="dark")
    assert light != dark
    for drawing, is_light in ((light, True), (dark, False)):
        bond = re.search(r"bond-1 .*?stroke:#([0-9A-F]{6})", drawing, re.DOTALL).group(1)
        brightness = sum(int(bond[i : i + 2], 16) for i in (0, 2, 4)) / 3
        assert brightness < 60 if is_light else brightness > 200


def test_attachment_points_are_drawn_as_waves_and_lie_level():
    drawing = svg("*CC(*)c1ccccc1")
    text = "".join(re.findall(r"<text[^>]*>([^<]*)", drawing))
    assert "*" not in text
    waves = [path for path in re.findall(r"d='([^']*)'", drawing) if path.count("C") > 3]
    heights = [float(re.match(r"M ?[-\d.]+,([-\d.]+)", path).group(1)) for path in waves]
    assert len(waves) == 2
    assert abs(heights[0] - heights[1]) < 25


@pytest.mark.parametrize("text", ["", "nonsense", "<script>alert(1)</script>", '*CC*" onload="alert(1)', None, b"*CC*"])
def test_unreadable_text_is_refused(text):
    with pytest.raises(ChemistryError):
        svg(text)


def test_other_bad_arguments_are_refused():
    with pytest.raises(ChemistryError, match="'light' or 'dark'"):
        svg("*CC*", theme="blue")
    for size in (0, -5, 10**6):
        with pytest.raises(ChemistryError, match="pixels"):
            svg("*CC*", width=size)
