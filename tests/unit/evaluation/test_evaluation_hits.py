import numpy as np
import pytest

from polydesign.core.targets import Target
from polydesign.evaluation.hits import Answers, Scored, each_figures, pick_best, set_figures
from polydesign.evaluation.samples import judge
from polydesign.evaluation.statistics import Figure

KEY = "tg_exp_c"  # tolerance 20
CEILINGS = {KEY: (Figure(0.8, 100), Figure(10.0, 100))}
# Two targets, three generations each; the last of each target is a repeat and an invalid string.
RAW = ["*CC*", "*CCO*", "*C*", "*CCS*", "*CCCO*", "*C(C"]


def answers(checker: list[float], guide: list[float] | None = None, std: float = 5.0) -> Answers:
    stds = [std] * len(RAW)
    columns = [{KEY: np.array(values, dtype=float)} for values in (guide or checker, stds, checker, stds)]
    grid = [{KEY: Target(value=0.0)}, {KEY: Target(value=100.0)}]
    return Answers((KEY,), grid, Scored(judge(RAW), *columns), per_target=3)


def test_hits_r2_and_share_by_hand():
    figures = set_figures(answers([0, 20, 40, 97, 130, np.nan]), CEILINGS, None, seed=0)
    assert figures["hits"].value == pytest.approx(3 / 6)  # 0 and 20 for 0; 97 for 100
    assert figures["hits_std"].value == pytest.approx(2 / 6)
    assert figures["new_hits"].value == pytest.approx((2 + 1) / 2)
    assert figures["valid"].value == pytest.approx(5 / 6)
    assert figures["unique"].value == pytest.approx(4 / 5)  # polyethylene came twice for the first target
    # over the five valid ones: mean target 40, residuals 400 + 1600 + 9 + 900
    expected = 1 - 2909 / (3 * 1600 + 2 * 3600)
    assert figures["r2"].value == pytest.approx(expected)
    assert figures["share"].value == pytest.approx(expected / 0.8)


def test_one_property_by_hand():
    figures = each_figures(answers([0, 20, 40, 97, 130, np.nan]), KEY, CEILINGS, seed=0)
    assert figures["mae"].value == pytest.approx((0 + 20 + 40 + 3 + 30) / 5)
    assert figures["ceiling"].value == 0.8


def test_a_pair_is_hit_only_when_both_are():
    first = answers([0, 0, 0, 100, 100, np.nan])
    other = {"egc_dft_ev": np.array([5.0, 5.3, 9.0, 1.0, 5.0, np.nan])}
    scored = Scored(
        first.scored.samples,
        first.scored.guide | other,
        first.scored.guide_std | other,
        first.scored.checker | other,
        first.scored.checker_std | other,
    )
    grid = [{KEY: Target(value=tg), "egc_dft_ev": Target(value=5.0)} for tg in (0.0, 100.0)]
    pair = Answers((KEY, "egc_dft_ev"), grid, scored, per_target=3)
    assert pair.met().tolist() == [True, True, False, False, True, False]
    assert pair.met((KEY,)).tolist() == [True, True, True, True, True, False]


def test_the_guide_picks_and_the_checker_is_not_asked():
    picked = pick_best(answers(checker=[0, 0, 0, 100, 100, np.nan], guide=[50, 1, 0, 101, 100, np.nan]), 1)
    # The third is nearest by the guide but repeats the first chain, so the second is taken.
    assert picked.scored.samples.raw == ["*CCO*", "*CCCO*"]
    assert picked.per_target == 1
    assert picked.wanted(KEY).tolist() == [0.0, 100.0]


def test_invalid_generations_are_picked_last():
    picked = pick_best(answers([0, 20, 40, 97, 130, np.nan]), 3)
    assert picked.scored.samples.raw == ["*CC*", "*CCO*", "*C*", "*CCS*", "*CCCO*", "*C(C"]
