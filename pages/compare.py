"""Compare: every generator side by side, on the project's tasks and on the visitor's targets."""

import streamlit as st

from polydesign.store import list_checkpoints, polymer_generators
from polydesign.ui.compare.plots import plots
from polydesign.ui.compare.scoreboard import readable
from polydesign.ui.compare.scores import scores
from polydesign.ui.compare.targets import KEPT, my_targets
from polydesign.ui.parts.choice import Choice
from polydesign.ui.parts.entry import through_app
from polydesign.ui.request import address

PART = Choice("part")
PARTS = {"scoreboard": "Scoreboard", "plots": "Plots", "targets": "My targets"}

through_app()
st.html('<div class="pd-title"><b>Compare</b><span>Every generator side by side, on the same tasks</span></div>')
PART.restore(PARTS)
if address.restore(besides=KEPT):
    PART.take("targets")
part = st.segmented_control(
    "Part", list(PARTS), key=PART.key, format_func=PARTS.__getitem__, on_change=PART.remember, required=True,
    label_visibility="collapsed", persist_state="session",
)  # fmt: skip
generators, polymers = list_checkpoints("generator"), polymer_generators()
if not polymers:
    st.info("There is no generator on this machine. Train one with `python -m polydesign.train polygpt`.")
if part == "targets":
    if polymers:
        my_targets(polymers)
else:
    sections = [section for section in readable() if section.generators]
    if part == "plots":
        plots(sections, generators)
    else:
        scores(sections, generators)
