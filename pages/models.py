"""Models: their cards, where they come from, and how good they are."""

import streamlit as st

from polydesign.engine.models.installed import models
from polydesign.ui.compare.scoreboard import scores
from polydesign.ui.models.detail import detail
from polydesign.ui.models.list import choose
from polydesign.ui.parts.entry import through_app
from polydesign.ui.request import hub_form

through_app()
st.html('<div class="pd-title"><b>Models</b><span>What they are, where they come from, how good they are</span></div>')
view = st.segmented_control(
    "View", ("Cards", "Scoreboard"), key="view", default="Cards", required=True, label_visibility="collapsed",
    bind="query-params",
)  # fmt: skip
if view == "Scoreboard":
    scores()
elif found := models():
    left, right = st.columns([4, 11], gap="large")
    with left, st.container(key="models", gap="small"):
        chosen = choose(found)
    with right, st.container(key="model-detail", gap="small"):
        detail(chosen)
else:
    st.info("There is no model on this machine. Train one with `python -m polydesign.train`, or load one from the Hub.")
    if hub_form.form():
        st.rerun()
