"""Steering in the latent space, on a generator whose codes are known."""

import json

import numpy as np
import pytest

from polydesign.core import registry
from polydesign.core.errors import Stopped
from polydesign.core.request import DesignRequest
from polydesign.core.targets import Target
from polydesign.engine.design.run import design
from polydesign.engine.design.steering import choice as steer
from polydesign.engine.design.steering import latent
from polydesign.engine.design.steering.kind import Plan
from polydesign.engine.design.steering.latent import FittedHead
from tests.unit.engine.fakes import CarbonModel, FakeSession, ToldGenerator, fake_checkpoint

HIGH = {"tg_exp_c": Target(value=330, tolerance=15)}
GRUVAE, POLYVAE, NGRAM = (registry.spec(family) for family in ("gruvae", "polyvae", "ngram"))


class Coded(ToldGenerator):
    """The first of a code's three numbers says how many carbons are written: 20 + 5 z; deaf: any number."""

    def __init__(self, deaf=False, valid=True):
        super().__init__()
        self.deaf, self.valid = deaf, valid
        self.drawn = []

    def prior(self, n, *, seed, options=None, should_stop=None):
        if should_stop is not None and should_stop():
            raise Stopped("stopped")
        self.drawn.append(n)
        return np.random.default_rng(seed).normal(size=(n, 3)).astype(np.float32)

    def encode(self, psmiles):
        raise NotImplementedError

    def decode(self, z, *, seed, options=None, on_progress=None, should_stop=None):
        said = np.random.default_rng(seed).normal(size=len(z)) if self.deaf else z[:, 0]
        end = "*" if self.valid else ""
        return ["*O" + "C" * max(1, round(20 + 5 * float(x))) + end for x in said]


@pytest.fixture(autouse=True)
def few_codes(monkeypatch):
    monkeypatch.setattr(latent.fit, "__kwdefaults__", {**latent.fit.__kwdefaults__, "n_codes": 400})


@pytest.fixture
def session(tmp_path, monkeypatch):
    monkeypatch.setenv("POLYDESIGN_CHECKPOINTS", str(tmp_path / "none"))
    return serving(Coded())


def serving(generator):
    return FakeSession(generator, family="gruvae", guide=CarbonModel(), checker=CarbonModel(3.0))


def request(targets=HIGH, steering="latent", **fields):
    return DesignRequest("fake", targets=targets, n=3, steering=steering, **fields)


def fitted(**r2):
    ones = np.ones(len(r2))
    return FittedHead(None, tuple(r2), 0 * ones, ones, ones, r2, 800, 200)


def test_each_family_is_offered_what_it_can_follow():
    assert steer.offered(POLYVAE) == ("native", "select", "latent")
    assert steer.offered(GRUVAE) == ("select", "latent")
    assert steer.offered(NGRAM) == ("select",)


def test_the_choice_is_what_was_asked_or_says_why_not():
    checkpoint = fake_checkpoint("a", "gruvae", ["tg_exp_c"])
    chosen = steer.choose(request(), GRUVAE, checkpoint)
    assert (chosen.name, chosen.conditions, chosen.warnings) == ("latent", HIGH, ())
    assert steer.choose(request(), POLYVAE, checkpoint).name == "latent"
    assert steer.choose(request(steering="native"), POLYVAE, checkpoint).name == "native"
    without = steer.choose(request(), NGRAM, checkpoint)
    assert without.name == "select" and "no latent space" in without.warnings[0]
    assert steer.choose(request(targets={}), GRUVAE, checkpoint).name == "none"


def test_who_follows_targets_less_gathers_more_to_choose_from():
    told, led = Plan("native", HIGH), Plan("latent", HIGH)
    assert steer.gathered(told, registry.spec("polygpt")) < steer.gathered(told, POLYVAE) == steer.gathered(led, GRUVAE)
    assert steer.gathered(Plan("none", {}), POLYVAE) == 1.0


