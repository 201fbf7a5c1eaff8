"""Start a prediction, show how far it is, stop it, and keep what it brought; the engine's jobs do the work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from polydesign.core.errors import PolydesignError
from polydesign.core.types import OnProgress, ShouldStop
from polydesign.engine.jobs import Job
from polydesign.ui import run
from polydesign.ui.predict_form import Asked
from polydesign.ui.text import plain

if TYPE_CHECKING:
    from polydesign.engine.upload_predict import Answer

_JOB, _ASKED, _ANSWERED, _ANSWER, _MESSAGE, _NUMBER = (
    "predict.job", "predict.asked", "predict.answered", "predict.answer", "predict.message", "predict.number",
)  # fmt: skip
_POLL = 0.5  # seconds between two looks at a running job


def start(asked: Asked) -> None:
    """Hand a request to the engine; what it brings will replace the answer shown."""
    models = run.session()

    def work(on_progress: OnProgress, should_stop: ShouldStop) -> Answer:
        from polydesign.engine.upload_predict import predict_entries  # pandas: not before there is work

        return predict_entries(asked.read, session=models, on_progress=on_progress, should_stop=should_stop)

    st.session_state[_MESSAGE] = ""
    try:
        st.session_state[_JOB] = run.submit(work)
        st.session_state[_ASKED] = asked
    except PolydesignError as error:
        st.session_state[_MESSAGE] = str(error)


def running() -> bool:
    """Say whether this visitor's prediction is waiting or at work."""
    job: Job | None = st.session_state.get(_JOB)
    return job is not None and not job.is_over


def watch() -> None:
    """While a prediction is at work, show its progress and a Stop button; draw the page anew when it is over."""
    if running():
        _progress()


def collect() -> Answer | None:
    """Take over what a finished job brought, say what went wrong, and return the answer to show, if any."""
    job: Job | None = st.session_state.get(_JOB)
    if job is not None and job.is_over:
        st.session_state[_JOB] = None
        if job.state == "done":
            st.session_state[_ANSWER], st.session_state[_ANSWERED] = job.result, st.session_state[_ASKED]
            st.session_state[_NUMBER] = number() + 1
        else:
            st.session_state[_MESSAGE] = job.error or "Stopped before there was any prediction."
    if message := st.session_state.get(_MESSAGE):
        st.error(plain(message), icon=":material/error:")
    return st.session_state.get(_ANSWER)


def answered() -> Asked | None:
    """Return what the answer shown was asked for."""
    return st.session_state.get(_ANSWERED)


def number() -> int:
    """Return how many answers there have been; what was chosen in one means nothing in the next."""
    return st.session_state.get(_NUMBER, 0)


@st.fragment(run_every=_POLL)
def _progress() -> None:
    if not running():
        st.rerun()
    run.progress(st.session_state[_JOB])
