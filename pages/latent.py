"""Latent space: where a generator keeps its polymers, and ways from one to another."""

import streamlit as st

from polydesign.core.errors import PolydesignError
from polydesign.engine.latent.map import encoding_generators
from polydesign.engine.models.installed import name_of
from polydesign.ui.latent import form as latent_form
from polydesign.ui.latent import picked as latent_picked
from polydesign.ui.latent import run as latent_run
from polydesign.ui.latent import view as latent_view
from polydesign.ui.latent import way as latent_way
from polydesign.ui.parts.choice import Choice
from polydesign.ui.parts.entry import through_app
from polydesign.ui.parts.text import plain

GENERATOR = Choice("generator")

through_app()
st.html('<div class="pd-title"><b>Latent space</b><span>Where a generator keeps its polymers</span></div>')
generators = {name_of(found): found for found in encoding_generators()}
if not generators:
    st.info(
        "No generator on this machine has a latent space. Train one with `python -m polydesign.train gruvae`, or load "
        "one from the Hub on the Models page.",
        icon=":material/lightbulb:",
    )
    st.stop()
GENERATOR.restore(generators)
with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
    name = st.selectbox(
        "Generator", list(generators), key=GENERATOR.key, format_func=lambda name: generators[name].label, width=220,
        on_change=GENERATOR.remember, persist_state="session",
    )  # fmt: skip
    rest = st.container(horizontal=True, gap="medium", vertical_alignment="bottom")
checkpoint = generators[name]
try:
    latent_run.collect()
    if (made := latent_run.map_of(checkpoint)) is None:
        st.stop()
    with rest:
        key, plane = latent_view.choices(made)
    whole, side = st.columns([7, 4], gap="large")
    with side:
        latent_form.form(checkpoint, made)
    with whole:
        frame = latent_view.draw(checkpoint, made, key, plane)
    if frame is not None:
        latent_picked.picked(frame, latent_run.kept("placed", checkpoint), key)
    if (moves := latent_run.kept("moves", checkpoint)) is not None:
        latent_way.way(moves, key)
except PolydesignError as error:
    st.error(plain(error), icon=":material/error:")
