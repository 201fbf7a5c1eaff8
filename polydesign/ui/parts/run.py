"""The run of the Design page."""

from __future__ import annotations

from collections.abc import Collection

from polydesign.core.progress import OnProgress, ShouldStop
from polydesign.core.request import DesignRequest
from polydesign.core.results import DesignResult
from polydesign.engine.design.run import design
from polydesign.ui.parts.job import Run, session

RUN: Run[DesignRequest, DesignResult] = Run("run", "Stopped before there was any candidate.", remembered=12)


def start(request: DesignRequest, earlier: DesignResult | None = None, locked: Collection[str] = ()) -> None:
    """Hand a request to the engine; what it brings will replace the results shown.

    Candidates of `earlier` whose chain keys are `locked` stay.
    """
    models = session()

    def work(on_progress: OnProgress, should_stop: ShouldStop) -> DesignResult:
        result = design(request, session=models, on_progress=on_progress, should_stop=should_stop)
        if earlier is None or not locked:
            return result
        from polydesign.engine.design.pareto import keeping

        return keeping(result, earlier, locked)

    RUN.start(request, work)
