"""Fixtures of the engine's tests."""

import numpy as np
import pytest

from tests.unit.engine.fakes import CarbonModel, FakeSession, ToldGenerator


@pytest.fixture
def session(tmp_path, monkeypatch):
    monkeypatch.setenv("POLYDESIGN_CHECKPOINTS", str(tmp_path / "none"))
    known = np.zeros(0, dtype=np.uint32)
    return FakeSession(ToldGenerator(), known=known, guide=CarbonModel(), checker=CarbonModel(shift=3.0))
