"""Axes, gauges, words and plots: what they show is where the numbers say."""

import math
import re

import numpy as np
import pytest

from polydesign.core.goal import Goal
from polydesign.core.properties import FIRST_KEYS, POLYMER_KEYS, PROPERTIES
from polydesign.core.results import Candidate, Prediction
from polydesign.core.targets import Target
from polydesign.ui.parts.text import number, plain, share, wish
from polydesign.viz import gauges
from polydesign.viz.axis import Axis
from polydesign.viz.plots import property_map


def statistics(low, high, key):
    spec = PROPERTIES[key]
    edges = spec.from_scale(np.linspace(float(spec.to_scale(low)), float(spec.to_scale(high)), 5)).tolist()
    return {"p1": low, "p99": high, "histogram": {"edges": edges, "counts": [1, 4, 9, 0]}}


@pytest.mark.parametrize("key", POLYMER_KEYS)
@pytest.mark.parametrize(("low", "high"), [(0.013, 0.877), (1.0, 1.0), (2.5, 31_000.0)])
def test_an_axis_covers_its_data_and_positions_are_exact(key, low, high):
    axis = Axis.of(PROPERTIES[key], {"p1": low, "p99": high})
    assert axis.low <= low * 1.001
    assert axis.high >= high * 0.999
    assert axis.low < axis.high
    assert axis.fraction(axis.low) == 0.0
    assert axis.fraction(axis.high) == 1.0
    for share_ in (0.0, 0.3, 1.0):
        value = axis.low + share_ * (axis.high - axis.low)
        nearest = axis.nearest(value)
        assert axis.nearest(nearest) == nearest
        if axis.logarithmic:
            assert nearest in axis.positions()


def test_values_beyond_the_axis_are_drawn_at_its_ends():
    axis = Axis.of(PROPERTIES["tg_exp_c"], {"p1": -80, "p99": 350})
    assert axis.fraction(-1e9) == 0.0
    assert axis.fraction(1e9) == 1.0
    assert axis.nearest(1e9) == axis.nearest(math.inf) == axis.high
    assert axis.nearest(-math.inf) == axis.nearest(math.nan) == axis.low


def test_equal_ratios_are_equal_distances_on_a_logarithmic_axis():
    axis = Axis.of(PROPERTIES["perm_o2_exp_barrer"], {"p1": 0.01, "p99": 1000})
    assert axis.fraction(0.1) - axis.fraction(0.01) == pytest.approx(axis.fraction(1000) - axis.fraction(100))
    assert axis.fraction(0) == 0.0


@pytest.mark.parametrize(
    ("key", "target", "expected"),
    [
        ("tg_exp_c", Target(value=180.0, tolerance=20.0), (160, 200)),
        ("tg_exp_c", Target(value=180.0), (160, 200)),
        ("tg_exp_c", Target(minimum=180.0), (180, math.inf)),
        ("perm_o2_exp_barrer", Target(value=10.0, tolerance=1.0), (1, 100)),
        ("perm_o2_exp_barrer", Target(maximum=10.0), (0, 10)),
    ],
)
def test_the_wanted_range_is_in_the_unit(key, target, expected):
    assert Goal(key, target).band == pytest.approx(expected)


def test_a_distribution_puts_the_band_where_the_target_is():
    axis = Axis.of(PROPERTIES["tg_exp_c"], {"p1": 0, "p99": 400})
    html = gauges.distribution(axis, statistics(0, 400, "tg_exp_c")["histogram"], (100, 200))
    assert "left:25.0%;width:25.0%" in html
    assert html.count("%,") >= 8


def test_a_gauge_leaves_out_what_is_not_known():
    axis = Axis.of(PROPERTIES["tg_exp_c"], {"p1": 0, "p99": 400})
    unknown = Prediction(math.nan, math.nan, math.nan, math.nan, False)
    assert "pd-mean" not in gauges.gauge(axis, unknown, None, math.nan)
    known = gauges.gauge(axis, Prediction(200, 10, 190, 210, True), None, 100)
    assert 'pd-mean" style="left:50.0%"' in known
    assert 'pd-checker" style="left:25.0%"' in known


def test_stars_and_markup_are_shown_letter_by_letter():
    assert plain("*CC* and _x_ <b>") == r"\*CC\* and \_x\_ \<b\>"
    assert re.search(r"(?<!\\)[*_<`]", plain("*C(=O)* `code` <script> [a](b)")) is None


def test_numbers_carry_the_digits_that_matter():
    tg, perm = PROPERTIES["tg_exp_c"], PROPERTIES["perm_o2_exp_barrer"]
    assert number(tg, -12.345) == "−12"
    assert number(tg, -0.2) == "0"
    assert number(PROPERTIES["egc_dft_ev"], 4.0) == "4.00"
    assert number(perm, 0.01234) == "0.0123"
    assert number(perm, 1234.5) == "1234"
    assert number(PROPERTIES["li_conductivity_md_s_cm"], 1.234e-5) == "1.23·10⁻⁵"
    assert number(tg, math.nan) == "–"
    assert wish(tg, Target(value=180.0, tolerance=20.0)) == "180 ± 20 °C"
    assert wish(tg, Target(minimum=180.0)) == "≥ 180 °C"
    assert wish(perm, Target(value=10.0, tolerance=0.3)) == "10.0 Barrer ± 0.3 decades"
    assert [share(p) for p in (0, 0.004, 0.5, 0.997, 1)] == ["0 %", "< 1 %", "50 %", "> 99 %", "100 %"]


def test_the_map_shows_predictions_checker_and_wanted_ranges():
    keys = ("tg_exp_c", "perm_o2_exp_barrer")
    candidates = [
        Candidate("*CC*", "*C*", 1.0, 0.5, True, 2.0,
                  {keys[0]: Prediction(t, 20, t - 20, t + 20, True), keys[1]: Prediction(p, 0.3, p / 2, p * 2, True)},
                  {keys[0]: {"mean": t + 5}, keys[1]: {"mean": p}})
        for t, p in [(100.0, 1.0), (200.0, 10.0), (300.0, 100.0)]
    ]  # fmt: skip
    candidates.append(Candidate("*C*", "*C*", 0.0, 0.0, True, 2.0, {keys[0]: candidates[0].predictions[keys[0]]}))
    figure = property_map(candidates, *keys, {keys[0]: Target(minimum=180.0)}, [1, 2, 3, 4])
    checker, predicted = figure.data
    assert list(predicted.x) == [100.0, 200.0, 300.0]
    assert list(predicted.customdata) == [1, 2, 3]
    assert list(checker.x) == [105.0, 205.0, 305.0]
    assert figure.layout.yaxis.type == "log"
    assert figure.layout.shapes[0].x0 == 180.0
    assert figure.layout.shapes[0].x1 == figure.layout.xaxis.range[1]


def test_every_first_property_has_a_group_with_a_heading():
    from polydesign.ui.request.targets import GROUPS

    assert {PROPERTIES[key].group for key in FIRST_KEYS} <= set(GROUPS)
