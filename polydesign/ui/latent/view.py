"""The map of a latent space on its page: what it shows, what is picked on it, and its files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from polydesign.core.properties import PROPERTIES
from polydesign.engine.latent import points as latent_points
from polydesign.store import Checkpoint
from polydesign.ui.latent import run as latent_run
from polydesign.ui.parts.choice import Choice
from polydesign.ui.parts.text import plain
from polydesign.ui.parts.theme import theme

if TYPE_CHECKING:
    from numpy import ndarray
    from pandas import DataFrame

    from polydesign.engine.latent.map import LatentMap
    from polydesign.engine.latent.moves import Space

COLOUR, PLANE = Choice("colour"), Choice("map")
PICKED = "latent.picked"  # p-SMILES of the points that are picked
_PLANES: dict[latent_points.Plane, str] = {"pca": "PCA", "first": "First two coordinates", "tsne": "t-SNE"}
_FIGURE = "latent.figure"
_CONFIG = {"displaylogo": False, "scrollZoom": True}


def choices(made: LatentMap) -> tuple[str, latent_points.Plane]:
    """Draw the choice of colour and plane; return the property and the plane."""
    COLOUR.restore(made.ridge.keys)
    PLANE.restore(_PLANES)
    key = st.selectbox(
        "Colour", made.ridge.keys, key=COLOUR.key, format_func=lambda key: PROPERTIES[key].label,
        on_change=COLOUR.remember, persist_state="session", width=260,
    )  # fmt: skip
    plane = st.segmented_control(
        "Map", list(_PLANES), key=PLANE.key, format_func=_PLANES.__getitem__, on_change=PLANE.remember, required=True,
        persist_state="session",
    )  # fmt: skip
    return key, plane or "pca"


def draw(checkpoint: Checkpoint, made: LatentMap, key: str, plane: latent_points.Plane) -> DataFrame | None:
    """Draw the map; return its rows, None when there is no such map yet."""
    from polydesign.viz.latent_map import picture

    placed, way = latent_run.kept("placed", checkpoint), latent_run.kept("moves", checkpoint)
    places = None
    if plane != "pca":
        places = (_flat if plane == "tsne" else _first)(checkpoint, made, placed)
        if places is None:
            return None
    if way is not None and plane == "first":
        way = replace(way, xy=way.first)
    frame = latent_points.table(made, placed, places)
    axes = latent_points.axes(made, plane)
    names = st.session_state.get("latent.names", True)
    figure = picture(frame, key, axes=axes, way=None if plane == "tsne" else way, theme=theme(), names=names)

    def picked() -> None:
        points = st.session_state[_FIGURE]["selection"]["points"]
        st.session_state[PICKED] = picked_rows(points, frame)

    st.plotly_chart(
        figure, key=_FIGURE, config=_CONFIG, on_select=picked, selection_mode=("points", "box", "lasso"),
        alt=f"Map of the latent space of {checkpoint.label}: {len(frame)} polymers coloured by {PROPERTIES[key].label}",
    )  # fmt: skip
    _below(checkpoint, frame, key, axes)
    st.caption(plain(_said(checkpoint, made, frame, plane)))
    return frame


def picked_rows(points: list[dict[str, Any]], frame: DataFrame) -> list[str]:
    """Return the p-SMILES of picked points that are rows of the map, each once."""
    rows = []
    for point in points:
        data = point.get("customdata")
        row = data[0] if isinstance(data, list) and data else data
        if isinstance(row, int | float) and 0 <= row < len(frame):
            rows.append(int(row))
    return list(dict.fromkeys(frame["psmiles"].iloc[rows].tolist()))


def _first(checkpoint: Checkpoint, made: LatentMap, placed: latent_points.Placed | None) -> ndarray | None:
    """Return the first two coordinates, of a map made here where the one that is shipped lacks them; or offer that."""
    for found in (made, latent_run.kept("map", checkpoint)):
        if found is not None and (places := latent_points.first_coordinates(found, placed)) is not None:
            return places
    st.info("The map that ships with this generator was made without them; reading the polymers anew takes a minute or "
            "so, beside the page.", icon=":material/grid_on:")  # fmt: skip
    latent_run.offer(checkpoint)
    return None


def _flat(checkpoint: Checkpoint, made: LatentMap, placed: latent_points.Placed | None) -> ndarray | None:
    """Return the places by t-SNE that are at hand, and offer to compute them anew."""
    kept = latent_run.kept("tsne", checkpoint)
    with_own = kept is not None and placed is not None and kept[0] is placed
    places: ndarray | None = None
    if kept is not None:
        places = kept[1] if with_own else kept[1][: len(made.library) + len(made.common)]
    elif len(made.library_tsne):
        import numpy as np

        places = np.concatenate([made.library_tsne, made.common_tsne])
    missing = placed is not None and not with_own
    if places is None or missing:
        if places is None:
            st.info("t-SNE lays neighbours beside each other. It takes half a minute or more; it runs beside the page.",
                    icon=":material/scatter_plot:")  # fmt: skip
        st.button(
            "Compute t-SNE with your polymers" if missing else "Compute t-SNE", icon=":material/scatter_plot:",
            key="latent.tsne", on_click=_start_tsne, args=(checkpoint, made, placed),
            disabled=latent_run.RUN.running(),
        )  # fmt: skip
    return places


def _start_tsne(checkpoint: Checkpoint, made: LatentMap, placed: latent_points.Placed | None) -> None:
    def work(space: Space, **more: Any) -> tuple[latent_points.Placed | None, ndarray]:
        return placed, latent_points.flatten(space, placed, **more)

    latent_run.start("tsne", checkpoint, work, latent_run.space(checkpoint, made))


def _below(checkpoint: Checkpoint, frame: DataFrame, key: str, axes: tuple[str, str]) -> None:
    from polydesign.viz.latent_map import page, picture

    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.toggle("Names", True, key="latent.names", persist_state="session")
        name = f"latent-{checkpoint.id.replace('/', '-')}"
        st.download_button(
            "CSV", lambda: latent_points.to_csv(frame), f"{name}.csv", "text/csv", key="latent.csv", on_click="ignore",
            icon=":material/download:", help="All points with their places and values.",
        )  # fmt: skip
        st.download_button(
            "HTML", lambda: page(picture(frame, key, axes=axes), checkpoint.label), f"{name}.html", "text/html",
            key="latent.html", on_click="ignore", icon=":material/download:", help="The map; works without a network.",
        )  # fmt: skip


def _said(checkpoint: Checkpoint, made: LatentMap, frame: DataFrame, plane: latent_points.Plane) -> str:
    n = int((frame["group"] == latent_points.LIBRARY).sum())
    common = int((frame["group"] == latent_points.COMMON).sum())
    if plane == "first":
        how = (f"z1 and z2 are two of {len(made.mean)} dimensions as the generator has them, whatever they show; point "
               "at a step to see what its code decodes to.")  # fmt: skip
    elif plane == "tsne":
        how = "t-SNE keeps neighbours together; distances between groups mean nothing, and ways cannot be drawn on it."
    else:
        how = (f"The plane shows {100 * made.explained.sum():.0f} % of the variance of codes with {len(made.mean)} "
               "dimensions: what lies together here may lie apart in the others.")  # fmt: skip
    return (
        f"{n:,} polymers of our library, coloured by the guide's predictions, and {common:,} common polymers, where "
        f"{checkpoint.label} puts them. {how} Click a point, or draw a box or lasso, to see structures."
    )
