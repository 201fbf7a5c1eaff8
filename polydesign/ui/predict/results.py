"""Everything below the request: counts, reasons, the table of all polymers, and one of them at large."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from polydesign.core.properties import PROPERTIES
from polydesign.ui.parts.summary import counted
from polydesign.ui.parts.text import plain
from polydesign.ui.predict import link as predict_link
from polydesign.ui.predict.form import Asked
from polydesign.ui.predict.polymer import polymer
from polydesign.ui.predict.run import RUN
from polydesign.ui.predict.table import ORDERS, in_domain, ordered, selected, table

if TYPE_CHECKING:
    from polydesign.engine.predict.batch import Answer

LISTED = 1000  # bad rows on the page; the file has all


def results(answer: Answer, asked: Asked | None) -> None:
    """Draw an answer; `asked` is what the form says now."""
    earlier = RUN.answered()
    if earlier is not None and asked != earlier:
        st.caption(f"This answers an earlier request: {earlier.headline}")
    fine = answer.fine
    keys = [key for key in predict_link.shown() if key in answer.keys]
    if len(answer.table) > 1:
        _counts(answer, keys)
    for note in answer.entries.notes:
        st.info(plain(note), icon=":material/info:")
    if answer.stopped:
        st.warning("Stopped early: the polymers that were reached are here.", icon=":material/stop_circle:")
    _problems(answer)
    if not len(fine):
        st.info("Nothing could be predicted. The reasons stand above.")
        return
    order = _toolbar(answer, keys, several=len(fine) > 1)
    keys = [key for key in predict_link.shown() if key in answer.keys]
    places = ordered(answer, order)
    if len(fine) > 1:
        table(answer, places, keys)
    chosen = st.session_state.get(selected())
    polymer(answer, int(places[0]) if chosen is None or chosen not in fine else int(chosen), keys)


def welcome() -> None:
    """Say what to do on a page that has no answer yet."""
    st.html(
        '<div class="pd-welcome"><b>Give a polymer, get its properties.</b>'
        "<ol><li>Type a name or a repeat unit, paste many, or upload a file.</li>"
        "<li>Press Predict: each value comes with its 80 % interval and a second model's opinion.</li>"
        "<li>Choose a polymer to see which atoms drive a value, and which common polymers are nearest.</li></ol>"
        "<p>A repeat unit is a SMILES whose two ends are marked with *: polystyrene is <code>*CC(*)c1ccccc1</code>. "
        "Tacticity, molar mass and crystallinity are not represented.</p></div>"
    )


def _counts(answer: Answer, keys: list[str]) -> None:
    n_fine = len(answer.fine)
    n_near = int(in_domain(answer, keys)[answer.fine].sum()) if keys else n_fine
    steps = [
        (len(answer.table), "rows", "everything that was typed or stood in the file"),
        (n_fine, "predicted", "valid repeat units and names of common polymers"),
        (n_near, "in domain", "near the property models' training chains for all properties shown"),
        (len(answer.table) - n_fine, "not predicted", "the reasons are listed below"),
    ]
    counted(steps)


def _problems(answer: Answer) -> None:
    bad = answer.table[answer.table["status"] != "ok"]
    if not len(bad):
        return
    title = f"{len(bad):,} {'row' if len(bad) == 1 else 'rows'} could not be predicted: why"
    with st.expander(title, icon=":material/rule:", key="predict.problems", expanded=len(bad) == len(answer.table)):
        shown = bad[["row", "text", "reason"]].head(LISTED).copy()
        shown["text"] = [text if len(text) <= 200 else f"{text[:200]} …" for text in shown["text"]]
        st.dataframe(
            shown,
            hide_index=True,
            height=min(38 + 35 * len(shown), 320),
            key="predict.problem-table",
            column_config={
                "row": st.column_config.NumberColumn("Row", width=60, format="%d"),
                "text": st.column_config.TextColumn("As given", width=180),
                "reason": st.column_config.TextColumn("Why", width="large"),
            },
        )
        if len(bad) > LISTED:
            st.caption(f"The first {LISTED:,} are listed; the CSV file has all.")


def _toolbar(answer: Answer, keys: list[str], *, several: bool) -> str:
    """Draw what is shown and in which order; return the order."""
    order = "As given"
    if keys != predict_link.shown():  # a link may name what this model does not predict
        st.session_state[predict_link.SHOWN] = keys
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="predict-toolbar"):
        if several:
            orders = ["As given", *(template.format(PROPERTIES[key].label) for key in keys for template in ORDERS)]
            order = st.selectbox(
                "Sort by", orders, key="predict.sort", format_func="Sort: {}".format, width=270,
                label_visibility="collapsed",
            )  # fmt: skip
        with st.popover("Properties", icon=":material/checklist:", key="predict.properties"):
            st.multiselect(
                "Shown first, and in the table",
                answer.keys,
                key=predict_link.SHOWN,
                format_func=lambda key: PROPERTIES[key].label,
                on_change=lambda: predict_link.remember(RUN.answered()),
                persist_state="session",
            )
        st.download_button(
            "CSV", lambda: _csv(answer), "predictions.csv", "text/csv", key="predict.csv", on_click="ignore",
            icon=":material/download:", help="Every row that was given, with all properties and the nearest polymers.",
        )  # fmt: skip
    return order


def _csv(answer: Answer) -> bytes:
    from polydesign.engine.predict.export import to_csv

    return to_csv(answer)
