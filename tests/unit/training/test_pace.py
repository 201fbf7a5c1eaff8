import pytest

from polydesign.core.errors import TrainingError
from polydesign.core.specs import Phase
from polydesign.training.pace import Pace, choose, learning_rate, position

PHASES = [Phase("first", 0.25, 1e-3), Phase("second", 0.75, 1e-4)]


def test_position_walks_through_the_phases():
    assert position(PHASES, 0.0) == (0, 0.0)
    assert position(PHASES, 0.125) == (0, 0.5)
    index, within = position(PHASES, 0.625)
    assert index == 1 and within == pytest.approx(0.5)
    assert position(PHASES, 1.0) == (1, 1.0)


def test_learning_rate_warms_up_and_falls():
    rates = [learning_rate(PHASES[0], i / 100) for i in range(101)]
    assert rates[0] < 0.05 * PHASES[0].lr
    assert max(rates) == pytest.approx(PHASES[0].lr, rel=0.01)
    assert rates[-1] == pytest.approx(0.03 * PHASES[0].lr)


def test_choose_keeps_names_and_rescales_shares():
    (only,) = choose(PHASES, ["second"])
    assert only.share == 1.0
    with pytest.raises(TrainingError, match=r"Unknown phase third.*first, second"):
        choose(PHASES, ["third"])


def test_minutes_are_spent_at_the_measured_pace():
    pace = Pace(minutes=1.0)
    steps = 0
    while pace.progress < 1.0:
        steps += 1
        pace.advance(steps, elapsed=0.1 * steps, seconds_a_step=0.1)
    assert steps == pytest.approx(600, rel=0.02)


def test_recorded_paces_are_replayed():
    first, second = Pace(minutes=1.0), Pace(minutes=1.0)
    recorded = {}
    for step in range(1, 101):
        pace = first.advance(step, elapsed=0.1 * step, seconds_a_step=0.1)
        if pace is not None:
            recorded[step] = pace
    second.recorded = recorded
    for step in range(1, 101):
        second.advance(step, elapsed=99.0, seconds_a_step=7.0)  # another machine, other times
    assert second.progress == first.progress


@pytest.mark.parametrize("settings", [{}, {"steps": 1, "minutes": 1.0}])
def test_a_run_has_one_length(settings):
    with pytest.raises(TrainingError):
        Pace(**settings)
