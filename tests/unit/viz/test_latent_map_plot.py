"""The figures of a latent space."""

import numpy as np
import pandas as pd
import pytest

from polydesign.core.results import PredictionColumns
from polydesign.engine.latent.moves import Moves
from polydesign.viz.latent_map import curves, page, picture

AXES = ("one", "two")


def frame(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    rows = [{"group": "library", "name": "", "psmiles": "*CC*"}] * n
    rows += [{"group": "common polymer", "name": "Polyethylene", "psmiles": "*CC*"}]
    rows += [{"group": "typed", "name": "<b>me</b> & co", "psmiles": "*" + "C" * 200 + "*"}]
    found = pd.DataFrame(rows)
    found[["x", "y"]] = rng.normal(size=(len(found), 2))
    found["tg_exp_c"] = np.append(rng.normal(100, 50, n), [np.nan, 7.0])
    found["perm_o2_exp_barrer"] = np.append(np.logspace(-2, 3, n), [np.nan, 1.0])
    return found


def moves(valid: list[bool], **more) -> Moves:
    n = len(valid)
    values = np.where(valid, np.arange(n) * 10.0, np.nan)
    columns = PredictionColumns(values, values * 0 + 1, values - 2, values + 3, np.array(valid))
    return Moves("A way", np.zeros((n, 2)), np.arange(n) / n, ["*CC*" if v else "*C<" for v in valid],
                 ["*CC*" if v else None for v in valid], ["" if v else "no" for v in valid],
                 ["*CC*" if v else None for v in valid], [""] * n, {"tg_exp_c": columns}, **more)  # fmt: skip


@pytest.mark.parametrize(("n", "kind"), [(50, "scatter"), (5000, "scattergl")])
def test_many_points_are_drawn_by_the_graphics_card_and_know_their_row(n, kind):
    rows = frame(n)
    figure = picture(rows, "tg_exp_c", axes=AXES)
    library, common, typed = figure.data[:3]
    assert library.type == common.type == typed.type == kind
    assert list(library.customdata) == list(range(n)) and list(typed.customdata) == [n + 1]
    assert figure.layout.xaxis.title.text == "one"
    assert typed.text[0].startswith("&lt;b&gt;me&lt;/b&gt; &amp; co<br>*CCC") and "…" in typed.text[0]
    assert typed.text[0].endswith("Tg 7 °C") and "Tg" not in common.text[0]
    assert list(figure.data[3].text) == ["PE"]


def test_colours_lie_on_the_scale_of_the_property_and_leave_out_the_extremes():
    figure = picture(frame(2000), "perm_o2_exp_barrer", axes=AXES, theme="dark")
    marker = figure.data[0].marker
    assert (marker.cmin, marker.cmax) == pytest.approx((-1.9, 2.9), abs=0.02)
    assert float(marker.colorbar.ticktext[-1]) == pytest.approx(10**2.9, rel=0.05)
    light = picture(frame(2000), "perm_o2_exp_barrer", axes=AXES).data[0].marker
    assert light.colorscale != marker.colorscale


def test_a_way_is_a_line_whose_broken_steps_are_hollow():
    figure = picture(frame(50), "tg_exp_c", axes=AXES, way=moves([True, False, True]))
    line = figure.data[-1]
    assert line.mode == "lines+markers" and line.marker.color[1] != line.marker.color[0] == line.marker.color[2]
    assert "*C&lt;" in line.text[1]
    cloud = picture(frame(50), "tg_exp_c", axes=AXES, way=moves([True, True], ordered=False)).data[-1]
    assert cloud.mode == "markers"


def test_a_page_needs_no_network():
    text = page(picture(frame(50), "tg_exp_c", axes=AXES), "Toy <VAE>")
    assert "Plotly.newPlot" in text and len(text) > 1_000_000  # the script is part of it
    assert "<script src=" not in text.replace("'", '"') and "cdn.plot.ly/plotly-" not in text


def test_curves_have_intervals_gaps_and_what_was_expected():
    way = moves([True, False, True], line=np.array([1.0, 2.0, 3.0]), climbed="tg_exp_c")
    figure = curves(way, ["tg_exp_c"])
    guide, line = figure.data[:2]
    assert guide.connectgaps is False and np.isnan(guide.y[1]) and guide.error_y.array[0] == 3
    assert guide.error_y.arrayminus[2] == 2 and list(line.y) == [1, 2, 3]
    assert [shape.x0 for shape in figure.layout.shapes] == [2]
    assert "no repeat unit" in [trace.name for trace in figure.data]
    empty = curves(moves([False, False]), ["egc_dft_ev"])
    assert len(empty.layout.shapes) == 2
