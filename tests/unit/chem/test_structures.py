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
    heights = [[float(y) for y in re.findall(r"[-\d.]+,([-\d.]+)", path)] for path in waves]
    assert len(waves) == 2
    first, second = (sum(places) / len(places) for places in heights)
    assert abs(first - second) < 5


def test_brackets_take_the_place_of_the_waves_and_bear_an_n():
    drawing = svg("*CC(*)c1ccccc1", theme="dark", brackets=True)
    assert "#000000" not in drawing  # brackets are in the ink of the theme
    assert drawing.count("<path") > svg("*CC(*)c1ccccc1", theme="dark").count("<path")
    assert not [path for path in re.findall(r"d='([^']*)'", drawing) if path.count("C") > 3 and "Z" not in path]
    assert svg("CCO", brackets=True) == svg("CCO")


def test_a_backbone_without_rings_is_a_zigzag_that_does_not_fold_back():
    from rdkit import Chem

    from polydesign.viz.structures import _lay_out

    for text in ("*CC(*)c1ccccc1", "*CCCCCC(=O)N*", "*C(CCC*)c1ccccc1"):
        mol = Chem.MolFromSmiles(text)
        _lay_out(mol)
        places = mol.GetConformer().GetPositions()
        path = Chem.GetShortestPath(mol, *(a.GetIdx() for a in mol.GetAtoms() if not a.GetAtomicNum()))
        along = places[list(path)] @ (places[path[-1]] - places[path[0]])
        assert (along[1:] > along[:-1]).all()


def test_one_colour_and_numbers():
    plain, mono = svg("*NCC(=O)*"), svg("*NCC(=O)*", monochrome=True)
    waves = "#7F7F7F"
    assert set(re.findall(r"#[0-9A-F]{6}", mono)) == {"#1F2328", waves} < set(re.findall(r"#[0-9A-F]{6}", plain))
    assert svg("CCO", numbers=True).count("<path") > svg("CCO").count("<path")


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
