import math

import numpy as np
import pytest

from polydesign.core.goal import Goal
from polydesign.core.targets import Target
from polydesign.engine.design.rank import Assessment, assess, best_first


def one(key, target, mean, std):
    score, p = assess({key: target}, {key: np.array([mean])}, {key: np.array([std])}, 1)
    return float(score[0]), float(p[0])


def test_an_exact_value_is_inside_or_outside_bounds_included():
    assert one("RingCount", Target(minimum=3), 3.0, 0.0) == (1.0, 1.0)
    assert one("RingCount", Target(value=3, tolerance=1), 4.0, 0.0)[1] == 1.0
    assert one("RingCount", Target(value=3), 4.0, 0.0)[1] == 0.0


def test_a_sure_prediction_beats_a_vague_one():
    sure, vague = (one("tg_exp_c", Target(value=180, tolerance=20), 185.0, std) for std in (5.0, 60.0))
    assert sure[0] > vague[0] and sure[1] > vague[1]


def test_default_tolerance_and_log_scale():
    assert Goal("tg_exp_c", Target(value=180)).interval == (160.0, 200.0)
    low, high = Goal("perm_o2_exp_barrer", Target(value=100, tolerance=0.5)).interval
    assert (low, high) == pytest.approx((1.5, 2.5))
    score, _ = one("perm_o2_exp_barrer", Target(value=100), 100.0, 1e-9)
    assert score == pytest.approx(1.0)


def test_weights_decide_between_two_targets():
    targets = {"tg_exp_c": Target(value=100, weight=9), "egc_dft_ev": Target(value=4)}
    means = {"tg_exp_c": np.array([100.0, 140.0]), "egc_dft_ev": np.array([4.8, 4.0])}
    stds = {key: np.full(2, 0.1) for key in targets}
    assert best_first(assess(targets, means, stds, 2)).tolist() == [0, 1]
    light = {"tg_exp_c": Target(value=100), "egc_dft_ev": Target(value=4, weight=9)}
    assert best_first(assess(light, means, stds, 2)).tolist() == [1, 0]


def test_the_probability_of_all_targets_is_the_product():
    targets = {"tg_exp_c": Target(minimum=100), "egc_dft_ev": Target(maximum=4)}
    means = {"tg_exp_c": np.array([100.0]), "egc_dft_ev": np.array([4.0])}
    _, p_all = assess(targets, means, {key: np.ones(1) for key in targets}, 1)
    assert p_all[0] == pytest.approx(0.25)


def test_unknown_properties_are_nan_and_come_last():
    score, p = one("tg_exp_c", Target(value=180), math.nan, 5.0)
    assert math.isnan(score) and math.isnan(p)
    order = best_first(Assessment(np.array([math.nan, 0.2, 0.9, 0.9]), np.array([math.nan, 0.5, 0.1, 0.3])))
    assert order.tolist() == [3, 2, 1, 0]


def test_without_targets_the_order_of_generation_stays():
    assessment = assess({}, {}, {}, 3)
    assert assessment.score.tolist() == [1.0] * 3
    assert best_first(assessment).tolist() == [0, 1, 2]
