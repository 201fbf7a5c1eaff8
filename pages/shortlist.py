"""Shortlist: starred polymers with notes and files, and the runs of this session."""

import streamlit as st

from polydesign.ui.parts.entry import through_app
from polydesign.ui.shortlist import cards as shortlist_cards
from polydesign.ui.shortlist import runs as shortlist_runs

through_app()
st.html('<div class="pd-title"><b>Shortlist</b><span>What you starred, and the runs it came from</span></div>')
shortlist_cards.files()
shortlist_cards.cards()
st.html('<div class="pd-section">Runs of this session</div>')
shortlist_runs.runs()
