"""Every shipped generator runs the whole flow, with the shipped guide and checker."""

import pytest

from polydesign import store
from polydesign.core.request import DesignRequest
from polydesign.core.targets import Target
from polydesign.engine.design.run import design
from polydesign.engine.session import Session
from tests.conftest import SHIPPED

GENERATORS = [
    path.parent.name for path in sorted(SHIPPED.glob("*/config.json")) if '"kind": "generator"' in path.read_text()
]


@pytest.fixture(scope="module")
def session():
    return Session()


@pytest.fixture(autouse=True)
def shipped(monkeypatch):
    monkeypatch.setenv("POLYDESIGN_CHECKPOINTS", str(SHIPPED))


@pytest.mark.parametrize("id", GENERATORS)
def test_a_shipped_generator_designs(id, session):
    request = DesignRequest(id, {"tg_exp_c": Target(value=100, tolerance=40)}, n=8)
    result = design(request, session=session)
    assert len(result.candidates) == 8
    best = result.candidates[0]
    assert best.novel and best.checker["tg_exp_c"]["mean"] == pytest.approx(100, abs=150)
    assert design(request, session=session).candidates == result.candidates
    assert store.find(id).properties, "a page needs its sliders"
