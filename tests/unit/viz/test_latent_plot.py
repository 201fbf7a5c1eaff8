import xml.etree.ElementTree as ET

import pytest

from polydesign.viz.latent import latent_svg

NAMED = [{"name": "poly<ethylene> & co", "code": (0.0, 1.0)}, {"name": "nylon", "code": (2.0, 3.0)}]
SVG = "{http://www.w3.org/2000/svg}"


def path(decoded, valid):
    codes = [[float(i), 1.0 + i] for i in range(len(valid))]
    return {"from": "PE", "to": "PEO", "codes": codes, "decoded": decoded, "valid": valid}


def test_every_point_of_the_path_has_its_string_and_invalid_ones_are_hollow():
    decoded = ["*CC*", "*C<unk>", "*" + "C" * 200 + "*"]
    root = ET.fromstring(latent_svg("A <title>", NAMED, path(decoded, [True, False, True])))
    texts = ["".join(node.itertext()) for node in root.iter(f"{SVG}text")]
    assert "*CC*" in texts and "*C<unk> (not a repeat unit)" in texts
    (cut,) = [text for text in texts if text.endswith("…")]
    assert len(cut) < 70
    assert {"1: PE", "3: PEO", "2 of 3 points valid"} <= set(texts)
    discs = [node for node in root.iter(f"{SVG}circle") if node.get("r") == "8"]
    assert [disc.get("fill") for disc in discs[::2]] == ["#0072B2", "#fff", "#0072B2"]  # in the plot; then in the list
    names = ["".join(node.itertext()) for node in root.iter(f"{SVG}title")]
    assert names == ["A <title>", "poly<ethylene> & co", "nylon"]


def test_points_lie_inside_the_frame_and_upwards_is_more():
    root = ET.fromstring(latent_svg("t", NAMED, path(["*CC*", "*CC*"], [True, True])))
    dots = [node for node in root.iter(f"{SVG}circle") if node.get("r") == "2.5"]
    (x0, y0), (x1, y1) = [(float(dot.get("cx")), float(dot.get("cy"))) for dot in dots]
    assert 0 < x0 < x1 < 420 and 420 > y0 > y1 > 0


def test_each_point_needs_a_string():
    with pytest.raises(ValueError):
        latent_svg("t", NAMED, path(["*CC*"], [True, True]))
