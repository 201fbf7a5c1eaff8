"""A way through a latent space as a strip of structures, with property curves along it."""

from __future__ import annotations

import math
from html import escape
from itertools import groupby

import streamlit as st

from polydesign.core.properties import PROPERTIES
from polydesign.engine.design.shortlist import Entry
from polydesign.engine.latent.moves import Moves
from polydesign.ui.latent.picked import FIRST
from polydesign.ui.parts.cards import value_line
from polydesign.ui.parts.polymer_view import link
from polydesign.ui.parts.star import star
from polydesign.ui.parts.text import plain
from polydesign.ui.parts.theme import theme
from polydesign.viz.gauges import axis_over

PAGE = 12  # cards a page
_CURVES = 4


def way(moves: Moves, key: str) -> None:
    """Draw what the latest walk, sample or climb found."""
    valid, distinct = int(moves.valid.sum()), len({chain for chain in moves.keys if chain})
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.html(f'<div class="pd-section">{escape(moves.title)}</div>')
        st.download_button(
            "CSV", moves.to_csv, "latent-way.csv", "text/csv", key="latent.way.csv", on_click="ignore",
            icon=":material/download:", type="tertiary",
        )  # fmt: skip
    st.caption(f"{valid} of {len(moves)} points are repeat units, {distinct} different chains.")
    for note in moves.notes:
        st.warning(plain(note), icon=":material/info:")
    keys = _keys(moves, key)
    _strip(moves, keys[:2])
    if keys:
        _curves(moves, keys)


def stretches(moves: Moves) -> list[tuple[int, int]]:
    """Return first and last step, from 0, of each stretch of a way whose strings are the same."""
    return [
        (steps[0], steps[-1])
        for steps in ([i for i, _ in group] for _, group in groupby(enumerate(moves.raw), key=lambda step: step[1]))
    ]


def _keys(moves: Moves, key: str) -> list[str]:
    wanted = [moves.climbed, key, *FIRST]
    return [name for name in dict.fromkeys(wanted) if name in moves.predictions]


def _strip(moves: Moves, keys: list[str]) -> None:
    parts = stretches(moves)
    pages = math.ceil(len(parts) / PAGE)
    pager = f"latent.way.{hash((moves.title, tuple(moves.raw)))}"
    page = st.session_state.get(pager, 1)
    axes = {}
    for name in keys:
        columns = moves.predictions[name]
        axes[name] = axis_over(PROPERTIES[name], [float(x) for x in (*columns.lo80, *columns.hi80) if math.isfinite(x)])
    with st.grid(min_column_width=240, gap="small"):
        for first, last in parts[(page - 1) * PAGE : page * PAGE]:
            _card(moves, first, last, keys, axes)
    if pages > 1:
        st.pagination(pages, key=pager)


def _card(moves: Moves, first: int, last: int, keys: list[str], axes: dict) -> None:
    from polydesign.viz.structures import svg

    numbers = f"Step {first + 1}" if first == last else f"Steps {first + 1} to {last + 1}"
    text, known = moves.psmiles[first], moves.of(first)
    why = "distance from the first step in standard deviations of the prior"
    far = f'<span title="{why}">{moves.distance[first]:.2f} sd</span>'
    name = escape(moves.names[first]) or "&nbsp;"
    with st.container(border=True, gap="xsmall", key=f"latent-step-{first}"):
        st.html(f'<div class="pd-head"><b>{numbers}</b>{far}</div><small>{name}</small>')
        if text is None:
            st.html('<div class="pd-marks"><span class="pd-mark pd-bad">no repeat unit</span></div>'
                    f'<code class="pd-psmiles">{escape(moves.raw[first])}</code>')  # fmt: skip
            st.caption(plain(moves.reasons[first]))
            return
        st.image(svg(text, 260, 160, theme()), width="stretch", alt=f"Repeat unit {text}")
        lines = "".join(value_line(key, known.get(key), None, axes[key]) for key in keys)
        st.html(f'<div class="pd-lines">{lines}</div><code class="pd-psmiles">{escape(text)}</code>')
        chain = moves.keys[first]
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            link(text)
            if chain:
                origin = f"{moves.title}, step {first + 1}"
                star(chain, lambda: Entry(text, chain, origin=origin, predictions=known), f"way.{first}")


def _curves(moves: Moves, keys: list[str]) -> None:
    from polydesign.viz.latent_map import curves

    chosen = st.multiselect(
        "Curves", list(moves.predictions), default=keys[:2], key=f"latent.curves.{moves.climbed or 'any'}",
        format_func=lambda name: PROPERTIES[name].label, max_selections=_CURVES,
    )  # fmt: skip
    if chosen:
        st.plotly_chart(
            curves(moves, chosen), key="latent.way.figure", config={"displaylogo": False},
            alt="Properties along the way: " + ", ".join(PROPERTIES[name].label for name in chosen),
        )  # fmt: skip
