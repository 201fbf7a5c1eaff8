"""What is picked on the map of a latent space: structures, values, stars, and ends for a walk."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from polydesign.core.properties import PROPERTIES
from polydesign.engine.design.shortlist import Entry, of_text
from polydesign.engine.latent.points import Placed, to_csv
from polydesign.ui.latent.view import PICKED
from polydesign.ui.parts.polymer_view import link
from polydesign.ui.parts.star import star
from polydesign.ui.parts.text import quantity
from polydesign.ui.parts.theme import theme

if TYPE_CHECKING:
    from pandas import DataFrame, Series

PAGE = 8  # cards a page
A, B = "a", "b"  # fields of the polymers that a way begins and ends with
FIRST = ("tg_exp_c", "egc_dft_ev", "density_md_g_cm3")


def picked(frame: DataFrame, placed: Placed | None, key: str) -> None:
    """Draw the picked polymers as cards, page by page; nothing when none is picked."""
    chosen = st.session_state.get(PICKED, [])
    rows = frame[frame["psmiles"].isin(set(chosen))].drop_duplicates("psmiles")
    if not len(rows):
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.html(f'<div class="pd-section">{len(rows):,} picked</div>')
        st.download_button(
            "CSV", lambda: to_csv(rows), "picked.csv", "text/csv", key="latent.picked.csv", on_click="ignore",
            icon=":material/download:", type="tertiary",
        )  # fmt: skip
        st.button("Clear", icon=":material/close:", key="latent.clear", type="tertiary",
                  on_click=lambda: st.session_state.pop(PICKED, None))  # fmt: skip
    pages = math.ceil(len(rows) / PAGE)
    pager = f"latent.page.{hash(tuple(rows['psmiles']))}"
    page = st.session_state.get(pager, 1)
    keys = list(dict.fromkeys([key, *(k for k in FIRST if k in frame)]))
    with st.grid(min_column_width=240, gap="small"):
        shown = rows.iloc[(page - 1) * PAGE : page * PAGE]
        for place, (_, row) in zip(shown.index.tolist(), shown.iterrows(), strict=True):
            _card(place, row, placed, keys)
    if pages > 1:
        st.pagination(pages, key=pager)


def _card(place: int, row: Series, placed: Placed | None, keys: list[str]) -> None:
    from polydesign.viz.structures import svg

    text = str(row["psmiles"])
    with st.container(border=True, gap="xsmall"):
        st.html(f'<div class="pd-head"><b>{escape(str(row["name"])) or "&nbsp;"}</b></div>'
                f'<div class="pd-marks"><span class="pd-mark">{escape(str(row["group"]))}</span></div>')  # fmt: skip
        st.image(svg(text, 300, 180, theme()), width="stretch", alt=f"Repeat unit {text}")
        st.html(f'{values({key: float(row[key]) for key in keys})}<code class="pd-psmiles">{escape(text)}</code>')
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            for field, label in ((A, "A"), (B, "B")):
                st.button(label, key=f"latent.use.{field}.{place}", on_click=use, args=(field, text),
                          help=f"Take it as polymer {label}.")  # fmt: skip
            link(text)
            own = int(row["own"])
            entry = placed.entries[own] if placed is not None and own >= 0 else None
            star(_chain(text), lambda: entry or _entry(text, str(row["group"])), f"latent.{place}")


def values(known: dict[str, float]) -> str:
    """Return property values as an HTML table; those that are not known are left out."""
    lines = "".join(
        f"<tr><td>{escape(PROPERTIES[key].label)}</td><td>{escape(quantity(PROPERTIES[key], value))}</td></tr>"
        for key, value in known.items()
        if math.isfinite(value)
    )
    return f'<table class="pd-effects">{lines}</table>' if lines else ""


def use(field: str, text: str) -> None:
    """Put a polymer into the form."""
    st.session_state[field] = text


def _entry(text: str, group: str) -> Entry:
    return of_text(text, f"{group}, Latent space page")


@st.cache_data(max_entries=5000, show_spinner=False)
def _chain(text: str) -> str:
    from polydesign.chem.notation.identity import chain_key

    return chain_key(text)
