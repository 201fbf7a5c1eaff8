"""Latent space: where a generator keeps its polymers, and ways from one to another."""

import streamlit as st

from polydesign.core.errors import PolydesignError
from polydesign.engine.latent_map import encoding_generators
from polydesign.engine.models import name_of
from polydesign.ui import latent_form, latent_picked, latent_run, latent_view, latent_way
from polydesign.ui.choice import Choice
from polydesign.ui.entry import through_app
from polydesign.ui.text import plain

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
        key, flat = latent_view.choices(made)
    whole, side = st.columns([7, 4], gap="large")
    with side:
        latent_form.form(checkpoint, made)
    with whole:
        frame = latent_view.draw(checkpoint, made, key, flat)
    if frame is not None:
        latent_picked.picked(frame, latent_run.kept("placed", checkpoint), key)
    if (moves := latent_run.kept("moves", checkpoint)) is not None:
        latent_way.way(moves, key)
except PolydesignError as error:
    st.error(plain(error), icon=":material/error:")
