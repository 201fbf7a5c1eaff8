"""Plotly figures that set generators side by side. Each series has a colour and a symbol of its own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from polydesign.core.goal import Goal
from polydesign.core.properties import PropertySpec
from polydesign.core.targets import Target
from polydesign.viz.palette import GREY, SERIES

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "star", "x")
_ROW = 34  # pixels a bar


@dataclass(frozen=True)
class Spread:
    """What the checker says of one generator's answers to targets of one property.

    Attributes:
        name: of the generator.
        targets: G values that were asked for, in the property's unit.
        percentiles: for each, the 10th, 25th, 50th, 75th and 90th percentile of the checker's values, None for none.
        n: answers with a value, for each.
    """

    name: str
    targets: Sequence[float]
    percentiles: Sequence[Sequence[float] | None]
    n: Sequence[int]


@dataclass(frozen=True)
class Point:
    """A generator's two rates with their 95 % intervals: (value, low, high), NaN for no interval."""

    name: str
    x: tuple[float, float, float]
    y: tuple[float, float, float]
    hollow: bool = False


def target_against_checker(spreads: Sequence[Spread], spec: PropertySpec) -> Figure:
    """Plot the median of the checker's values, with the middle 80 %, against what was asked for.

    The line is where both are equal; the band beside it is the tolerance within which an answer is a hit.
    """
    from plotly.graph_objects import Scatter

    figure = _figure(460)
    asked = sorted({value for spread in spreads for value in spread.targets})
    on_scale = [float(value) for value in spec.to_scale(asked)]
    edges = list(zip(*(Goal(spec.key, Target(value=value)).band for value in asked), strict=True)) or [(), ()]
    figure.add_trace(
        Scatter(
            x=[*asked, *reversed(asked)], y=[*edges[0], *reversed(edges[1])], fill="toself", mode="lines",
            line={"width": 0}, fillcolor="rgba(128, 128, 128, 0.22)", name="within the tolerance", hoverinfo="skip",
        )
    )  # fmt: skip
    figure.add_trace(
        Scatter(x=asked, y=asked, mode="lines", line={"color": GREY, "dash": "dash"}, showlegend=False,
                hoverinfo="skip")
    )  # fmt: skip
    width = (on_scale[-1] - on_scale[0]) / 100 if len(asked) > 1 else 0.0
    for number, spread in enumerate(spreads):
        known = [(t, p, n) for t, p, n in zip(spread.targets, spread.percentiles, spread.n, strict=True) if p]
        # A little apart, so that bars of several generators do not hide each other.
        shift = (number - (len(spreads) - 1) / 2) * width
        figure.add_trace(
            Scatter(
                x=[float(spec.from_scale(spec.to_scale(target) + shift)) for target, _, _ in known],
                y=[p[2] for _, p, _ in known],
                error_y={
                    "type": "data", "symmetric": False, "array": [p[4] - p[2] for _, p, _ in known],
                    "arrayminus": [p[2] - p[0] for _, p, _ in known], "thickness": 1.2, "width": 3,
                },
                mode="markers", name=escape(spread.name), marker=_marker(number),
                customdata=[(target, n) for target, _, n in known],
                hovertemplate="asked %{customdata[0]:.4g}: median %{y:.4g} (n = %{customdata[1]})",
            )
        )  # fmt: skip
    unit = f" ({spec.unit_text})" if spec.unit_text else ""
    axis = {"type": spec.scale.removesuffix("10")}
    figure.update_layout(
        xaxis={"title": f"{spec.symbol} asked for{unit}", **axis},
        yaxis={"title": f"{spec.symbol} by the checker{unit}", **axis},
    )
    return figure


def validity_against_novelty(points: Sequence[Point]) -> Figure:
    """Plot the share of valid samples against the share of new ones, both with 95 % intervals, in percent."""
    from plotly.graph_objects import Scatter

    figure = _figure(460)
    for number, point in enumerate(points):
        (x, *x_ends), (y, *y_ends) = ([100 * v for v in values] for values in (point.x, point.y))
        figure.add_trace(
            Scatter(
                x=[x], y=[y], error_x=_ends(x, *x_ends), error_y=_ends(y, *y_ends), mode="markers",
                name=escape(point.name), marker=_marker(number, hollow=point.hollow),
                hovertemplate="valid %{x:.2f} %, new %{y:.2f} %",
            )
        )  # fmt: skip
    figure.update_layout(
        xaxis={"title": "valid, % of all samples"}, yaxis={"title": "new, % of the distinct valid chains"}
    )
    return figure


def seconds(bars: Mapping[str, Sequence[tuple[str, float]]], missing: Sequence[str] = ()) -> Figure:
    """Plot seconds as bars, shortest on top; generators without a figure are named with the words "not measured".

    Args:
        bars: what the seconds are for -> (generator, seconds).
        missing: generators that were not measured.
    """
    from plotly.graph_objects import Bar

    figure = _figure(0)
    # Plotly stacks the bars of a group from the bottom: the first series is to lie on top.
    for number, (what, found) in reversed(list(enumerate(bars.items()))):
        figure.add_trace(
            Bar(
                y=[escape(name) for name, _ in found], x=[value for _, value in found], name=escape(what),
                orientation="h", marker={"color": SERIES[number % len(SERIES)]},
                text=[f"{value:,.1f} s" for _, value in found], textposition="auto", cliponaxis=False,
                hovertemplate="%{y}: %{x:.1f} s",
            )
        )  # fmt: skip
    if missing:
        figure.add_trace(
            Bar(y=[escape(name) for name in missing], x=[0] * len(missing), orientation="h", showlegend=False,
                text=["not measured"] * len(missing), textposition="outside", hoverinfo="skip", cliponaxis=False)
        )  # fmt: skip
    least: dict[str, float] = dict.fromkeys(map(escape, missing), math.inf)
    for found in bars.values():
        for name, value in found:
            least[escape(name)] = min(least.get(escape(name), math.inf), value)
    names = sorted(least, key=lambda name: -least[name])  # Plotly's first category lies at the bottom
    figure.update_layout(
        height=130 + _ROW * max(len(names), 1) * max(len(bars), 1),
        yaxis={"categoryorder": "array", "categoryarray": names, "automargin": True},
        xaxis={"title": "seconds", "rangemode": "tozero"},
        legend={"traceorder": "reversed"},
    )
    return figure


def _figure(height: int) -> Figure:
    from plotly.graph_objects import Figure

    figure = Figure()
    layout: dict[str, Any] = {"margin": {"l": 10, "r": 10, "t": 30, "b": 10}, "showlegend": True}
    figure.update_layout(legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"}, **layout)
    if height:
        figure.update_layout(height=height)
    return figure


def _marker(number: int, *, hollow: bool = False) -> dict[str, Any]:
    symbol = SYMBOLS[number % len(SYMBOLS)]
    return {
        "size": 9, "color": SERIES[number % len(SERIES)], "symbol": f"{symbol}-open" if hollow else symbol,
    }  # fmt: skip


def _ends(value: float, low: float, high: float) -> dict[str, Any] | None:
    if not (math.isfinite(low) and math.isfinite(high)):
        return None
    return {"type": "data", "symmetric": False, "array": [high - value], "arrayminus": [value - low], "thickness": 1.2}
