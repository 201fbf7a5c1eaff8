"""A choice that the page's address remembers by a short name, whatever the words on the page."""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st


class Choice:
    """One of a few names, kept in the session and in the address.

    Args:
        name: of the parameter in the address; the widget's key is ``chosen.NAME``.
    """

    def __init__(self, name: str) -> None:
        self.name, self.key, self._seen = name, f"chosen.{name}", f"chosen.{name}.seen"

    def restore(self, options: Collection[str]) -> None:
        """Take what the address asks for when it has changed; the first option when what was chosen is none of them."""
        asked = st.query_params.get(self.name)
        if asked != st.session_state.get(self._seen):
            st.session_state[self._seen] = asked
            if asked in options:
                st.session_state[self.key] = asked
        if st.session_state.get(self.key) not in options:
            st.session_state[self.key] = next(iter(options))

    def remember(self) -> None:
        """Write what is chosen into the address; the widget's callback."""
        st.query_params[self.name] = st.session_state[self._seen] = st.session_state[self.key]

    def take(self, option: str) -> None:
        """Choose an option; to be called before the widget is drawn."""
        st.session_state[self.key] = option
        self.remember()
