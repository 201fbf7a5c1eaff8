"""The runs of this browser session: what was asked, what came of it, and the way back to each."""

from __future__ import annotations

import streamlit as st

from polydesign.ui.parts.run import RUN
from polydesign.ui.parts.summary import headline
from polydesign.ui.parts.text import plain
from polydesign.ui.request import address

_DESIGN = "pages/design.py"


def runs() -> None:
    """Draw the runs, the latest first."""
    past = RUN.past()
    if not past:
        st.info("No run yet. Generate candidates on the Design page; each run can be opened again from here.")
        return
    for number, request, result in past:
        counts = result.counts
        with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
            with st.container(width="stretch", gap="xsmall"):
                st.markdown(f"**{number}** · {headline(request)}")
                st.caption(
                    plain(
                        f"{request.checkpoint}, seed {request.seed}: {counts['kept']:,} kept of {counts['valid']:,} "
                        f"valid and {counts['generated']:,} generated, in {result.timings['total']:.1f} s"
                    )
                )
            if st.button("Open", key=f"runs.open.{number}", icon=":material/history:"):
                if (asked := RUN.reopen(number)) is not None:
                    address.refill(asked)
                st.switch_page(_DESIGN)
    st.caption("The latest runs of this browser session are kept until it ends; a run's link and its JSON file last.")
