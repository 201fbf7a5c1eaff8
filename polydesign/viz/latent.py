"""The figure of a latent space: codes of real polymers, and a path between two of them with what it decodes to."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from polydesign.viz.plots import BLUE, GREY, ORANGE

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_LONGEST = 60  # characters of a decoded string that fit into a legend


def latent_scatter(
    codes: Sequence[Sequence[float]],
    path: Sequence[Sequence[float]],
    decoded: Sequence[str],
    valid: Sequence[bool],
) -> Figure:
    """Plot z1 against z2 of real polymers and of the points of a path, each with its string in the legend.

    Args:
        codes: z1 and z2 of each real polymer.
        path: z1 and z2 of each point from one polymer to another.
        decoded: what each point of the path decodes to.
        valid: whether that is one repeat unit; the others are drawn hollow.
    """
    from plotly.graph_objects import Figure, Scatter

    figure = Figure()
    figure.add_trace(
        Scatter(
            x=[code[0] for code in codes],
            y=[code[1] for code in codes],
            mode="markers",
            name="held-out polymers",
            marker={"size": 5, "color": GREY},
            hoverinfo="skip",
        )
    )
    for number, (point, text, fits) in enumerate(zip(path, decoded, valid, strict=True), start=1):
        figure.add_trace(
            Scatter(
                x=[point[0]],
                y=[point[1]],
                mode="markers+text",
                name=f"{number}: {_shown(text)}",
                text=[str(number)],
                textposition="top center",
                marker={
                    "size": 10,
                    "color": BLUE if fits else ORANGE,
                    "symbol": "circle" if fits else "circle-open",
                },
                hovertemplate=f"{number}: (%{{x:.3g}}, %{{y:.3g}})<extra></extra>",
            )
        )
    figure.update_layout(margin={"l": 10, "r": 10, "t": 30, "b": 10}, height=560, xaxis_title="z1", yaxis_title="z2")
    return figure


def _shown(text: str) -> str:
    """Return a string cut to the width of a legend, with nothing in it that Plotly would take for a tag."""
    return escape(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")
