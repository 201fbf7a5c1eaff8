"""The visitor's theme."""

from __future__ import annotations

import streamlit as st

from polydesign.viz.palette import Theme


def theme() -> Theme:
    """Return what the visitor sees now, by their own choice or their system's."""
    return "dark" if st.context.theme.type == "dark" else "light"
