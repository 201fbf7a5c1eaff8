"""Figures of many polymers' properties: correlations, scatter matrix, distributions, fits, compromises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from polydesign.core.properties import PROPERTIES, PropertySpec
from polydesign.viz.palette import BLUE, GREY, ORANGE, PALE, SOLID_GREY, VERMILION

if TYPE_CHECKING:
    from pandas import DataFrame
    from plotly.graph_objects import Figure

    from polydesign.engine.relations.correlation import Correlations
    from polydesign.engine.relations.target_fit import Fit

WEBGL = 1000  # points from which the graphics card draws
_MARGIN = {"l": 10, "r": 10, "t": 30, "b": 10}
_LEGEND = {"orientation": "h", "y": 1.08}


def title(spec: PropertySpec) -> str:
    """Return the label of a property with its unit."""
    return f"{spec.label}, {spec.unit_text}" if spec.unit_text else spec.label


def correlation_matrix(correlations: Correlations) -> Figure:
    """Draw the coefficients, blue for rising together, orange for opposite ways; empty where nobody can say."""
    from plotly.graph_objects import Figure, Heatmap

    names = [PROPERTIES[key].symbol for key in correlations.keys]
    labels = [PROPERTIES[key].label for key in correlations.keys]
    hover = [
        [
            f"{a} with {b}<br>{n:,} polymers, " + (f"r = {r:.2f}" if np.isfinite(r) else "too few")
            for b, r, n in zip(labels, r_row, n_row, strict=True)
        ]
        for a, r_row, n_row in zip(labels, correlations.r, correlations.n, strict=True)
    ]
    figure = Figure(
        Heatmap(
            z=correlations.r,
            x=names,
            y=names,
            zmin=-1,
            zmax=1,
            xgap=1,
            ygap=1,
            text=hover,
            hovertemplate="%{text}<extra></extra>",
            colorscale=[[0, VERMILION], [0.5, PALE], [1, BLUE]],
            colorbar={"title": "r", "thickness": 12, "len": 0.6},
        )
    )
    figure.update_layout(
        margin=_MARGIN,
        height=560,
        xaxis={"side": "top", "tickangle": -60, "constrain": "domain", "showgrid": False},
        yaxis={"autorange": "reversed", "scaleanchor": "x", "constrain": "domain", "showgrid": False},
    )
    return figure


def scatter_matrix(sets: Mapping[str, DataFrame], keys: Sequence[str]) -> Figure:
    """Draw each property against each other for named sets of polymers; always on the graphics card."""
    from plotly.graph_objects import Figure, Splom

    figure = Figure()
    for (name, frame), colour in zip(sets.items(), (GREY, BLUE, ORANGE), strict=False):
        figure.add_trace(
            Splom(
                dimensions=[
                    {"label": PROPERTIES[k].symbol, "values": frame[k] if k in frame else [None] * len(frame)}
                    for k in keys
                ],
                name=name,
                marker={"size": 3 if len(frame) > 300 else 5, "color": colour},
                diagonal_visible=False,
                showupperhalf=False,
                text=frame["psmiles"],
                hovertemplate="%{text}<br>%{x:.4g}, %{y:.4g}<extra></extra>",
            )
        )
    for place, key in enumerate(keys, start=1):
        kind = PROPERTIES[key].scale.removesuffix("10")
        figure.update_layout({f"xaxis{place}": {"type": kind}, f"yaxis{place}": {"type": kind}})
    figure.update_layout(margin=_MARGIN, height=max(340, 170 * len(keys)), legend=_LEGEND)
    return figure


def distributions(key: str, histogram: Mapping[str, Sequence[float]], sets: Mapping[str, np.ndarray]) -> Figure:
    """Draw the distribution of a property as shares of polymers in equal bins of its scale.

    Args:
        key: the property.
        histogram: of the training data, as a checkpoint keeps it: edges in the unit, counts.
        sets: name -> (N,) values in the unit.
    """
    from plotly.graph_objects import Figure, Scatter

    spec = PROPERTIES[key]
    edges = np.asarray(histogram["edges"], dtype=float)
    scaled = spec.to_scale(edges)
    middle = spec.from_scale((scaled[1:] + scaled[:-1]) / 2)
    counts = np.asarray(histogram["counts"], dtype=float)
    figure = Figure(
        Scatter(
            x=middle,
            y=100 * counts / max(counts.sum(), 1),
            name="training data",
            mode="lines",
            fill="tozeroy",
            line={"color": GREY, "width": 0, "shape": "hvh"},
            hovertemplate="%{x:.4g}: %{y:.1f} %<extra>training data</extra>",
        )
    )
    for (name, values), (colour, dash) in zip(sets.items(), ((BLUE, "solid"), (ORANGE, "dash")), strict=False):
        known = values[np.isfinite(values)]
        # What lies beyond the ends is counted in the outermost bins, so that the shares add up.
        inside = np.clip(spec.to_scale(known), scaled[0], scaled[-1])
        share = 100 * np.histogram(inside, scaled)[0] / max(len(known), 1)
        figure.add_trace(
            Scatter(
                x=middle,
                y=share,
                name=f"{name} ({len(known):,})",
                mode="lines",
                line={"color": colour, "width": 2, "dash": dash, "shape": "hvh"},
                hovertemplate=f"%{{x:.4g}}: %{{y:.1f}} %<extra>{name}</extra>",
            )
        )
    figure.update_layout(
        margin=_MARGIN,
        height=420,
        legend=_LEGEND,
        xaxis={"title": title(spec), "type": spec.scale.removesuffix("10")},
        yaxis={"title": "share of polymers, %"},
    )
    return figure


def fit_plot(answer: Fit) -> Figure:
    """Draw predicted values against targets with the line where both are equal; guide and checker apart."""
    from plotly.graph_objects import Figure, Scatter, Scattergl

    spec = PROPERTIES[answer.key]
    kind = Scattergl if 2 * len(answer.target) > WEBGL else Scatter
    figure = Figure()
    styles = (("guide", BLUE, "circle"), ("checker", ORANGE, "diamond-open"))
    for model, colour, symbol in styles:
        figure.add_trace(
            kind(
                x=answer.target,
                y=getattr(answer, model),
                mode="markers",
                text=answer.texts,
                name=f"{model}{_judged(answer, model)}",
                marker={"color": colour, "symbol": symbol, "size": 7},
                hovertemplate="%{text}<br>asked %{x:.4g}, predicted %{y:.4g}<extra></extra>",
            )
        )
    known = np.concatenate([answer.target, answer.guide, answer.checker])
    ends = [float(np.nanmin(known)), float(np.nanmax(known))]
    figure.add_trace(
        Scatter(x=ends, y=ends, mode="lines", line={"color": GREY}, name="asked = predicted", hoverinfo="skip")
    )
    axis = {"type": spec.scale.removesuffix("10")}
    figure.update_layout(
        margin=_MARGIN,
        height=520,
        legend=_LEGEND,
        xaxis={"title": f"Target: {title(spec)}", **axis},
        yaxis={"title": f"Predicted: {title(spec)}", **axis},
    )
    return figure


def _judged(answer: Fit, model: str) -> str:
    r2 = answer.r2(model)
    return f", R² {r2:.3f}" if np.isfinite(r2) else ""


def compromises(
    values: np.ndarray, keys: Sequence[str], best: np.ndarray, locked: np.ndarray, texts: Sequence[str]
) -> Figure:
    """Draw two or three objectives of N candidates; the non-dominated and the locked ones marked.

    Args:
        values: (N, K) in their units, K 2 or 3.
        keys: the K properties.
        best, locked: (N,) bool.
        texts: N p-SMILES.
    """
    from plotly.graph_objects import Figure, Scatter, Scatter3d, Scattergl

    figure = Figure()
    flat = Scattergl if len(values) > WEBGL else Scatter
    groups = (
        ("dominated", ~best & ~locked, GREY, "circle", 6),
        ("no other is better in everything", best & ~locked, BLUE, "circle", 9),
        ("locked", locked, ORANGE, "diamond", 10),
    )
    for name, rows, colour, symbol, size in groups:
        places = np.flatnonzero(rows).tolist()
        common: dict[str, Any] = {
            "mode": "markers",
            "name": f"{name} ({len(places)})",
            "text": [texts[place] for place in places],
            "customdata": places,
            "marker": {"color": colour, "symbol": symbol, "size": size},
        }
        points = [values[places, column] for column in range(len(keys))]
        if len(keys) == 3:
            # There the card draws half-transparent points as none at all.
            common["marker"] |= {"size": size / 2, "color": SOLID_GREY if colour == GREY else colour}
            trace = Scatter3d(x=points[0], y=points[1], z=points[2], **common)
            trace.hovertemplate = "%{text}<br>%{x:.4g}, %{y:.4g}, %{z:.4g}<extra></extra>"
        else:
            trace = flat(x=points[0], y=points[1], **common)
            trace.hovertemplate = "%{text}<br>%{x:.4g}, %{y:.4g}<extra></extra>"
        figure.add_trace(trace)
    axes = [{"title": title(PROPERTIES[key]), "type": PROPERTIES[key].scale.removesuffix("10")} for key in keys]
    named = dict(zip(("xaxis", "yaxis", "zaxis"), axes, strict=False))
    figure.update_layout(margin=_MARGIN, height=540, legend=_LEGEND, **({"scene": named} if len(keys) == 3 else named))
    return figure
