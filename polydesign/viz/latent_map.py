"""Plotly figures of a latent space: the map of polymers, and property curves along a way through it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from polydesign.core.properties import PROPERTIES
from polydesign.viz.palette import BLUE, CLEAR, GREY, INK, ORANGE, PAPER, PURPLE, VERMILION, Theme
from polydesign.viz.properties import WEBGL, title

if TYPE_CHECKING:
    from pandas import DataFrame
    from plotly.graph_objects import Figure

    from polydesign.engine.latent.moves import Moves

# The reader's own points: colour, none of which is on the scale of the map, and shape.
_OWN = {"candidate": (VERMILION, "square"), "shortlist": (PURPLE, "star"), "typed": (VERMILION, "cross")}
_NEAR = (0.15, 0.055)  # of width and height: a name that would lie closer to another is left out
_LONGEST = 60  # characters of a p-SMILES that a label shows


def picture(
    frame: DataFrame, key: str, *, axes: tuple[str, str], way: Moves | None = None, theme: Theme = "light",
    names: bool = True, height: int = 640,
) -> Figure:  # fmt: skip
    """Draw the map.

    Args:
        frame: rows of `engine.latent.points.table`; a point's customdata is its row.
        key: property of the library's colours.
        axes: titles.
        way: drawn as a line where its places are on this map.
        theme: of the page.
        names: write the names of common polymers, as far as they have room; all show theirs when pointed at.
        height: pixels.
    """
    from plotly.graph_objects import Figure, Scatter, Scattergl

    figure, kind = Figure(), Scattergl if len(frame) > WEBGL else Scatter
    group = frame["group"].to_numpy()
    for name in dict.fromkeys(group):
        rows = np.flatnonzero(group == name)
        part = frame.iloc[rows]
        trace = kind(x=part["x"], y=part["y"], customdata=rows, mode="markers", name=f"{name} ({len(rows):,})")
        if name == "library":
            trace.marker = _coloured(part[key].to_numpy(dtype=float), key, theme)
        elif name in _OWN:
            colour, symbol = _OWN[name]
            trace.marker = {"color": colour, "symbol": symbol, "size": 11, "line": {"color": INK[theme], "width": 1}}
        else:
            trace.marker = {"color": INK[theme], "symbol": "diamond-open", "size": 6}
        trace.text = _labels(part, key)
        trace.hovertemplate = "%{text}<extra></extra>"
        figure.add_trace(trace)
    if names:
        figure.add_trace(_names(frame[group == "common polymer"], frame, theme))
    if way is not None:
        for trace in _way(way, theme, kind):
            figure.add_trace(trace)
    plain = {"showgrid": False, "zeroline": False, "showticklabels": False}
    figure.update_layout(
        height=height, margin={"l": 10, "r": 10, "t": 10, "b": 10}, dragmode="pan", hovermode="closest",
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0}, uirevision="map",
        xaxis={"title": axes[0], **plain}, yaxis={"title": axes[1], **plain},
    )  # fmt: skip
    return figure


def page(figure: Figure, label: str) -> str:
    """Return a figure as a page of its own that needs no network: the script is part of it."""
    figure.update_layout(template="plotly_white", title=f"Latent space of {label}", margin={"t": 80})
    return figure.to_html(include_plotlyjs=True, full_html=True, config={"displaylogo": False, "scrollZoom": True})


def curves(way: Moves, keys: Sequence[str]) -> Figure:
    """Draw properties along a way, one below the other: the guide's values with 80 % intervals, gaps where invalid.

    What the map's line expected stands beside it where the way climbs this property; invalid steps are marked.
    """
    from plotly.graph_objects import Scatter
    from plotly.subplots import make_subplots

    figure = make_subplots(rows=len(keys), cols=1, shared_xaxes=True, vertical_spacing=0.05)
    steps = np.arange(1, len(way) + 1)
    for row, key in enumerate(keys, start=1):
        spec, first = PROPERTIES[key], row == 1
        columns = way.predictions.get(key)
        empty = np.full(len(way), np.nan)
        mean, low, high = (empty,) * 3 if columns is None else (columns.mean, columns.lo80, columns.hi80)
        error = {"type": "data", "symmetric": False, "array": high - mean, "arrayminus": mean - low, "color": GREY,
                 "thickness": 3, "width": 0}  # fmt: skip
        figure.add_trace(Scatter(
            x=steps, y=mean, error_y=error, mode="lines+markers", line={"color": BLUE}, marker={"size": 7},
            name="guide, 80 % interval", legendgroup="guide", showlegend=first, connectgaps=False,
            text=[(name or text or "")[:_LONGEST] for name, text in zip(way.names, way.psmiles, strict=True)],
            hovertemplate="%{x}: %{y:.4g}<br>%{text}<extra></extra>",
        ), row=row, col=1)  # fmt: skip
        if key == way.climbed:
            figure.add_trace(Scatter(
                x=steps, y=way.line, mode="lines", line={"color": ORANGE, "dash": "dash"}, name="expected by the ridge",
                hovertemplate="%{x}: %{y:.4g}<extra></extra>",
            ), row=row, col=1)  # fmt: skip
        figure.update_yaxes(title=f"{spec.symbol}, {spec.unit_text}".rstrip(", "), type=spec.scale.removesuffix("10"),
                            row=row, col=1)  # fmt: skip
    for step in steps[~way.valid].tolist():
        figure.add_vline(x=step, line={"color": ORANGE, "width": 1, "dash": "dot"})
    if not way.valid.all():
        figure.add_trace(Scatter(x=[None], y=[None], mode="lines", line={"color": ORANGE, "width": 1, "dash": "dot"},
                                 name="no repeat unit"), row=1, col=1)  # fmt: skip
    figure.update_xaxes(range=[0.5, len(way) + 0.5])
    figure.update_xaxes(title="step", row=len(keys), col=1)
    figure.update_layout(
        height=90 + 160 * len(keys), margin={"l": 10, "r": 10, "t": 30, "b": 10}, hovermode="closest",
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom"},
    )  # fmt: skip
    return figure


def _coloured(values: np.ndarray, key: str, theme: Theme) -> dict[str, Any]:
    """Return markers coloured by a property, on its scale and without its outermost hundredths."""
    from plotly.colors import sample_colorscale

    spec = PROPERTIES[key]
    scaled = spec.to_scale(values)
    low, high = np.nanpercentile(scaled, [2, 98]) if np.isfinite(scaled).any() else (0.0, 1.0)
    high = high if high > low else low + 1.0
    ticks = np.linspace(low, high, 4)
    # Cividis, without the end that would vanish in the background.
    shades = sample_colorscale("Cividis", np.linspace(0.25, 1.0, 9) if theme == "dark" else np.linspace(0.0, 0.93, 9))
    return {
        "color": scaled, "cmin": low, "cmax": high, "size": 5, "opacity": 0.85,
        "colorscale": [[i / 8, shade] for i, shade in enumerate(shades)],
        "colorbar": {
            "title": {"text": title(spec), "side": "top"}, "orientation": "h", "thickness": 10, "len": 0.6,
            "x": 0, "xanchor": "left", "y": -0.06, "yanchor": "top",
            "tickvals": ticks, "ticktext": [f"{value:.3g}" for value in spec.from_scale(ticks)],
        },
    }  # fmt: skip


def _labels(part: DataFrame, key: str) -> list[str]:
    spec = PROPERTIES[key]
    labels = []
    for name, text, value in zip(part["name"], part["psmiles"], part[key], strict=True):
        head = f"{_escaped(name)}<br>" if name else ""
        known = f"<br>{spec.symbol} {value:.4g} {spec.unit_text}" if np.isfinite(value) else ""
        labels.append(f"{head}{_escaped(text)}{known}")
    return labels


def _escaped(text: str) -> str:
    """Return a text, cut, as Plotly shows it letter by letter; it knows some HTML."""
    shown = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _names(common: DataFrame, frame: DataFrame, theme: Theme) -> Any:
    """Return the names of common polymers that have room, the first of the table first."""
    from plotly.graph_objects import Scatter

    from polydesign.chem.common import COMMON_POLYMERS

    short = {polymer.name: polymer.abbreviation for polymer in COMMON_POLYMERS}
    width, height = (float(np.ptp(frame[axis])) or 1.0 for axis in "xy")
    kept: list[tuple[float, float, str]] = []
    for name, x, y in zip(common["name"], common["x"], common["y"], strict=True):
        free = all(abs(x - a) > _NEAR[0] * width or abs(y - b) > _NEAR[1] * height for a, b, _ in kept)
        if short.get(name) and free:
            kept.append((x, y, short[name]))
    paper = PAPER[theme]
    halo = f"0 0 3px {paper}, 0 0 3px {paper}, 0 0 2px {paper}"
    return Scatter(
        x=[x for x, _, _ in kept], y=[y for _, y, _ in kept], text=[name for _, _, name in kept], mode="text",
        textposition="top center", textfont={"size": 11, "color": INK[theme], "shadow": halo}, hoverinfo="skip",
        showlegend=False,
    )  # fmt: skip


def _way(way: Moves, theme: Theme, kind: Any) -> list[Any]:
    """Return the line of a way and its steps, hollow where a step is no repeat unit."""
    shown = [name or text for name, text in zip(way.names, way.raw, strict=True)]
    texts = [f"step {step}<br>{_escaped(text)}" for step, text in enumerate(shown, start=1)]
    marker = {
        "color": [BLUE if fits else CLEAR for fits in way.valid], "size": 9,
        "line": {"color": INK[theme], "width": 1.5},
    }  # fmt: skip
    steps = kind(
        x=way.xy[:, 0], y=way.xy[:, 1], mode="lines+markers" if way.ordered else "markers", marker=marker,
        line={"color": INK[theme], "width": 1.5}, name="this way" if way.ordered else "these points", text=texts,
        hovertemplate="%{text}<extra></extra>",
    )  # fmt: skip
    return [steps]
