"""The result as files."""

from __future__ import annotations

import streamlit as st

from polydesign.core.results import DesignResult
from polydesign.engine.design import export
from polydesign.viz.sheet import sheet

DRAWN = 60  # structures on the SVG sheet


def downloads(result: DesignResult) -> None:
    """Draw the download buttons; a file is written when its button is pressed."""
    first = [candidate.psmiles for candidate in result.candidates[:DRAWN]]
    files = (
        ("CSV: table", "csv", "text/csv", lambda: export.to_csv(result)),
        ("SDF: structures with data", "sdf", "chemical/x-mdl-sdfile", lambda: export.to_sdf(result)),
        ("JSON: the whole run, repeatable", "json", "application/json", lambda: export.to_json(result)),
        (f"SVG: drawings of the first {DRAWN}", "svg", "image/svg+xml", lambda: sheet(first)),
    )
    with st.popover("Download", icon=":material/download:", key="download"):
        for label, ending, mime, make in files:
            st.download_button(
                label, make, f"polymers.{ending}", mime, key=f"download.{ending}", on_click="ignore", width="stretch"
            )
