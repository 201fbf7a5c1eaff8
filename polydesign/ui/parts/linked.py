"""A choice that stands in the address by its name, where its label is for people.

Streamlit's own binding writes the label into the address; a link shall outlive another wording.
"""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st


def restore(name: str, options: Collection[str]) -> None:
    """Take over what the address asks for, when it has changed; to be called before the widget with key `name`."""
    asked, seen = st.query_params.get(name), f"linked.{name}"
    if asked != st.session_state.get(seen):
        st.session_state[seen] = asked
        if asked in options:
            st.session_state[name] = asked
    if st.session_state.get(name) not in options:
        st.session_state[name] = next(iter(options))


def remember(name: str) -> None:
    """Write the choice of the widget with key `name` into the address; to be called when it changes."""
    st.query_params[name] = st.session_state[f"linked.{name}"] = st.session_state[name]
