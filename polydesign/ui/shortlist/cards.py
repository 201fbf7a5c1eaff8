"""The shortlist: starred polymers with notes, some of them side by side, and the files."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from polydesign.core.errors import PolydesignError
from polydesign.core.properties import PROPERTIES
from polydesign.engine.design import shortlist
from polydesign.engine.design.shortlist import Entry
from polydesign.ui.parts import star
from polydesign.ui.parts.cards import value_line
from polydesign.ui.parts.polymer_view import link
from polydesign.ui.parts.text import plain
from polydesign.ui.parts.theme import theme
from polydesign.viz.gauges import axis_over

if TYPE_CHECKING:
    from polydesign.viz.axis import Axis

_BESIDE = 4  # polymers side by side
_CHOSEN, _IMPORT = "shortlist.compare", "shortlist.import"
_FILES = (
    ("CSV", "csv", "text/csv", shortlist.to_csv),
    ("SDF", "sdf", "chemical/x-mdl-sdfile", shortlist.to_sdf),
    ("JSON", "json", "application/json", shortlist.to_json),
)


def files() -> None:
    """Draw export and import."""
    listed = list(star.entries().values())
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        for label, ending, mime, write in _FILES:
            st.download_button(
                label, partial(write, listed), f"shortlist.{ending}", mime, key=f"shortlist.{ending}",
                icon=":material/download:", on_click="ignore", disabled=not listed,
            )  # fmt: skip
        with st.popover("Import", icon=":material/upload:", key="shortlist.bring"):
            # A number in the key empties the uploader once its file is read.
            number = st.session_state.setdefault(_IMPORT, 0)
            upload = st.file_uploader(
                "A file that this page wrote",
                type=["json", "csv", "sdf"],
                key=f"{_IMPORT}.{number}",
                max_upload_size=20,
            )
            if upload is not None:
                _read(upload.name, upload.getvalue())


def _read(name: str, content: bytes) -> None:
    try:
        entries = shortlist.read(content, name)
        new = star.add(entries)
    except PolydesignError as error:
        st.error(plain(error), icon=":material/error:")
        return
    st.session_state[_IMPORT] += 1
    st.toast(plain(f"{len(entries)} polymers read, {new} of them new here."), icon=":material/upload:")
    st.rerun()


def cards() -> None:
    """Draw the starred polymers."""
    listed = star.entries()
    if not listed:
        st.info(
            "Nothing is shortlisted yet. Press the star of a candidate on the Design page, of a prediction on the "
            "Predict page, of a polymer on its own page or of a structure on the Data page; or import a shortlist.",
            icon=":material/star_border:",
        )
        return
    _side_by_side(listed)
    st.html('<div class="pd-section">All</div>')
    with st.grid(min_column_width=280, gap="small"):
        for key in list(listed):
            _card(key, listed[key])


def _card(key: str, entry: Entry) -> None:
    from polydesign.viz.structures import svg

    field = f"shortlist.note.{key}"
    with st.container(border=True, gap="xsmall"):
        st.image(svg(entry.psmiles, 320, 190, theme()), width="stretch", alt=f"Repeat unit {entry.psmiles}")
        st.html(f'<code class="pd-psmiles">{escape(entry.psmiles)}</code><small>{escape(entry.origin)}</small>')
        st.text_area(
            "Note", entry.note, key=field, height=68, max_chars=shortlist.LONGEST_NOTE, placeholder="Note",
            label_visibility="collapsed", on_change=_noted, args=(key, field),
        )  # fmt: skip
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            star.star(key, lambda: entry, f"list.{key}")
            link(entry.psmiles)


def _noted(key: str, field: str) -> None:
    listed = star.entries()
    if key in listed:
        listed[key] = shortlist.noted(listed[key], st.session_state[field])


def _side_by_side(listed: dict[str, Entry]) -> None:
    kept = [key for key in st.session_state.get(_CHOSEN, ()) if key in listed]
    if kept != st.session_state.get(_CHOSEN, []):
        st.session_state[_CHOSEN] = kept
    chosen = st.multiselect(
        "Side by side", list(listed), key=_CHOSEN, format_func=lambda key: listed[key].psmiles, max_selections=_BESIDE,
        placeholder="Choose two to four",
    )  # fmt: skip
    if len(chosen) < 2:
        return
    from polydesign.viz.structures import svg

    shown = [listed[key] for key in chosen]
    keys = [key for key in PROPERTIES if any(key in entry.predictions for entry in shown)]
    axes = {key: _axis(shown, key) for key in keys}
    for column, entry in zip(st.columns(len(shown), gap="medium"), shown, strict=True):
        with column, st.container(border=True, gap="small"):
            st.image(svg(entry.psmiles, 340, 220, theme()), width="stretch", alt=f"Repeat unit {entry.psmiles}")
            st.html(f'<code class="pd-psmiles">{escape(entry.psmiles)}</code>')
            if entry.note:
                st.caption(plain(entry.note))
            lines = "".join(
                value_line(key, entry.predictions.get(key), entry.checker.get(key), axes[key]) for key in keys
            )
            st.html(f'<div class="pd-lines pd-named">{lines}</div>' if lines else "Nothing was predicted yet.")
    st.caption("Value and 80 % interval of the guide, the checker as a diamond, as they were when each was starred.")


def _axis(shown: list[Entry], key: str) -> Axis:
    known = [entry.predictions[key] for entry in shown if key in entry.predictions]
    return axis_over(PROPERTIES[key], [end for value in known for end in (value.lo80, value.hi80, value.mean)])
