"""Everything below the request: what a run brought, in the form the reader chose."""

from __future__ import annotations

import streamlit as st

from polydesign.core.properties import PROPERTIES
from polydesign.core.request import DesignRequest
from polydesign.core.results import DesignResult
from polydesign.ui.parts import summary, toolbar
from polydesign.ui.parts.cards import cards
from polydesign.ui.parts.detail import detail
from polydesign.ui.parts.run import RUN
from polydesign.ui.parts.table import table
from polydesign.ui.parts.text import plain


def results(result: DesignResult, request: DesignRequest | None) -> None:
    """Draw counts, reasons, warnings, files and candidates of a finished run; `request` is what the form says now."""
    if request is None or request != RUN.answered():
        st.caption(f"These polymers answer an earlier request: {summary.headline(result.request)}")
    summary.counts(result)
    summary.warnings(result)
    summary.rejected(result)
    if not result.candidates:
        st.info("No candidate is left. Loosen a target or a rule, or ask for more polymers.")
        return
    view, shown = toolbar.choose(result)
    if not shown:
        st.info("No candidate passes these filters.")
    elif view == "Cards":
        cards(shown, result)
    elif view == "Table":
        table(shown, result)
    else:
        _map(shown, result)
    if rank := st.session_state.pop("results.open", None):
        detail(result, rank)


def welcome() -> None:
    """Say what to do on a page that has no results yet."""
    st.html(
        '<div class="pd-welcome"><b>Ask for properties, get polymers.</b>'
        "<ol><li>Pick an example above, or switch on a property and move its slider.</li>"
        "<li>Say what the chain must or must not contain.</li>"
        "<li>Press Generate: new repeat units come back drawn, ranked and checked by a second model.</li></ol>"
        "<p>Behind each slider stands the distribution of the training data: the farther from it you ask, "
        "the fewer and the less certain the answers.</p></div>"
    )


def _map(shown: list[toolbar.Ranked], result: DesignResult) -> None:
    from polydesign.viz.plots import property_map

    targets = dict(result.request.targets)
    keys = sorted(shown[0].candidate.predictions, key=lambda key: key not in targets)
    if len(keys) < 2:
        st.info("A map needs two predicted properties.")
        return
    with st.container(horizontal=True):
        names = {key: plain(PROPERTIES[key].label) for key in keys}
        x = st.selectbox("Across", keys, key="map.x", format_func=names.__getitem__)
        y = st.selectbox("Up", keys, index=1, key="map.y", format_func=names.__getitem__)
    figure = property_map([e.candidate for e in shown], x, y, targets, [e.rank for e in shown])
    st.plotly_chart(figure, key="map.figure", config={"displaylogo": False})