def test_a_head_leads_only_to_what_it_knows():
    both = Plan("latent", {**HIGH, "sa_score": Target(maximum=4.0)})
    assert latent.trusted(both, fitted(tg_exp_c=0.6, sa_score=0.5)) == both
    one = latent.trusted(both, fitted(tg_exp_c=0.6, sa_score=0.05))
    assert (one.name, one.conditions) == ("latent", HIGH) and "used for ranking only" in one.warnings[0]
    for r2 in (0.0, float("nan"), -2.0):
        none = latent.trusted(Plan("latent", HIGH), fitted(tg_exp_c=r2))
        assert none.name == "select" and "Glass transition" in none.warnings[0]
    assert latent.trusted(both, None).name == "select"


def test_the_head_is_measured_on_rows_it_has_not_seen():
    head = latent.fit(Coded(), GRUVAE, CarbonModel())
    assert head.n + head.n_held_out == 400 and head.n_held_out == 80
    assert head.r2["tg_exp_c"] > 0.9 and head.r2["HeavyAtomCount"] > 0.9
    assert head.error[head.keys.index("tg_exp_c")] < 0.3
    deaf = latent.fit(Coded(deaf=True), GRUVAE, CarbonModel())
    assert deaf.r2["tg_exp_c"] < 0.1
    assert latent.fit(Coded(valid=False), GRUVAE, CarbonModel()) is None


def test_led_codes_decode_nearer_to_the_target():
    head = latent.fit(Coded(), GRUVAE, CarbonModel())
    raw = latent.generate(Coded(), head, HIGH, 300, seed=5, options={})
    tg = 10.0 * np.array([text.count("C") for text in raw])
    free = 10.0 * np.array([text.count("C") for text in Coded().decode(Coded().prior(300, seed=5), seed=5)])
    assert np.mean(np.abs(tg - 330) <= 15) > 3 * np.mean(np.abs(free - 330) <= 15)
    least = latent.generate(Coded(), head, {"tg_exp_c": Target(minimum=300)}, 300, seed=5, options={})
    most = latent.generate(Coded(), head, {"tg_exp_c": Target(maximum=100)}, 300, seed=5, options={})
    assert np.mean([10 * text.count("C") >= 300 for text in least]) > 0.5  # of free ones, 1 in 40
    assert np.mean([10 * text.count("C") <= 100 for text in most]) > 0.5


def test_a_run_names_its_steering_and_how_far_to_trust_it(session):
    result = design(request(), session=session)
    assert result.manifest["steering"] == result.manifest["request"]["steering"] == "latent"
    head = result.manifest["head"]
    assert head["n"] == 320 and head["n_held_out"] == 80 and 0.9 < head["r2"]["tg_exp_c"] <= 1
    assert f"Tg {head['r2']['tg_exp_c']:.2f}" in steer.sentence(result.manifest)
    assert abs(result.candidates[0].predictions["tg_exp_c"].mean - 330) <= 15
    assert result.timings["head"] > 0


def test_a_manifest_repeats_the_run_and_the_head_is_fitted_once(session):
    first = design(request(), session=session)
    assert session.fake.drawn.count(400) == 1
    again = design(DesignRequest.from_dict(json.loads(json.dumps(first.to_dict()))["manifest"]["request"]),
                   session=session)  # fmt: skip
    fresh = design(first.request, session=serving(Coded()))
    assert session.fake.drawn.count(400) == 1
    assert [c.psmiles for c in first.candidates] == [c.psmiles for c in again.candidates]
    assert [c.psmiles for c in first.candidates] == [c.psmiles for c in fresh.candidates]


@pytest.mark.parametrize("generator", [Coded(deaf=True), Coded(valid=False)])
def test_where_no_head_can_be_had_the_run_says_that_it_selects(session, generator):
    session.fake = generator
    result = design(request(), session=session)
    assert result.manifest["steering"] == "select" and "head" not in result.manifest
    assert any("the best of free samples are selected" in text for text in result.warnings)
    assert steer.sentence(result.manifest) == ""


def test_learning_shows_how_far_it_is_and_stops_when_asked(session):
    seen = []
    with pytest.raises(Stopped):
        design(request(), session=session, on_progress=seen.append,
               should_stop=lambda: any(p.stage == "head" for p in seen))  # fmt: skip
    assert any(p.stage == "head" and p.total == 400 for p in seen)
    assert design(request(), session=session).manifest["steering"] == "latent"  # nothing half-made was kept


def test_selection_needs_no_head(session):
    result = design(request(steering="select"), session=session)
    assert result.manifest["steering"] == "select" and session.fake.drawn == []
