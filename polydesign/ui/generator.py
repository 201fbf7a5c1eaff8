"""Choose the generator: one of those on this machine, or one loaded from the Hugging Face Hub on request."""

from __future__ import annotations

from typing import Any

import streamlit as st

from polydesign.core import registry
from polydesign.core.errors import PolydesignError
from polydesign.core.specs import GeneratorSpec
from polydesign.core.types import Progress
from polydesign.store import Checkpoint, broken_checkpoints, list_checkpoints
from polydesign.ui import form
from polydesign.ui.text import plain

FIRST = "polygpt"  # the one a newcomer meets
_REPOSITORY, _REVISION, _MISSING, _LOADED = "hub.repository", "hub.revision", "hub.missing", "hub.loaded"


def choose() -> tuple[Checkpoint, GeneratorSpec]:
    """Draw the chooser and return the chosen checkpoint with its family's spec; stop the page when there is none."""
    choices = {_name(checkpoint): checkpoint for checkpoint in list_checkpoints(kind="generator")}
    if not choices:
        st.error(
            "There is no generator on this machine yet. Train one with "
            "`python -m polydesign.train polygpt --data demo --out checkpoints/polygpt`, or load one from the Hub."
        )
        _hub_form()
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
            _hub_form()
    checkpoint = choices[name]
    st.caption(plain(checkpoint.summary))
    for broken in broken_checkpoints():
        st.warning(f"{plain(broken.id)} cannot be used. {plain(broken.reason)}", icon=":material/broken_image:")
    if missing := st.session_state.get(_MISSING):
        st.warning(
            f"The link asks for the generator {plain(missing)}, which is not on this machine. The rest of the "
            "request is filled in; load the generator with “From the Hub”, or go on with the one above.",
            icon=":material/cloud_off:",
        )
    return checkpoint, registry.spec(checkpoint.family)  # type: ignore[return-value]


def slider_properties(checkpoint: Checkpoint) -> dict[str, dict[str, Any]]:
    """Return the statistics behind the sliders: the generator's own, or the guide's when it knows no properties.

    A generator without conditions is steered by the guide, so what the guide predicts can be asked for.
    """
    if checkpoint.properties:
        return checkpoint.properties
    guides = [predictor for predictor in list_checkpoints(kind="predictor") if predictor.role == "guide"]
    return guides[0].properties if guides else {}


def _name(checkpoint: Checkpoint) -> str:
    """Return the name a checkpoint is chosen by: unique, also among revisions of one repository."""
    return checkpoint.id if checkpoint.revision is None else f"{checkpoint.id}@{checkpoint.revision}"


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
        st.session_state.update({_REPOSITORY: wanted if "/" in wanted else "", _REVISION: revision or ""})
    st.session_state[form.GENERATOR] = FIRST if FIRST in choices else next(iter(choices))


def _hub_form() -> None:
    st.text_input("Repository", key=_REPOSITORY, placeholder="owner/name", persist_state=form.PERSIST)
    st.text_input(
        "Revision",
        key=_REVISION,
        placeholder="main",
        persist_state=form.PERSIST,
        help="A commit, tag or branch. A commit pins the weights: the same link gives the same polymers.",
    )
    st.caption("Nothing is fetched before you click. Only safetensors and JSON are accepted, checked by sha256.")
    progress = st.empty()
    if st.button("Load", type="primary", width="stretch", key="hub.load"):
        try:
            _load(progress)
        except PolydesignError as error:
            st.error(plain(error))


def _load(progress: st.delta_generator.DeltaGenerator) -> None:
    from polydesign.store import hub

    def show(step: Progress) -> None:
        progress.progress(min(step.done / max(step.total, 1), 1.0), text=plain(step.message or step.stage))

    checkpoint = hub.download(
        st.session_state[_REPOSITORY].strip(), st.session_state[_REVISION].strip() or "main", on_progress=show
    )
    # The chooser has been drawn already: let the next run settle on the new one.
    st.session_state[_LOADED] = _name(checkpoint)
    st.session_state.pop(_MISSING, None)
    st.rerun()
