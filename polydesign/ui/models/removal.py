"""Remove a model that was loaded from the Hub from this machine's cache, once the visitor has said so twice."""

from __future__ import annotations

import streamlit as st

from polydesign.core.errors import PolydesignError
from polydesign.engine.models.installed import Model
from polydesign.ui.models import list as model_list
from polydesign.ui.parts.text import plain


def removal(model: Model) -> None:
    """Draw the way to remove a model; nothing for one that is embedded, which belongs to the app."""
    if model.cached is None:
        return
    repo, commit = model.cached
    with st.popover("Remove from the cache", icon=":material/delete:", key="model-removal"):
        st.markdown(
            plain(f"{repo} at {commit[:7]} takes {model_list.size(model.n_bytes)} on this machine. It stays on the Hub "
                  "and can be loaded again. Nobody who uses this app will have it until then.")
        )  # fmt: skip
        if st.button("Remove it", type="primary", key="model.remove", icon=":material/delete:", width="stretch"):
            try:
                _remove(repo, commit, model.label)
            except PolydesignError as error:
                st.error(plain(error))
                return
            st.rerun()


def _remove(repo: str, commit: str, label: str) -> None:
    from polydesign.store import hub

    n_bytes = hub.remove(repo, commit)
    model_list.forget()
    st.toast(plain(f"{label} is removed: {model_list.size(n_bytes)} are free."), icon=":material/delete:")
