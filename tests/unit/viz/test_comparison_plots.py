import math

import pytest

from polydesign.core.properties import property_spec
from polydesign.viz.comparison import (
    SERIES,
    SYMBOLS,
    Point,
    Spread,
    seconds,
    target_against_checker,
    validity_against_novelty,
)

VALUES = [10.0, 20.0, 30.0, 40.0, 50.0]


def test_series_differ_in_colour_and_symbol_and_the_bar_is_the_middle_80_percent():
    spreads = [Spread("A & B", [0.0, 100.0], [VALUES, None], [7, 0]), Spread("C", [0.0, 100.0], [VALUES] * 2, [7, 7])]
    figure = target_against_checker(spreads, property_spec("tg_exp_c"))
    band, diagonal, first, second = figure.data
    assert max(band.y) == 120.0 and min(band.y) == -20.0  # the tolerance of Tg is 20 degrees
    assert list(diagonal.x) == list(diagonal.y) == [0.0, 100.0]
    assert first.name == "A &amp; B" and len(first.x) == 1 and len(second.x) == 2
    assert (first.y[0], first.error_y.array[0], first.error_y.arrayminus[0]) == (30.0, 20.0, 20.0)
    assert first.marker.color != second.marker.color and first.marker.symbol != second.marker.symbol
    assert tuple(first.customdata[0]) == (0.0, 7) and abs(first.x[0]) < 1


def test_a_logarithmic_property_has_logarithmic_axes_and_a_band_in_decades():
    spec = property_spec("perm_o2_exp_barrer")
    figure = target_against_checker([Spread("A", [1.0, 100.0], [VALUES, VALUES], [7, 7])], spec)
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"
    assert max(figure.data[0].y) == pytest.approx(100.0 * 10**spec.tolerance)


def test_rates_are_percent_with_intervals_where_there_are_some():
    sure, unsure = (
        Point("A", (0.9, 0.8, 0.95), (0.5, 0.4, 0.6)),
        Point("B", (0.9, math.nan, math.nan), (0.5,) * 3, True),
    )
    first, second = validity_against_novelty([sure, unsure]).data
    assert first.x[0] == 90.0 and first.error_x.array[0] == pytest.approx(5.0)
    assert second.error_x.array is None and second.marker.symbol == "diamond-open"


def test_bars_stand_shortest_on_top_and_the_missing_are_named():
    figure = seconds({"new": [("A", 9.0), ("B", 2.0)], "hits": [("A", 1.0)]}, ["C"])
    assert list(figure.layout.yaxis.categoryarray) == ["C", "B", "A"]
    assert list(figure.data[-1].text) == ["not measured"] and list(figure.data[-1].y) == ["C"]


def test_no_colour_vanishes_on_white_or_on_the_dark_background():
    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark = luminance("#10161d")
    assert len(set(SERIES)) == len(SERIES) and len(set(SYMBOLS)) == len(SYMBOLS) != len(SERIES)
    for colour in SERIES:
        level = luminance(colour)
        assert 1.05 / (level + 0.05) > 2 and (level + 0.05) / (dark + 0.05) > 3, colour
