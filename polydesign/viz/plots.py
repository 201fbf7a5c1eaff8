"""Plotly figures of a design run. They return figures and import Plotly only when one is asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from polydesign.core.goal import Goal
from polydesign.core.properties import PROPERTIES, PropertySpec
from polydesign.core.results import Candidate, Prediction
from polydesign.core.targets import Target
from polydesign.viz.palette import BLUE, GREY, ORANGE

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def property_map(
    candidates: Sequence[Candidate], x: str, y: str, targets: dict[str, Target], ranks: Sequence[int]
) -> Figure:
    """Plot two predicted properties with their 80 % intervals, the checker's values and the wanted ranges.

    Args:
        candidates: those to show; the ones without a finite prediction of both are left out.
        x, y: property keys.
        targets: wishes, drawn as bands where they concern x or y.
        ranks: rank of each candidate, for the labels.
    """
    from plotly.graph_objects import Figure, Scatter

    known = [
        (rank, candidate)
        for rank, candidate in zip(ranks, candidates, strict=True)
        if all(key in candidate.predictions and math.isfinite(candidate.predictions[key].mean) for key in (x, y))
    ]
    figure = Figure()
    spans = {key: _span(PROPERTIES[key], [c.predictions[key] for _, c in known], targets.get(key)) for key in (x, y)}
    for key, add, names in ((x, figure.add_vrect, ("x0", "x1")), (y, figure.add_hrect, ("y0", "y1"))):
        if key in targets:
            # An open end of a wish goes on to the edge of the picture.
            ends = [_clip(end, spans[key]) for end in Goal(key, targets[key]).band]
            add(**dict(zip(names, ends, strict=True)), fillcolor=BLUE, opacity=0.12, line_width=0, layer="below")
    checked = [(r, c) for r, c in known if all(key in c.checker for key in (x, y))]
    figure.add_trace(
        Scatter(
            x=[c.checker[x]["mean"] for _, c in checked],
            y=[c.checker[y]["mean"] for _, c in checked],
            mode="markers",
            name="checker",
            marker={"symbol": "diamond-open", "size": 7, "color": ORANGE},
            text=[f"{rank}" for rank, _ in checked],
            hovertemplate="%{text}: checker (%{x:.3g}, %{y:.3g})<extra></extra>",
        )
    )
    figure.add_trace(
        Scatter(
            x=[c.predictions[x].mean for _, c in known],
            y=[c.predictions[y].mean for _, c in known],
            error_x=_bars([c for _, c in known], x),
            error_y=_bars([c for _, c in known], y),
            mode="markers",
            name="predicted, 80 % interval",
            marker={"size": 9, "color": BLUE, "symbol": "circle"},
            text=[f"{rank}" for rank, _ in known],
            customdata=[rank for rank, _ in known],
            hovertemplate="%{text}: (%{x:.3g}, %{y:.3g})<extra></extra>",
        )
    )
    figure.update_layout(
        margin={"l": 10, "r": 10, "t": 30, "b": 10},
        height=560,
        legend={"orientation": "h", "y": 1.06},
        xaxis=_axis(PROPERTIES[x], spans[x]),
        yaxis=_axis(PROPERTIES[y], spans[y]),
    )
    return figure


def _axis(spec: PropertySpec, span: tuple[float, float]) -> dict:
    title = f"{spec.label} ({spec.unit_text})" if spec.unit_text else spec.label
    # Plotly wants the range of a logarithmic axis in decades.
    return {"title": title, "type": spec.scale.removesuffix("10"), "range": [float(end) for end in spec.to_scale(span)]}


def _span(spec: PropertySpec, values: Sequence[Prediction], target: Target | None) -> tuple[float, float]:
    """Return what an axis shows: nearly all intervals, and the wanted number."""
    ends = sorted(end for value in values for end in spec.to_scale([value.lo80, value.hi80]) if math.isfinite(end))
    cut = len(ends) // 50  # a few very unsure ones must not squeeze all the others
    ends = ends[cut : len(ends) - cut]
    if target:
        ends.append(float(spec.to_scale(target.central)))
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    margin = 0.05 * (high - low) or spec.tolerance
    return float(spec.from_scale(low - margin)), float(spec.from_scale(high + margin))


def _clip(value: float, span: tuple[float, float]) -> float:
    return min(max(value, span[0]), span[1])


def _bars(candidates: Sequence[Candidate], key: str) -> dict:
    values = [c.predictions[key] for c in candidates]
    return {
        "type": "data",
        "symmetric": False,
        "array": [v.hi80 - v.mean for v in values],
        "arrayminus": [v.mean - v.lo80 for v in values],
        "color": GREY,
        "thickness": 0.7,
        "width": 0,
    }
