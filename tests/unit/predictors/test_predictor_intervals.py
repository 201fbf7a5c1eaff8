import numpy as np
import pytest

from polydesign.predictors.intervals import Intervals, fit_floor, fit_widening


def fitted(error, spread):
    floor = fit_floor(error, spread)
    return floor, fit_widening(error, spread, floor)


@pytest.mark.parametrize("noise", ["normal", "laplace"])
def test_four_fifths_of_new_errors_lie_inside(noise):
    random = np.random.default_rng(0)
    spread = random.uniform(0.1, 0.6, 40_000)
    error = getattr(random, noise)(0.0, 1.0, 40_000) * np.sqrt(spread**2 + 0.3**2)
    floor, widen = fitted(error[:20_000], spread[:20_000])
    one = np.ones(1)
    sigma = Intervals(0 * one, one, floor * one, widen * one).sigma(spread[20_000:, None])[:, 0]
    inside = np.abs(error[20_000:]) <= 1.2815516 * sigma
    assert inside.mean() == pytest.approx(0.80, abs=0.01)


def test_the_floor_makes_up_for_what_the_spread_does_not_explain():
    error, spread = np.full(10, 0.5), np.full(10, 0.3)
    assert fit_floor(error, spread) == pytest.approx(0.4)
    assert fit_floor(error, 2 * error) > 0  # a spread larger than the errors leaves a little


def test_few_errors_take_the_cautious_rank():
    error = np.array([1.0, 2.0, 3.0, 4.0])  # ceil(0.8 * 5) = 4: the largest
    assert fit_widening(error, np.zeros(4), 1.0) * 1.2815516 == pytest.approx(4.0)


def test_intervals_of_a_logarithmic_property_are_in_its_unit():
    one = np.ones(1, dtype=np.float32)
    intervals = Intervals(one, 0.5 * one, 0.2 * one, one)  # centre 10 Barrer
    column = intervals.columns(["perm_o2_exp_barrer"], np.zeros((1, 1)), np.zeros((1, 1)), np.ones((1, 1), dtype=bool))
    prediction = column["perm_o2_exp_barrer"].row(0)
    assert prediction.mean == pytest.approx(10.0)
    assert prediction.std == pytest.approx(0.1)  # decades
    assert prediction.hi80 / prediction.mean == pytest.approx(prediction.mean / prediction.lo80)
    assert prediction.hi80 == pytest.approx(10 ** (1 + 0.12815516))


def test_what_is_not_known_stays_unknown():
    one = np.ones(1, dtype=np.float32)
    unknown = np.full((1, 1), np.nan)
    column = Intervals(one, one, one, one).columns(["tg_exp_c"], unknown, unknown, np.ones((1, 1), dtype=bool))
    prediction = column["tg_exp_c"].row(0)
    assert np.isnan([prediction.mean, prediction.std, prediction.lo80, prediction.hi80]).all()
    assert not prediction.in_domain
