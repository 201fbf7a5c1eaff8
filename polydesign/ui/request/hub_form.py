"""Load a checkpoint from the Hugging Face Hub, by repository and revision."""

from __future__ import annotations

import streamlit as st

from polydesign.core.errors import PolydesignError
from polydesign.core.progress import Progress
from polydesign.store import Checkpoint
from polydesign.ui.parts.text import plain
from polydesign.ui.request import form as design_form

_REPOSITORY, _REVISION = "hub.repository", "hub.revision"


def fill(repository: str, revision: str) -> None:
    """Put a repository and a revision into the form."""
    st.session_state.update({_REPOSITORY: repository, _REVISION: revision})


def form() -> Checkpoint | None:
    """Draw the form; return the checkpoint in the run in which it was loaded, None otherwise."""
    st.text_input("Repository", key=_REPOSITORY, placeholder="owner/name", persist_state=design_form.PERSIST)
    st.text_input(
        "Revision",
        key=_REVISION,
        placeholder="main",
        persist_state=design_form.PERSIST,
        help="A commit, tag or branch. A commit pins the weights: the same link gives the same polymers.",
    )
    st.caption("Nothing is fetched before you click. Only safetensors and JSON are accepted, checked by sha256.")
    progress = st.empty()
    if st.button("Load", type="primary", width="stretch", key="hub.load"):
        try:
            return _load(progress)
        except PolydesignError as error:
            st.error(plain(error))
    return None


def _load(progress: st.delta_generator.DeltaGenerator) -> Checkpoint:
    from polydesign.store import hub

    def show(step: Progress) -> None:
        progress.progress(min(step.done / max(step.total, 1), 1.0), text=plain(step.message or step.stage))

    return hub.download(
        st.session_state[_REPOSITORY].strip(), st.session_state[_REVISION].strip() or "main", on_progress=show
    )
