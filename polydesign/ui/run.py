"""The run of the Design page."""

from __future__ import annotations

from polydesign.core.types import DesignRequest, DesignResult, OnProgress, ShouldStop
from polydesign.engine.design import design
from polydesign.ui.job import Run, session

RUN: Run[DesignRequest, DesignResult] = Run("run", "Stopped before there was any candidate.")


def start(request: DesignRequest) -> None:
    """Hand a request to the engine; what it brings will replace the results shown."""
    models = session()

    def work(on_progress: OnProgress, should_stop: ShouldStop) -> DesignResult:
        return design(request, session=models, on_progress=on_progress, should_stop=should_stop)

    RUN.start(request, work)
