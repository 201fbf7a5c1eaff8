"""The run of the Predict page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from polydesign.core.progress import OnProgress, ShouldStop
from polydesign.ui.parts.job import Run, session
from polydesign.ui.predict.form import Asked

if TYPE_CHECKING:
    from polydesign.engine.predict.batch import Answer

RUN: Run[Asked, Answer] = Run("predict", "Stopped before there was any prediction.")


def start(asked: Asked) -> None:
    """Hand a request to the engine; what it brings will replace the answer shown."""
    models = session()

    def work(on_progress: OnProgress, should_stop: ShouldStop) -> Answer:
        from polydesign.engine.predict.batch import predict_entries  # pandas: not before there is work

        return predict_entries(
            lambda: asked.read(should_stop), session=models, on_progress=on_progress, should_stop=should_stop
        )

    RUN.start(replace(asked, content=b""), work)  # what is remembered of a request holds no file
