"""Shortlist: starred polymers with notes and files, and the runs of this session."""

import streamlit as st

from polydesign.ui import shortlist_cards, shortlist_runs
from polydesign.ui.entry import through_app

through_app()
st.html('<div class="pd-title"><b>Shortlist</b><span>What you starred, and the runs it came from</span></div>')
shortlist_cards.files()
shortlist_cards.cards()
st.html('<div class="pd-section">Runs of this session</div>')
shortlist_runs.runs()
