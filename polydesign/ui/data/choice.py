"""Which data set, and which of its rows: set, search, filters, a random row."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import streamlit as st

from polydesign.ui.parts import linked
from polydesign.ui.parts.text import plain

if TYPE_CHECKING:
    import numpy as np
    from pandas import DataFrame

    from polydesign.data.sources.catalog import Dataset

SET, STRUCTURE, SEARCH, LIMITS = "set", "structure", "data.search", "data.limits"


def choose(sets: dict[str, Dataset]) -> Dataset:
    """Draw the choice of the data set; a link may name one."""
    linked.restore(SET, sets)
    return sets[
        st.selectbox("Data set", list(sets), key=SET, format_func=lambda name: sets[name].title, on_change=_other)
    ]


def filtered(frame: DataFrame, labels: dict[str, str]) -> np.ndarray:
    """Draw search and filters; return the places of the rows that pass."""
    from polydesign.data.sources.shelf import search

    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        text = st.text_input("Search", key=SEARCH, placeholder="C(=O)O, or a name", width="stretch")
        with st.popover("Filter", icon=":material/filter_list:", key="data.filter", disabled=not labels):
            ranges = _ranges(frame, labels)
    return search(frame, text or "", ranges)


def _ranges(frame: DataFrame, labels: dict[str, str]) -> dict[str, tuple[float, float]]:
    asked = st.multiselect(
        "Properties to filter by", list(labels), key=LIMITS, format_func=labels.__getitem__, max_selections=6
    )
    ranges = {}
    for column in asked:
        least, most = float(frame[column].min()), float(frame[column].max())
        with st.container(horizontal=True, gap="small"):
            low = st.number_input(
                f"{plain(labels[column])} from", value=None, placeholder=f"{least:.4g}", key=f"data.from.{column}"
            )
            high = st.number_input("to", value=None, placeholder=f"{most:.4g}", key=f"data.to.{column}")
        ranges[column] = (least if low is None else low, most if high is None else high)
    return ranges


def typed(frame: DataFrame, column: str, places: np.ndarray) -> str:
    """Draw the structure that is looked at, with steps to other rows; return it, the first row's by default."""
    shown = str(st.session_state.get(STRUCTURE) or "").strip()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        text = st.text_input(
            "Structure", key=STRUCTURE, bind="query-params", placeholder="*CC(*)c1ccccc1, or CCO", width="stretch"
        )
        for label, icon, by in (("Previous", ":material/chevron_left:", -1), ("Next", ":material/chevron_right:", 1)):
            st.button(
                label, icon=icon, key=f"data.{label.lower()}", on_click=_step, args=(frame, column, places, shown, by),
                disabled=not len(places), help=f"The {label.lower()} row of those that pass search and filters.",
            )  # fmt: skip
        st.button(
            "Random", icon=":material/casino:", key="data.random", on_click=_random, args=(frame, column, places),
            disabled=not len(places), help="A random row of those that pass search and filters.",
        )  # fmt: skip
    if text and text.strip():
        return text
    return str(frame[column].iloc[places[0]]) if len(places) else ""


def _random(frame: DataFrame, column: str, places: np.ndarray) -> None:
    st.session_state[STRUCTURE] = str(frame[column].iloc[places[secrets.randbelow(len(places))]])


def _step(frame: DataFrame, column: str, places: np.ndarray, shown: str, by: int) -> None:
    """Go to a neighbour of the row that is shown, around the ends; from a structure of no row to the first or last."""
    texts = frame[column].iloc[places].astype(str).tolist()
    at = texts.index(shown) if shown in texts else (0 if not shown else -1 if by > 0 else 0)
    st.session_state[STRUCTURE] = texts[(at + by) % len(texts)]


def _other() -> None:
    """Another set begins without the structure, search and filters of the last one."""
    linked.remember(SET)
    st.session_state[STRUCTURE] = ""
    st.session_state[SEARCH] = ""
    st.session_state[LIMITS] = []
