"""Long work of a page: start it, show how far it is, stop it, keep what it brought. The engine's jobs do the work."""

from __future__ import annotations

import uuid
from typing import Any, Generic, TypeVar

import streamlit as st

from polydesign.core.errors import PolydesignError
from polydesign.engine.jobs import Job, JobRunner, Work
from polydesign.engine.session import Session
from polydesign.ui.parts.text import plain

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")
_OWNER = "job.owner"
_POLL = 0.4  # seconds between two looks at a running job


@st.cache_resource(show_spinner=False)
def _shared() -> tuple[JobRunner, Session]:
    """Return the queue and the loaded models that all visitors share."""
    return JobRunner(), Session()


def session() -> Session:
    """Return the loaded models that all visitors share."""
    return _shared()[1]


class Run(Generic[Asked, Answer]):
    """The one piece of work that a visitor has at a time on a page; its state lies in the visitor's session.

    Args:
        name: begins the session keys ``NAME.job``, ``NAME.asked``, ``NAME.answer``, ``NAME.answered``,
            ``NAME.message``, ``NAME.number`` and ``NAME.past``.
        nothing: sentence for a run that was stopped before it brought anything.
        remembered: number of answers kept for `past`, the latest ones.
    """

    def __init__(self, name: str, nothing: str, *, remembered: int = 0) -> None:
        self.name, self._nothing, self._remembered = name, nothing, remembered

    def start(self, asked: Asked, work: Work) -> None:
        """Queue work in this visitor's name; what it brings is the answer to `asked` and replaces the one shown."""
        owner = st.session_state.setdefault(_OWNER, uuid.uuid4().hex)
        self._set("message", "")
        try:
            self._set("job", _shared()[0].submit(work, owner=owner))
            self._set("asked", asked)
        except PolydesignError as error:
            self._set("message", str(error))

    def running(self) -> bool:
        """Say whether this visitor's run is waiting or at work."""
        job: Job | None = self._get("job")
        if job is not None:
            job.seen()
        return job is not None and not job.is_over

    def watch(self) -> None:
        """While the run is at work, show its progress and a Stop button; draw the page anew when it is over."""
        if self.running():
            _progress(self)

    def collect(self) -> Answer | None:
        """Take over what a finished run brought, say what went wrong, and return the answer to show, if any."""
        job: Job | None = self._get("job")
        if job is not None and job.is_over:
            self._set("job", None)
            if job.state == "done":
                self._set("answer", job.result)
                self._set("answered", self._get("asked"))
                self._set("number", self.number() + 1)
                if self._remembered:
                    self._set("past", [(self.number(), self.answered(), job.result), *self.past()][: self._remembered])
            else:
                self._set("message", job.error or self._nothing)
        if message := self._get("message"):
            st.error(plain(message), icon=":material/error:")
        return self._get("answer")

    def answered(self) -> Asked | None:
        """Return what the answer shown was asked for."""
        return self._get("answered")

    def shown(self, asked: Asked) -> Answer | None:
        """Return the answer that is shown when it answers `asked`."""
        return self._get("answer") if self._get("answered") == asked else None

    def number(self) -> int:
        """Return how many answers there have been; what was chosen in one means nothing in the next."""
        return self._get("number") or 0

    def past(self) -> list[tuple[int, Asked, Answer]]:
        """Return number, request and answer of this visitor's runs, the latest first."""
        return self._get("past") or []

    def reopen(self, number: int) -> Asked | None:
        """Show the answer of an earlier run again; return its request, None when it is no longer kept."""
        for kept, asked, answer in self.past():
            if kept == number:
                self._set("answer", answer)
                self._set("answered", asked)
                return asked
        return None

    def draw(self) -> None:
        """Draw how far the run is, and a Stop button."""
        job: Job = self._get("job")
        step = job.progress
        text = step.message or step.stage if step else "Starting …"
        if job.state == "queued":
            waiting = _shared()[0].ahead(job)
            text = f"Waiting: {waiting} before yours" if waiting else "Waiting for its turn"
        with st.container(horizontal=True, vertical_alignment="center", key="progress"):
            st.progress(min(step.done / max(step.total, 1), 1.0) if step else 0.0, text=plain(text))
            st.button("Stop", icon=":material/stop_circle:", key=f"{self.name}.stop", on_click=job.stop)

    def _get(self, field: str) -> Any:
        return st.session_state.get(f"{self.name}.{field}")

    def _set(self, field: str, value: object) -> None:
        st.session_state[f"{self.name}.{field}"] = value


@st.fragment(run_every=_POLL)
def _progress(run: Run) -> None:
    if not run.running():
        st.rerun()
    run.draw()
