"""The run of the Polymer page: the predictions of the one polymer that its address names."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from polydesign.core.progress import OnProgress, ShouldStop
from polydesign.engine.design.shortlist import of_answer
from polydesign.engine.intake import read as upload
from polydesign.ui.parts.job import Run, session
from polydesign.ui.parts.star import star

if TYPE_CHECKING:
    from polydesign.engine.predict.batch import Answer
    from polydesign.engine.predict.polymer import Polymer

RUN: Run[str, Answer] = Run("polymer", "Stopped before there was any prediction.")
_TRIED = "polymer.tried"


def answer(psmiles: str) -> Answer | None:
    """Return the predictions of this polymer, None while they are not there; start them when nobody has."""
    if not RUN.running() and RUN.answered() != psmiles and st.session_state.get(_TRIED) != psmiles:
        st.session_state[_TRIED] = psmiles
        _start(psmiles)
    RUN.watch()
    RUN.collect()
    if (found := RUN.shown(psmiles)) is not None:
        return found
    if not RUN.running():
        st.button("Predict", icon=":material/play_arrow:", key="polymer.predict", on_click=_start, args=(psmiles,))
    return None


def starred(found: Polymer) -> None:
    """Draw the star of this polymer; it takes the predictions along when they are there."""
    star(found.key, lambda: of_answer(RUN.shown(found.psmiles), found, "Polymer page"), "polymer")


def _start(psmiles: str) -> None:
    models = session()

    def work(on_progress: OnProgress, should_stop: ShouldStop) -> Answer:
        from polydesign.engine.predict.batch import predict_entries  # pandas: not before there is work

        given = partial(upload.typed, psmiles)
        return predict_entries(given, session=models, on_progress=on_progress, should_stop=should_stop)

    RUN.start(psmiles, work)
