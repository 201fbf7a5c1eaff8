"""Start a run, show how far it is, stop it. The work is done by the engine's jobs, never by the page."""

from __future__ import annotations

import uuid

import streamlit as st

from polydesign.core.errors import PolydesignError
from polydesign.core.types import DesignRequest, DesignResult, OnProgress, ShouldStop
from polydesign.engine.design import design
from polydesign.engine.jobs import Job, JobRunner, Work
from polydesign.engine.session import Session
from polydesign.ui.text import plain

_OWNER, _JOB, _ASKED, _ANSWERED, _RESULT, _MESSAGE = (
    "run.owner", "run.job", "run.asked", "run.answered", "run.result", "run.message",
)  # fmt: skip
_POLL = 0.3  # seconds between two looks at a running job


@st.cache_resource(show_spinner=False)
def _shared() -> tuple[JobRunner, Session]:
    """Return the queue and the loaded models that all visitors share."""
    return JobRunner(), Session()


def session() -> Session:
    """Return the loaded models that all visitors share."""
    return _shared()[1]


def submit(work: Work) -> Job:
    """Queue work in this visitor's name; raise `PolydesignError` when too much of theirs waits already."""
    owner = st.session_state.setdefault(_OWNER, uuid.uuid4().hex)
    return _shared()[0].submit(work, owner=owner)


def start(request: DesignRequest) -> None:
    """Hand a request to the engine; what it brings will replace the results shown."""
    models = session()

    def work(on_progress: OnProgress, should_stop: ShouldStop) -> DesignResult:
        return design(request, session=models, on_progress=on_progress, should_stop=should_stop)

    st.session_state[_MESSAGE] = ""
    try:
        st.session_state[_JOB] = submit(work)
        st.session_state[_ASKED] = request
    except PolydesignError as error:
        st.session_state[_MESSAGE] = str(error)


def running() -> bool:
    """Say whether this visitor's run is waiting or at work."""
    job: Job | None = st.session_state.get(_JOB)
    return job is not None and not job.is_over


def watch() -> None:
    """While a run is at work, show its progress and a Stop button; draw the page anew when it is over."""
    if running():
        _progress()


def collect() -> DesignResult | None:
    """Take over what a finished run brought, say what went wrong, and return the result to show, if any."""
    job: Job | None = st.session_state.get(_JOB)
    if job is not None and job.is_over:
        st.session_state[_JOB] = None
        if job.state == "done":
            st.session_state[_RESULT], st.session_state[_ANSWERED] = job.result, st.session_state[_ASKED]
        else:
            st.session_state[_MESSAGE] = job.error or "Stopped before there was any candidate."
    if message := st.session_state.get(_MESSAGE):
        st.error(plain(message), icon=":material/error:")
    return st.session_state.get(_RESULT)


def answers(request: DesignRequest | None) -> bool:
    """Say whether the result shown is the answer to `request`."""
    return request is not None and request == st.session_state.get(_ANSWERED)


@st.fragment(run_every=_POLL)
def _progress() -> None:
    if not running():
        st.rerun()
    progress(st.session_state[_JOB])


def progress(job: Job) -> None:
    """Draw how far a job is, and a Stop button."""
    waiting = _shared()[0].ahead(job)
    step = job.progress
    text = step.message or step.stage if step else "Starting …"
    if job.state == "queued":
        text = f"Waiting: {waiting} before yours" if waiting else "Waiting for its turn"
    with st.container(horizontal=True, vertical_alignment="center", key="progress"):
        st.progress(min(step.done / max(step.total, 1), 1.0) if step else 0.0, text=plain(text))
        st.button("Stop", icon=":material/stop_circle:", key="run.stop", on_click=job.stop)
