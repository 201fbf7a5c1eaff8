"""The way into a page by its own address."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager


def through_app() -> None:
    """Make sure that app.py runs around this page; to be called first by every page but the first.

    Streamlit takes a folder named pages for an app of its older kind until the first `st.navigation` of the
    process. Were a page's own address the first one visited, the page would run alone: without the app's
    navigation and style. No public function says otherwise, hence the look behind the scenes.
    """
    if getattr(PagesManager, "uses_pages_directory", False):
        PagesManager.uses_pages_directory = False
        st.rerun()
