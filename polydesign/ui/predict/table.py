"""Predicted polymers as a table, page by page; a click on a row shows the polymer at large below."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from polydesign.core.properties import PROPERTIES
from polydesign.engine.design.shortlist import of_row
from polydesign.ui.parts.columns import drawing, value_columns
from polydesign.ui.parts.polymer_view import address
from polydesign.ui.parts.star import star_all
from polydesign.ui.parts.text import unit
from polydesign.ui.predict.run import RUN

if TYPE_CHECKING:
    from polydesign.engine.predict.batch import Answer
    from polydesign.engine.predict.nearest import Neighbour

PAGE = 50  # rows a page; each has a drawing
# Property -> the literature value of a common polymer that stands beside it.
LITERATURE = {
    "tg_exp_c": "tg_c",
    "tm_exp_c": "tm_c",
    "density_md_g_cm3": "density_g_cm3",
    "refractive_index_md": "refractive_index",
}
ORIGIN = "Predict page"  # on the shortlist
ORDERS = ("{}, highest first", "{}, lowest first")


def selected() -> str:
    """Return the session key of the place of the polymer that is shown at large."""
    return f"predict.selected.{RUN.number()}"


def ordered(answer: Answer, order: str) -> np.ndarray:
    """Return the places of the predicted rows in an order of the toolbar."""
    for key in answer.keys:
        for template, sign in zip(ORDERS, (-1, 1), strict=True):
            if order == template.format(PROPERTIES[key].label):
                values = answer.table[key].to_numpy()[answer.fine]
                return answer.fine[np.argsort(sign * values, kind="stable")]
    return answer.fine


def in_domain(answer: Answer, keys: Sequence[str]) -> np.ndarray:
    """Return (N,) bool, whether a polymer lies near the training chains for all of `keys`."""
    columns = [answer.table[f"{key}_in_domain"].fillna(False).to_numpy(dtype=bool) for key in keys]
    return np.all(columns, axis=0) if columns else np.ones(len(answer.table), dtype=bool)


def title(answer: Answer, place: int) -> str:
    """Return what a polymer is called: its common name, however it was written, its label, or its row."""
    name, label, row = (answer.table[column].iloc[place] for column in ("name", "label", "row"))
    known = next((near.polymer.name for near in answer.nearest.of(place)[:1] if near.same_chain), "")
    return str(name or label or known or f"Row {row}")


def table(answer: Answer, places: np.ndarray, keys: Sequence[str]) -> None:
    """Draw one page of the rows `places`, in their order."""
    from pandas import DataFrame

    n_pages = max(math.ceil(len(places) / PAGE), 1)
    pager = f"predict.page.{RUN.number()}"
    page = st.session_state.get(pager, 1)
    shown = places[(page - 1) * PAGE : page * PAGE].tolist()
    near = in_domain(answer, keys)
    # Another order or page is another table, in which nothing is chosen yet.
    name = f"predict.table.{RUN.number()}.{hash(tuple(shown))}"

    def opened() -> None:
        if picked := st.session_state[name]["selection"]["rows"]:
            st.session_state[selected()] = shown[picked[0]]

    st.dataframe(
        DataFrame([_row(answer, place, keys, bool(near[place])) for place in shown]),
        key=name,
        hide_index=True,
        row_height=72,
        height=min(40 + 72 * len(shown), 460),
        column_config=_columns(keys),
        on_select=opened,
        selection_mode="single-row",
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if n_pages > 1:
            st.pagination(n_pages, key=pager)
        star_all(lambda: [of_row(answer, place, ORIGIN) for place in shown], len(shown), "predict.page")


def _row(answer: Answer, place: int, keys: Sequence[str], near: bool) -> dict[str, Any]:
    psmiles = answer.table["psmiles"].iloc[place]
    row: dict[str, Any] = {
        "row": answer.table["row"].iloc[place],
        "structure": drawing(psmiles),
        "polymer": title(answer, place),
    }
    for key in keys:
        value = answer.prediction(place, key)
        row[key], row[f"{key}_lo80"], row[f"{key}_hi80"] = value.mean, value.lo80, value.hi80
        row[f"{key}_checker"] = answer.checked(place, key)
    row["in_domain"] = near
    row["nearest"] = ", ".join(_known(near, keys) for near in answer.nearest.of(place))
    row["page"], row["psmiles"] = address(psmiles), psmiles
    return row


def _known(near: Neighbour, keys: Sequence[str]) -> str:
    """Return a common polymer with its similarity, and its literature values of the properties that are shown."""
    values = {key: getattr(near.polymer, LITERATURE[key]) for key in keys if key in LITERATURE}
    known = [
        f"{PROPERTIES[key].symbol} {value:g} {unit(PROPERTIES[key])}".strip()
        for key, value in values.items()
        if value is not None
    ]
    return f"{near.polymer.short} {near.similarity:.2f}" + (f" ({', '.join(known)})" if known else "")


def _columns(keys: Sequence[str]) -> dict[str, Any]:
    number = st.column_config.NumberColumn
    columns: dict[str, Any] = {
        "row": number("Row", width=52, format="%d", help="Line or row in what was given."),
        "structure": st.column_config.ImageColumn("Structure", width=130),
        "polymer": st.column_config.TextColumn("Polymer", width=170),
    }
    columns |= value_columns(keys, "The value of an independent model of another type.")
    columns["in_domain"] = st.column_config.CheckboxColumn(
        "In domain", help="Near the property models' training chains for all properties shown."
    )
    columns["nearest"] = st.column_config.TextColumn(
        "Nearest common polymers",
        width=420,
        help="With their similarity, where 1 is the same chain, and literature values of the properties shown.",
    )
    columns["page"] = st.column_config.LinkColumn("Page", width=60, display_text="open", help="All about this polymer.")
    columns["psmiles"] = st.column_config.TextColumn("p-SMILES", width="large")
    return columns
