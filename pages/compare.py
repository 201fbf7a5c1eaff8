"""Compare: every generator side by side, on the project's tasks and on the visitor's targets."""

import streamlit as st

from polydesign.store import list_checkpoints
from polydesign.ui import address
from polydesign.ui.compare_plots import plots
from polydesign.ui.compare_scores import scores
from polydesign.ui.compare_targets import KEPT, my_targets
from polydesign.ui.entry import through_app
from polydesign.ui.scoreboard import readable

through_app()
st.html('<div class="pd-title"><b>Compare</b><span>Every generator side by side, on the same tasks</span></div>')
if address.restore(besides=KEPT):
    st.session_state["part"] = "My targets"
part = st.segmented_control(
    "Part", ("Scoreboard", "Plots", "My targets"), key="part", default="Scoreboard", required=True,
    label_visibility="collapsed", bind="query-params",
)  # fmt: skip
generators = list_checkpoints("generator")
if not generators:
    st.info(
        "There is no generator on this machine. Train one with `python -m polydesign.train`, or load one from the Hub."
    )
if part == "My targets":
    if generators:
        my_targets(generators)
else:
    sections = [section for section in readable() if section.generators]
    if part == "Plots":
        plots(sections, generators)
    else:
        scores(sections, generators)
