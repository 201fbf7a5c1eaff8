"""Design: from target properties to new repeat units."""

import streamlit as st

from polydesign.core.properties import PROPERTIES
from polydesign.ui.design.bar import request_bar
from polydesign.ui.design.results import results, welcome
from polydesign.ui.parts import run
from polydesign.ui.request import address, form
from polydesign.ui.request.examples import EXAMPLES
from polydesign.ui.request.generator import choose, slider_properties
from polydesign.ui.request.rules import rules
from polydesign.ui.request.settings import settings
from polydesign.ui.request.targets import rows, unavailable
from polydesign.viz.axis import Axis

address.restore()
st.html('<div class="pd-title"><b>Design</b><span>From target properties to new, makeable repeat units</span></div>')
with st.container(horizontal=True, gap="xsmall", key="examples"):
    for example in EXAMPLES:
        st.button(example.name, help=example.why, on_click=form.fill, args=(example.request,))

wish, answer = st.columns([5, 9], gap="large")
with wish, st.container(key="wish", gap="xsmall"):
    checkpoint, spec = choose()
    properties = slider_properties(checkpoint)
    axes = {key: Axis.of(PROPERTIES[key], entry) for key, entry in properties.items()}
    form.prepare(spec, axes, {key: entry["p50"] for key, entry in properties.items()})
    address.restore_options(spec)
    rows(checkpoint, properties, axes)
    unavailable(properties)
    with st.expander("Structure rules"):
        rules()
    with st.expander("Number, seed and sampling"):
        settings(spec)

with answer:
    request, pressed = request_bar(checkpoint, spec, properties)
    if request and pressed:
        address.remember(request)
        run.start(request)
        st.rerun()
    run.RUN.watch()
    if result := run.RUN.collect():
        results(result, request)
    elif not run.RUN.running():
        welcome()
