"""The run of the Compare page: one request through every generator."""

from __future__ import annotations

from polydesign.core.progress import OnProgress, ShouldStop
from polydesign.core.request import DesignRequest
from polydesign.evaluation.trial import Trial, try_all
from polydesign.ui.parts.job import Run, session

RUN: Run[DesignRequest, list[Trial]] = Run("trial", "Stopped before there was any candidate.")


def start(request: DesignRequest) -> None:
    """Hand a request to all generators; what they bring will replace the table shown."""
    models = session()

    def work(on_progress: OnProgress, should_stop: ShouldStop) -> list[Trial]:
        return try_all(request, session=models, on_progress=on_progress, should_stop=should_stop)

    RUN.start(request, work)
