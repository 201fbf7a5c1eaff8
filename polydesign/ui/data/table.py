"""A data set as a table, page by page, and what is to be known of it."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from polydesign.core.errors import ChemistryError
from polydesign.ui.data.choice import STRUCTURE
from polydesign.ui.parts.columns import drawing
from polydesign.ui.parts.theme import theme
from polydesign.viz.palette import Theme

if TYPE_CHECKING:
    import numpy as np
    from pandas import DataFrame

    from polydesign.data.sources.catalog import Dataset

PAGE = 25  # rows a page; each has a drawing


def table(entry: Dataset, frame: DataFrame, column: str, places: np.ndarray, labels: dict[str, str]) -> None:
    """Draw one page of the rows at `places`; a click on a row shows its structure above."""
    st.caption(f"{len(places):,} of {len(frame):,} rows")
    if not len(places):
        st.info("No row passes. Loosen the search or the filters.")
        return
    pages = math.ceil(len(places) / PAGE)
    pager = f"data.page.{entry.name}.{len(places)}"
    page = st.session_state.get(pager, 1)
    shown = frame.iloc[places[(page - 1) * PAGE : page * PAGE]]
    texts = [str(text) for text in shown[column]]
    name = f"data.table.{hash((entry.name, *texts))}"

    def opened() -> None:
        if picked := st.session_state[name]["selection"]["rows"]:
            st.session_state[STRUCTURE] = texts[picked[0]]

    drawn = shown.copy()
    drawn.insert(0, "drawing", [_data_uri(text) for text in texts])
    drawn.insert(1, column, drawn.pop(column))
    others = {c: st.column_config.Column(labels[c]) for c in labels}
    others[column] = st.column_config.TextColumn("p-SMILES" if column == "psmiles" else "SMILES", width="large")
    st.dataframe(
        drawn,
        key=name,
        hide_index=True,
        row_height=72,
        height=min(40 + 72 * len(shown), 470),
        column_config={"drawing": st.column_config.ImageColumn("Structure", width=130), **others},
        on_select=opened,
        selection_mode="single-row",
    )
    if pages > 1:
        st.pagination(pages, key=pager)


def about(entry: Dataset) -> None:
    """Say under which licence a set stands, where it comes from and what a user should know."""
    from polydesign.data.sources.listing import POLYINFO_TERMS

    address = (
        f'<a href="{escape(entry.address, quote=True)}" target="_blank" rel="noopener">{escape(entry.address)}</a>'
    )
    terms = POLYINFO_TERMS.removeprefix("* ") if entry.polyinfo else ""
    facts = (
        ("Name", escape(entry.name)),
        ("Rows", f"{entry.rows:,}" if entry.rows else ""),
        ("Licence", escape(entry.licence)),
        ("Address", address if entry.address else ""),
        ("Terms", escape(terms[:1].upper() + terms[1:])),
        ("Note", escape(entry.note)),
    )
    lines = "".join(f"<dt>{label}</dt><dd>{text}</dd>" for label, text in facts if text)
    st.html(f'<dl class="pd-facts">{lines}</dl>')


@st.cache_data(max_entries=2000, show_spinner=False)
def _drawn(text: str, scheme: Theme) -> str | None:
    try:
        return drawing(text, scheme)
    except ChemistryError:
        return None


def _data_uri(text: str) -> str | None:
    return _drawn(text, theme())
