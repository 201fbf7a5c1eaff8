"""Polymer: one repeat unit in depth."""

import streamlit as st

from polydesign.core.errors import PolydesignError
from polydesign.engine.predict.polymer import known_to, polymer
from polydesign.ui.parts import polymer_view
from polydesign.ui.parts.detail import chain
from polydesign.ui.parts.entry import through_app
from polydesign.ui.parts.text import plain
from polydesign.ui.polymer import run as polymer_run
from polydesign.ui.predict.polymer import predictions

through_app()
st.html('<div class="pd-title"><b>Polymer</b><span>One chain in depth</span></div>')
text = st.text_input(
    "Repeat unit or name", key="psmiles", bind="query-params", placeholder="*CC(*)c1ccccc1, or PEEK",
    label_visibility="collapsed",
)  # fmt: skip
found = None
try:
    found = polymer(text or "")
except PolydesignError as error:
    if text:
        st.error(plain(error), icon=":material/error:")
    st.info(
        plain("Type a repeat unit, a SMILES whose two ends are marked with *, such as *CC(*)c1ccccc1 for polystyrene, "
              "or the name of a common polymer, such as PEEK."),
        icon=":material/lightbulb:",
    )  # fmt: skip

if found:
    polymer_view.heading(found, known_to(found.key))
    polymer_run.starred(found)
    flat, solid = st.columns(2, gap="large")
    with flat:
        polymer_view.drawing(found)
    polymer_view.routes(found)
    values = st.container()
    details, names = st.columns(2, gap="large")
    with details:
        polymer_view.descriptors(found)
        polymer_view.alerts(found)
    with names:
        polymer_view.texts(found)
    with values:
        st.html('<div class="pd-section">Predictions</div>')
        if (answer := polymer_run.answer(found.psmiles)) is not None:
            predictions(answer, 0)
    with solid:
        chain(found.psmiles, "polymer")
