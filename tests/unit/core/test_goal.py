"""One table says what meets a target and how close the rest comes; rank, gauge, hits and reward are held to it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesign.core.errors import TargetError
from polydesign.core.goal import Goal, graded, log_score
from polydesign.core.properties import property_spec
from polydesign.core.results import Candidate, Prediction, PredictionColumns
from polydesign.core.targets import Target
from polydesign.engine.design.rank import assess
from polydesign.evaluation.hits import Answers, Scored, pick_best
from polydesign.evaluation.samples import judge
from polydesign.evaluation.trial import hit_rate
from polydesign.training.rewards import PolymerReward
from polydesign.viz import gauges
from polydesign.viz.axis import Axis

TG, O2, RINGS = "tg_exp_c", "perm_o2_exp_barrer", "RingCount"
E = math.e
# Property, target, value and what meets the target in the unit, closeness of an exact value, and whether it is a hit.
TABLE = [
    (TG, Target(value=180.0), 180.0, (160, 200), 1.0, True),
    (TG, Target(value=180.0), 200.0, (160, 200), E**-0.5, True),
    (TG, Target(value=180.0), 220.0, (160, 200), E**-2, False),
    (TG, Target(value=180.0, tolerance=40.0), 220.0, (140, 220), E**-0.5, True),
    (TG, Target(value=180.0), 1180.0, (160, 200), E**-1250, False),
    (TG, Target(minimum=180.0), 190.0, (180, math.inf), 1.0, True),
    (TG, Target(minimum=180.0), 160.0, (180, math.inf), E**-0.5, False),
    (TG, Target(maximum=-20.0), -20.0, (-math.inf, -20), 1.0, True),
    (TG, Target(maximum=-20.0), 20.0, (-math.inf, -20), E**-2, False),
    (O2, Target(value=10.0, tolerance=1.0), 100.0, (1, 100), E**-0.5, True),
    (O2, Target(value=10.0, tolerance=1.0), 0.1, (1, 100), E**-2, False),
    (O2, Target(maximum=10.0), 1.0, (0, 10), 1.0, True),
    (RINGS, Target(value=2.0), 2.0, (1.5, 2.5), 1.0, True),
    (RINGS, Target(value=2.0), 1.0, (1.5, 2.5), E**-2, False),
]
every = pytest.mark.parametrize(("key", "target", "value", "band", "closeness", "hit"), TABLE)
EXACT = pytest.mark.parametrize(
    ("key", "target", "value", "closeness"), [(k, t, v, c) for k, t, v, _, c, _ in TABLE if t.value is not None]
)


def scaled(key: str, value: float) -> np.ndarray:
    return property_spec(key).to_scale([value])


@every
def test_goal(key, target, value, band, closeness, hit):
    goal = Goal(key, target)
    assert goal.band == pytest.approx(band)
    assert tuple(property_spec(key).to_scale(goal.band)) == pytest.approx(
        tuple(goal.interval) if band[0] else (math.nan, goal.interval.high), nan_ok=True
    )
    assert goal.closeness(scaled(key, value))[0] == pytest.approx(closeness)
    assert bool(goal.met(scaled(key, value))[0]) == hit == bool(goal.probability(scaled(key, value))[0])


@every
def test_rank(key, target, value, band, closeness, hit):
    score, p_all = assess({key: target}, {key: np.array([value])}, {key: np.zeros(1)}, 1)
    assert score[0] == pytest.approx(closeness) and p_all[0] == hit


@every
def test_gauge(key, target, value, band, closeness, hit):
    axis = Axis.of(property_spec(key), {"p1": 1.0 if key != TG else -300.0, "p99": 1000.0})
    low, high = (f"{100 * axis.fraction(end):.1f}" for end in band)
    html = gauges.gauge(axis, Prediction(value, 0.0, value, value, True), Goal(key, target).band, None)
    width = max(100 * axis.fraction(band[1]) - 100 * axis.fraction(band[0]), 0.5)
    assert f'class="pd-band" style="left:{low}%;width:{width:.1f}%"' in html and float(high) >= float(low)


@every
def test_trial_and_hits(key, target, value, band, closeness, hit):
    known = Prediction(value, 0.0, value, value, True)
    candidate = Candidate("*CC*", "", 0.0, 0.0, None, 1.0, {key: known}, {key: {"mean": value}})
    assert hit_rate([candidate], {key: target}, by_checker=True).value == hit
    columns = [{key: scaled(key, value)}, {key: np.zeros(1)}]
    answers = Answers((key,), [{key: target}], Scored(judge(["*CC*"]), *columns, *columns), per_target=1)
    assert answers.met().tolist() == [hit]


@EXACT
def test_reward(key, target, value, closeness):
    class Guide:
        keys = (TG, O2)

        def predict(self, psmiles, **_):
            column = np.full(len(psmiles), value)
            return {k: PredictionColumns(column, column * 0, column, column, column > 0) for k in self.keys}

    if target.tolerance is not None:
        return  # a request has no tolerance of its own
    psmiles = {2.0: "*CC(*)c1ccc2ccccc2c1", 1.0: "*CC(*)c1ccccc1"}.get(value, "*CC*")
    center, std = np.array([20.0]), np.array([30.0])
    reward = PolymerReward((key,), center, std, Guide(), np.zeros(0, dtype=np.uint32), validity=0.0)
    request = (scaled(key, target.central) - center) / std
    (worth,) = reward([psmiles], request[None], np.ones((1, 1), dtype=bool))
    assert worth == pytest.approx(float(graded(log_score({key: target}, {key: scaled(key, value)}))[0]))
    assert worth == pytest.approx(1 / (1 - math.log(closeness)) if closeness else 1 / 1251)


def test_the_reward_follows_the_order_of_the_ranking_and_is_nowhere_flat():
    far = np.linspace(0, 3000, 301)
    targets = {TG: Target(value=0.0), RINGS: Target(value=2.0, weight=3)}
    logs = log_score(targets, {TG: far, RINGS: np.full(301, 3.0)})
    worth = graded(logs)
    assert (np.diff(worth) < 0).all() and (np.diff(logs) < 0).all()
    assert (np.exp(logs) == 0).sum() > 100  # where the closeness itself could not tell one from the other


def test_the_guide_of_an_evaluation_picks_what_the_engine_would_rank_first():
    values, stds = np.array([185.0, 181.0, 160.0]), np.array([5.0, 80.0, 5.0])
    columns = [{TG: values}, {TG: stds}]
    raw = ["*CC*", "*CCO*", "*CCS*"]
    answers = Answers((TG,), [{TG: Target(value=180.0)}], Scored(judge(raw), *columns, *columns), per_target=3)
    score, _ = assess({TG: Target(value=180.0)}, {TG: values}, {TG: stds}, 3)
    assert (
        pick_best(answers, 3).scored.samples.raw == [raw[i] for i in np.argsort(-score)] == ["*CC*", "*CCS*", "*CCO*"]
    )


NUMBER = st.floats(-50, 50)
SPREAD = st.floats(0.01, 30)


@given(NUMBER, SPREAD, SPREAD, NUMBER)
def test_expected_closeness_is_the_integral_of_the_module_docstring(mean, std, reach, edge):
    x = np.linspace(mean - 9 * std, mean + 9 * std, 20_001)
    density = np.exp(-0.5 * ((x - mean) / std) ** 2) / (std * math.sqrt(2 * math.pi))
    gap = np.exp(-0.5 * ((x - edge) / reach) ** 2)
    for target, closeness in (
        (Target(value=edge, tolerance=reach), gap),
        (Target(minimum=edge, tolerance=reach), np.where(x >= edge, 1.0, gap)),
        (Target(maximum=edge, tolerance=reach), np.where(x <= edge, 1.0, gap)),
    ):
        expected = np.trapezoid(closeness * density, x)
        assert Goal(TG, target).closeness([mean], [std])[0] == pytest.approx(expected, abs=1e-4)


@given(NUMBER, SPREAD, NUMBER, st.floats(0.1, 20))
def test_probability_is_the_gaussian_integral(mean, std, centre, reach):
    low, high = max(centre - reach, mean - 9 * std), min(centre + reach, mean + 9 * std)
    x = np.linspace(low, max(low, high), 20_001)  # only where there is any density, so that the grid is fine enough
    density = np.exp(-0.5 * ((x - mean) / std) ** 2) / (std * math.sqrt(2 * math.pi))
    (p,) = Goal(TG, Target(value=centre, tolerance=reach)).probability([mean], [std])
    assert p == pytest.approx(np.trapezoid(density, x), abs=1e-4)


def test_far_tails_keep_their_precision_on_both_sides():
    tails = Goal(TG, Target(value=0.0, tolerance=1.0)).probability([-30.0, 30.0], np.ones(2))
    assert tails[0] == pytest.approx(tails[1], rel=1e-9)
    assert 0 < tails[0] < 1e-180
    at_least, at_most = (Goal(TG, Target(**{side: 0.0})) for side in ("minimum", "maximum"))
    for std in (0.0, 1.0):
        logs = at_least.log_closeness([-1e4, -2e4, 1e4], std)
        assert np.isfinite(logs).all() and logs[0] > 1.9 * logs[1] / 4 and logs[2] == 0.0
        assert at_most.log_closeness([1e4, 2e4, -1e4], std) == pytest.approx(logs)


def test_a_goal_is_headed_for_one_tolerance_inside_its_bound():
    assert Goal(TG, Target(value=180.0)).aim == (180, 180)
    assert Goal(TG, Target(minimum=180.0)).aim == (200, math.inf)
    assert Goal(TG, Target(maximum=180.0, tolerance=5.0)).aim == (-math.inf, 175)


def test_goals_are_written_for_people_and_for_the_command_line():
    goal = Goal(TG, Target(minimum=180.0, weight=2.0))
    assert (goal.words, goal.text) == ("Tg ≥ 180 °C", "tg_exp_c>=180@2")
    assert Goal("ffv_md", Target(value=0.4)).words == "FFV = 0.4"
    with pytest.raises(TargetError, match="tg_exp_c"):
        Goal("tg_exp", Target(value=1.0)).interval  # noqa: B018
