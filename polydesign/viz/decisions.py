"""What a generator that decides on whole graphs believes of one structure, beside what is so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from polydesign.core.results import Decisions
from polydesign.viz.adjacency import between_atoms
from polydesign.viz.palette import ORANGE, PALE, SKY

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_ORDERS = ("none", "single", "double", "triple")


def bonds(told: Decisions, atoms: list[str]) -> Figure:
    """Draw how probable a bond is between each pair of the (A,) atoms, a ring where there is one."""
    from plotly.graph_objects import Figure, Heatmap, Scatter

    n = len(atoms)
    there = 1.0 - told.bonds[..., 0]
    np.fill_diagonal(there, np.nan)
    words = [
        [
            f"{atoms[i]} with {atoms[j]}: "
            + ", ".join(f"{name} {told.bonds[i, j, k]:.0%}" for k, name in enumerate(_ORDERS))
            for j in range(n)
        ]
        for i in range(n)
    ]
    x, y = np.nonzero(told.orders)
    figure = Figure(
        Heatmap(
            z=there,
            x=list(range(n)),
            y=list(range(n)),
            zmin=0,
            zmax=1,
            xgap=1,
            ygap=1,
            text=words,
            hovertemplate="%{text}<extra></extra>",
            colorscale=[[0, PALE], [1, SKY]],
            colorbar={"title": "bond", "tickformat": ".0%", "thickness": 12, "len": 0.6},
        )
    )
    figure.add_trace(
        Scatter(
            x=x.tolist(),
            y=y.tolist(),
            mode="markers",
            hoverinfo="skip",
            showlegend=False,
            marker={"symbol": "circle-open", "size": max(5, min(12, 300 // n)), "color": ORANGE, "line": {"width": 2}},
        )
    )
    between_atoms(figure, atoms)
    return figure


def bag(told: Decisions) -> list[dict[str, str | int | float]]:
    """Return a row for each kind that is there or held likely: its number, the likeliest one, how likely both are."""
    rows: list[dict[str, str | int | float]] = []
    for kind, share in zip(told.known, told.counts, strict=True):
        n, likeliest = told.kinds.count(kind), int(share.argmax())
        if n or likeliest:
            right = float(share[n]) if n < len(share) else 0.0
            rows.append({
                "kind": kind, "there": n, "likeliest": likeliest, "held": float(share[likeliest]), "right": right,
            })  # fmt: skip
    return rows
