"""Data: the sets at hand, and any structure as a network sees it. Made to be embedded too: /data?embed=true."""

import streamlit as st

from polydesign.core.errors import PolydesignError
from polydesign.ui.data import choice as data_choice
from polydesign.ui.data import structure as data_structure
from polydesign.ui.data import table as data_table
from polydesign.ui.parts.entry import through_app
from polydesign.ui.parts.text import plain

through_app()
st.html('<div class="pd-title"><b>Data</b><span>What the models learn from, and how they see it</span></div>')
try:
    from polydesign.data.sources.shelf import measures, rows, shelf, structures

    entry = data_choice.choose(shelf())
    with st.expander("Licence, address and notes", icon=":material/license:"):
        data_table.about(entry)
    frame = rows(entry.name)
except PolydesignError as error:
    st.error(plain(error), icon=":material/error:")
    st.stop()
column, labels = structures(frame), measures(frame, entry.units)
look = st.container()
flat, inside = st.columns([5, 6], gap="large")
st.html('<div class="pd-section">The whole set</div>')
places = data_choice.filtered(frame, labels)
data_table.table(entry, frame, column, places, labels)
with look:
    text = data_choice.typed(frame, column, places)
found = None
try:
    from polydesign.data.encodings.dissect import dissect

    found = dissect(text) if text else None
except PolydesignError as error:
    look.error(plain(error), icon=":material/error:")
if found:
    with flat:
        data_structure.drawing(found)
    with inside:
        data_structure.features(found)
elif not text:
    look.info("Type a structure: a repeat unit with two stars, or a molecule without any.", icon=":material/lightbulb:")
