"""Predict: the properties of polymers that are typed, pasted or uploaded."""

import streamlit as st

from polydesign.ui.parts.entry import through_app
from polydesign.ui.predict import form as predict_form
from polydesign.ui.predict import link as predict_link
from polydesign.ui.predict import run as predict_run
from polydesign.ui.predict.results import results, welcome

through_app()
predict_link.restore()
st.html('<div class="pd-title"><b>Predict</b><span>Properties of polymers you give, with honest intervals</span></div>')
with st.container(horizontal=True, gap="xsmall", key="examples"):
    for name, text in predict_form.EXAMPLES.items():
        st.button(name, on_click=predict_form.fill, args=(text,))

given, answer = st.columns([5, 9], gap="large")
with given, st.container(key="wish", gap="small"):
    asked = predict_form.form()

with answer:
    with st.container(horizontal=True, vertical_alignment="center", key="bar", gap="small"):
        st.markdown(asked.headline if asked else "Nothing to predict yet.", width="stretch")
        if asked and (link := predict_link.link(asked)):
            with st.popover("Link", icon=":material/link:", key="link"):
                st.caption("Opens these polymers again.")
                st.code(link, language=None, wrap_lines=True)
        pressed = st.button(
            "Predict", type="primary", icon=":material/play_arrow:", key="predict",
            disabled=asked is None or predict_run.RUN.running(),
        )  # fmt: skip
    if asked and pressed:
        predict_link.remember(asked)
        predict_run.start(asked)
        st.rerun()
    predict_run.RUN.watch()
    if found := predict_run.RUN.collect():
        results(found, asked)
    elif not predict_run.RUN.running():
        welcome()
