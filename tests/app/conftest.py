"""The app started headless, on the toy checkpoints."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 300  # a run of the page; generous for a busy machine


@pytest.fixture
def open_app(toy_checkpoints, monkeypatch, tmp_path) -> Callable[..., AppTest]:
    """Return a function that opens the app as a new visitor, by a link when parameters are given."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    streamlit.cache_resource.clear()  # models and jobs are shared by all visitors of one process

    def open_(**parameters: list[str] | str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS)
        for name, value in parameters.items():
            app.query_params[name] = value
        return app.run()

    return open_


@pytest.fixture
def finish() -> Callable[[AppTest], AppTest]:
    """Return a function that presses Generate and looks again until the run is over."""

    def finish_(app: AppTest) -> AppTest:
        app.button(key="generate").click().run()
        deadline = time.monotonic() + SECONDS
        while (job := app.session_state["run.job"]) is not None:
            assert job.wait(deadline - time.monotonic()), "the run did not end"
            app.run()
        return app

    return finish_
