"""A kind of steering is one file: laid into the folder, it is offered, chosen and prepares the sampler."""

import sys

import pytest

from polydesign.core import registry
from polydesign.core.request import DesignRequest
from polydesign.core.targets import Target
from polydesign.engine.design import steering as folder
from polydesign.engine.design.steering import choice
from polydesign.engine.goals.feasibility import names
from tests.unit.engine.fakes import fake_checkpoint

_TOY = """
from typing import ClassVar

from polydesign.engine.design.steering.kind import Steering

class Shaken(Steering):
    name: ClassVar[str] = "shaken"
    label: ClassVar[str] = "shaken, not stirred"
    place: ClassVar[int] = 9

    def offered(self, spec):
        return spec.family == "ngram"

    def gathered(self, spec):
        return 2.0

STEERING = Shaken()
"""


@pytest.fixture
def shaken(tmp_path, monkeypatch):
    (tmp_path / "shaken.py").write_text(_TOY)
    monkeypatch.setattr(folder, "__path__", [*folder.__path__, str(tmp_path)])
    choice.kinds.cache_clear()
    yield
    sys.modules.pop("polydesign.engine.design.steering.shaken", None)
    choice.kinds.cache_clear()


def test_another_kind_is_a_file(shaken):
    ngram, gruvae = registry.spec("ngram"), registry.spec("gruvae")
    assert names() == ("native", "select", "latent", "shaken")
    assert choice.offered(ngram) == ("select", "shaken") and "shaken" not in choice.offered(gruvae)
    request = DesignRequest("x", {"tg_exp_c": Target(value=1.0)}, steering="shaken")
    plan = choice.choose(request, ngram, fake_checkpoint("a", "ngram", ["tg_exp_c"]))
    assert plan.name == "shaken" and choice.gathered(plan, ngram) == 2.0
    refused = choice.choose(request, gruvae, fake_checkpoint("a", "gruvae", ["tg_exp_c"]))
    assert refused.name == "select" and "cannot be steered by 'shaken'" in refused.warnings[0]


def test_without_it_there_are_three():
    assert names() == ("native", "select", "latent") and set(choice.kinds()) == {*names(), "none"}
