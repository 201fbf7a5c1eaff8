"""The visitor's theme."""

from __future__ import annotations

from typing import Literal

import streamlit as st


def theme() -> Literal["light", "dark"]:
    """Return what the visitor sees now, by their own choice or their system's."""
    return "dark" if st.context.theme.type == "dark" else "light"
