import math

import numpy as np
import pytest

from polydesign.evaluation.statistics import mean_figure, r2, r2_figures, rate


def test_r2_by_hand():
    # residuals 1, 0, 1; spread about the mean 2: 1 + 0 + 1  ->  1 - 2/2 = 0
    assert r2(np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 2.0]))[0] == pytest.approx(0.0)
    # residuals 0, 0, 1 -> 1 - 1/2
    assert r2(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 4.0]))[0] == pytest.approx(0.5)


def test_r2_is_not_symmetric_and_may_be_negative():
    wanted, reached = np.array([0.0, 1.0]), np.array([10.0, 11.0])
    assert r2(wanted, reached)[0] == pytest.approx(1 - 200 / 0.5)


def test_r2_keeps_precision_far_from_zero():
    wanted = np.array([1.0, 2.0, 3.0]) + 1e9
    reached = wanted + np.array([0.0, 0.0, 1.0])
    assert r2(wanted, reached)[0] == pytest.approx(0.5)


def test_columns_that_do_not_vary_are_unknown_and_do_not_count():
    wanted = np.array([[1.0, 7.0], [2.0, 7.0], [3.0, 7.0]])
    reached = np.array([[1.0, 7.0], [2.0, 7.0], [4.0, 7.0]])
    each, mean = r2_figures(wanted, reached)
    assert math.isnan(each[1].value)
    assert mean.value == pytest.approx(0.5)
    assert mean.low <= mean.value <= mean.high


def test_a_resample_in_which_a_column_does_not_vary_does_not_spoil_the_interval():
    wanted = np.zeros((12, 2))
    wanted[0, 0] = 1.3  # about one resample in three misses this row
    wanted[:, 1] = np.arange(12)
    each, mean = r2_figures(wanted, wanted + 0.1)
    assert each[0].low > -100
    assert np.isfinite([mean.low, mean.high]).all()
    assert mean.low > -100


def test_no_rows_are_unknown():
    each, mean = r2_figures(np.zeros((0, 2)), np.zeros((0, 2)))
    assert [math.isnan(figure.value) for figure in (*each, mean)] == [True, True, True]
    assert mean.to_dict() == {"value": None, "n": 0, "low": None, "high": None}


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="one shape"):
        r2(np.zeros(3), np.zeros(4))


def test_bootstrap_covers_the_truth_about_as_often_as_it_says():
    random = np.random.default_rng(0)
    covered = 0
    for trial in range(200):
        figure = mean_figure(random.normal(5.0, 2.0, size=80), seed=trial)
        covered += figure.low <= 5.0 <= figure.high
    assert 0.90 <= covered / 200 <= 0.99


def test_perfect_answers_have_a_perfect_interval():
    wanted = np.arange(20.0)
    figure = r2_figures(wanted, wanted)[1]
    assert (figure.value, figure.low, figure.high) == (1.0, 1.0, 1.0)


def test_wilson_interval_by_hand():
    # 8 of 10: centre (0.8 + 3.8415/20) / 1.38415, half width 1.95996/1.38415 sqrt(0.016 + 0.0096036)
    figure = rate(8, 10)
    assert figure.value == 0.8
    assert figure.low == pytest.approx(0.4902, abs=1e-4)
    assert figure.high == pytest.approx(0.9433, abs=1e-4)


def test_wilson_interval_at_the_ends():
    none, everything = rate(0, 20), rate(20, 20)
    assert none.low == 0.0
    assert none.high == pytest.approx(0.1611, abs=1e-4)
    assert everything.high == 1.0
    assert everything.low == pytest.approx(1 - none.high)


def test_rate_of_nothing_is_unknown_and_impossible_rates_are_refused():
    assert math.isnan(rate(0, 0).value)
    with pytest.raises(ValueError, match="3 of 2"):
        rate(3, 2)
