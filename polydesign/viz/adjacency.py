"""The adjacency matrix of a structure as a picture of squares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from polydesign.viz.palette import GREEN, ORANGE, PALE, PURPLE, SKY

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

# No bond, single, double, triple, aromatic.
_COLOURS = (PALE, SKY, ORANGE, PURPLE, GREEN)
_NAMES = ("no bond", "single", "double", "triple", "aromatic")
_WRITTEN = 60  # atoms whose names fit along the axes


def adjacency(matrix: np.ndarray, atoms: Sequence[str]) -> Figure:
    """Draw an (n, n) matrix of 0 (no bond) to 4 (aromatic) with (n,) names of atoms along both axes."""
    from plotly.graph_objects import Figure, Heatmap

    steps = [[end, colour] for k, colour in enumerate(_COLOURS) for end in (k / 5, (k + 1) / 5)]
    names = [[_NAMES[order] for order in row] for row in matrix.tolist()]
    figure = Figure(
        Heatmap(
            z=matrix,
            x=list(range(len(atoms))),
            y=list(range(len(atoms))),
            text=names,
            xgap=1,
            ygap=1,
            zmin=-0.5,
            zmax=4.5,
            colorscale=steps,
            customdata=[[f"{a} with {b}" for b in atoms] for a in atoms],
            hovertemplate="%{customdata}: %{text}<extra></extra>",
            colorbar={"tickvals": list(range(5)), "ticktext": list(_NAMES), "thickness": 12, "len": 0.6},
        )
    )
    between_atoms(figure, atoms)
    return figure


def between_atoms(figure: Figure, atoms: Sequence[str]) -> None:
    """Lay out a picture with a square for each pair of (n,) atoms: names along both axes, the first in the corner."""
    ticks = {"tickvals": list(range(len(atoms))), "ticktext": list(atoms)} if len(atoms) <= _WRITTEN else {}
    axis = {**ticks, "showgrid": False, "zeroline": False, "tickfont": {"size": 10}}
    figure.update_layout(
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        height=440,
        xaxis={**axis, "constrain": "domain", "side": "top"},
        yaxis={**axis, "autorange": "reversed", "scaleanchor": "x", "constrain": "domain"},
    )
