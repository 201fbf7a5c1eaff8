"""Choose the generator: one of those on this machine, or one loaded from the Hugging Face Hub on request."""

from __future__ import annotations

from typing import Any

import streamlit as st

from polydesign.core import registry
from polydesign.core.specs import GeneratorSpec
from polydesign.engine.models.installed import name_of
from polydesign.store import Checkpoint, broken_checkpoints, list_checkpoints, polymer_generators
from polydesign.ui.parts.text import plain
from polydesign.ui.request import form, hub_form

FIRST = "polygpt"  # the one a newcomer meets
_MISSING, _LOADED = "hub.missing", "hub.loaded"


def choose() -> tuple[Checkpoint, GeneratorSpec]:
    """Draw the chooser and return the chosen checkpoint with its family's spec; stop the page when there is none."""
    choices = _choices()
    if not choices:
        st.error(
            "There is no generator on this machine yet. Train one with "
            "`python -m polydesign.train polygpt --data demo --out checkpoints/polygpt`, or load one from the Hub."
        )
        _load()
        st.stop()
    _settle(choices)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        name = st.selectbox(
            "Generator",
            list(choices),
            key=form.GENERATOR,
            format_func=lambda name: choices[name].label if name in choices else name,
            persist_state=form.PERSIST,
        )
        with st.popover("From the Hub", icon=":material/cloud_download:", key="hub"):
            _load()
    checkpoint = choices[name]
    st.caption(plain(checkpoint.summary))
    for broken in broken_checkpoints():
        st.warning(f"{plain(broken.id)} cannot be used. {plain(broken.reason)}", icon=":material/broken_image:")
    if missing := st.session_state.get(_MISSING):
        if any(missing in (other.id, name_of(other)) for other in list_checkpoints("generator")):
            why = "writes molecules, not repeat units: its card stands on the Models page. Go on with the one above."
        else:
            why = (
                "is not on this machine. The rest of the request is filled in; load the generator with "
                "“From the Hub”, or go on with the one above."
            )
        st.warning(f"The link asks for the generator {plain(missing)}, which {why}", icon=":material/cloud_off:")
    return checkpoint, registry.specs("generators")[checkpoint.family]


def settled() -> Checkpoint:
    """Return the checkpoint that is chosen, without drawing the chooser; there must be at least one."""
    choices = _choices()
    _settle(choices)
    return choices[st.session_state[form.GENERATOR]]


def _choices() -> dict[str, Checkpoint]:
    return {name_of(checkpoint): checkpoint for checkpoint in polymer_generators()}


def slider_properties(checkpoint: Checkpoint) -> dict[str, dict[str, Any]]:
    """Return the statistics behind the sliders: the generator's own, or the guide's when it knows no properties.

    A generator without conditions is steered by the guide, so what the guide predicts can be asked for.
    """
    if checkpoint.properties:
        return checkpoint.properties
    guides = [predictor for predictor in list_checkpoints(kind="predictor") if predictor.role == "guide"]
    return guides[0].properties if guides else {}


def _settle(choices: dict[str, Checkpoint]) -> None:
    """Make sure that the chosen name is among `choices`; remember the one that was asked for and is not here."""
    if (loaded := st.session_state.pop(_LOADED, None)) in choices:
        st.session_state[form.GENERATOR] = loaded
    wanted = st.session_state.get(form.GENERATOR)
    if wanted in choices:
        return
    revision = st.session_state.pop(form.REVISION, None)
    matches = [
        name
        for name, checkpoint in choices.items()
        if checkpoint.id == wanted and (revision is None or (checkpoint.revision or "").startswith(revision))
    ]
    if matches:
        st.session_state[form.GENERATOR] = matches[0]
        return
    if wanted:
        st.session_state[_MISSING] = f"{wanted} (revision {revision})" if revision else wanted
        hub_form.fill(wanted if "/" in wanted else "", revision or "")
    st.session_state[form.GENERATOR] = FIRST if FIRST in choices else next(iter(choices))


def _load() -> None:
    """Draw the form that loads from the Hub; what was loaded is chosen by the next run."""
    if checkpoint := hub_form.form():
        if checkpoint.kind != "generator" or checkpoint.structure != "polymer":
            st.info(f"{plain(checkpoint.label)} is here. It writes no repeat units; see it on the Models page.")
            return
        st.session_state[_LOADED] = name_of(checkpoint)
        st.session_state.pop(_MISSING, None)
        st.rerun()
