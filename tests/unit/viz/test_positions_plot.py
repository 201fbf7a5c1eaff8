"""The lines of the picture of what comes back of codes end where the counts say."""

import xml.etree.ElementTree as ET

from polydesign.viz.positions import positions_svg

SVG = "{http://www.w3.org/2000/svg}"
COUNTS = {"strings": [40, 40, 30, 10], "told": [40, 36, 30, 10], "alone": [40, 20, 6, 1]}


def lines(svg):
    root = ET.fromstring(svg)
    found = {}
    for line in root.iter(f"{SVG}polyline"):
        points = [tuple(map(float, point.split(","))) for point in line.get("points").split()]
        found[line.find(f"{SVG}title").text] = (points, line.get("stroke-dasharray"))
    return found


def test_shares_by_position_and_sizes():
    found = lines(positions_svg("A <title>", {"One & only": COUNTS}))
    told, dash = found["One & only, told the true tokens before"]
    assert dash is None and len(told) == 3  # ten strings are too few
    assert [y for _, y in told] == [0.0, 26.0, 0.0]
    alone, dash = found["One & only, by itself"]
    assert dash and [y for _, y in alone] == [0.0, 130.0, 208.0]
    sizes, _ = found["One & only"]
    # Of 0 to 4 tokens: none, none, 10, 20 and 10 strings.
    assert [y for _, y in sizes[::2]] == [260.0, 260.0, 130.0, 0.0, 130.0]


def test_several_models_share_a_picture_and_equal_sizes_are_drawn_once():
    found = lines(positions_svg("t", {"A": COUNTS, "B": COUNTS | {"alone": [40, 40, 30, 10]}}))
    assert set(found) == {"A", *(f"{m}, {k}" for m in "AB" for k in ("told the true tokens before", "by itself"))}


def test_few_strings_are_drawn_as_far_as_all_go():
    found = lines(positions_svg("t", {"A": {"strings": [3, 3, 1], "told": [3, 3, 1], "alone": [3, 0, 0]}}))
    assert len(found["A, by itself"][0]) == 2
