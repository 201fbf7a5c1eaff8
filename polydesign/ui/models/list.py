"""Choose one of the models on this machine, or load another from the Hub."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import streamlit as st

from polydesign.engine.models.installed import Model, name_of
from polydesign.ui.parts.text import plain
from polydesign.ui.request import form, hub_form

CHOSEN, _SEEN, _LOADED = "models.chosen", "models.seen", "models.loaded"
_NAME = "model"  # in the address


def choose(models: Sequence[Model]) -> Model:
    """Draw the list; return the model that is chosen. There must be at least one."""
    by_name = {model.name: model for model in models}
    _restore(by_name)
    name = st.radio(
        "Model",
        list(by_name),
        key=CHOSEN,
        format_func=lambda name: plain(by_name[name].label) if name in by_name else name,
        captions=[caption(model) for model in models],
        label_visibility="collapsed",
        width="stretch",
        on_change=_remember,
        persist_state="session",
    )
    with st.popover("Load from the Hub", icon=":material/cloud_download:", key="models-hub", width="stretch"):
        if checkpoint := hub_form.form():
            st.session_state[_LOADED] = name_of(checkpoint)
            st.rerun()
    return by_name[name]


def forget() -> None:
    """Choose nothing, here and on the Design page where the same one was chosen: it is not there any more."""
    gone = st.session_state.get(CHOSEN)
    st.session_state.pop(CHOSEN, None)
    st.session_state.pop(_SEEN, None)
    st.query_params.pop(_NAME, None)
    if st.session_state.get(form.GENERATOR) == gone:
        st.session_state.pop(form.GENERATOR)


def _restore(names: Collection[str]) -> None:
    """Choose what was just loaded or what the address asks for; the first when what was chosen is gone."""
    if (loaded := st.session_state.pop(_LOADED, None)) in names:
        st.session_state[CHOSEN] = loaded
        _remember()
    asked = st.query_params.get(_NAME)
    if asked != st.session_state.get(_SEEN):
        st.session_state[_SEEN] = asked
        if asked in names:
            st.session_state[CHOSEN] = asked
    if asked and asked not in names:
        st.warning(
            f"The link asks for {plain(asked[:200])}, which is not on this machine.", icon=":material/cloud_off:"
        )
    if st.session_state.get(CHOSEN) not in names:
        st.session_state[CHOSEN] = next(iter(names))


def _remember() -> None:
    st.query_params[_NAME] = st.session_state[_SEEN] = st.session_state[CHOSEN]


def caption(model: Model) -> str:
    """Return what stands below a model in the list, as Markdown."""
    state = " · :orange[cannot be used]" if model.problem else ""
    place = model.place if model.cached is None else f"{plain(model.cached[0])} · {model.place}"
    return f"{model.kind} · {place} · {size(model.n_bytes)}{state}"


def size(n_bytes: int) -> str:
    """Write a size in MB."""
    return f"{n_bytes / 1e6:.1f} MB"
