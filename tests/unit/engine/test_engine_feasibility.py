import math

import pytest

from polydesign.core.errors import ChemistryError, OptionError, TargetError
from polydesign.core.request import DesignRequest, Filters
from polydesign.core.targets import Target
from polydesign.engine.design.pool import COMPUTED
from polydesign.engine.goals.feasibility import check, check_counts, check_target

TG = {"tg_exp_c": {"n": 10, "p1": -80.0, "p50": 100.0, "p99": 350.0}}


class Generator:
    properties = TG


def judge(targets=None, **fields):
    request = DesignRequest("x", targets={} if targets is None else targets, **fields)
    check(request, Generator(), {*COMPUTED, "tg_exp_c"})


@pytest.mark.parametrize(
    "targets",
    [
        {"tg_exp_c": Target(value=200)},
        {"tg_exp_c": Target(minimum=-1000)},  # true of everything, hence harmless
        {"tg_exp_c": Target(value=500)},  # unlikely, not impossible
        {"RingCount": Target(value=3), "NumAromaticRings": Target(value=2)},
        {"RingCount": Target(minimum=2), "NumAromaticRings": Target(minimum=5)},
        {"MolWt": Target(value=123.4, tolerance=0.01)},
    ],
)
def test_sound_targets_pass(targets):
    judge(targets)


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        ({"tg_exp_c": Target(value=-300)}, "Tg = -300 °C is impossible: .* cannot be below -273.1 °C"),
        ({"tg_exp_c": Target(value=5000)}, "Tg = 5000 °C is out of reach: .* between -80 °C and 350 °C"),
        ({"tg_exp_c": Target(minimum=1200)}, "Tg ≥ 1200 °C is out of reach"),
        ({"sa_score": Target(maximum=0.5)}, "SA ≤ 0.5 is impossible"),
        ({"RingCount": Target(value=2.5, tolerance=0.3)}, "no whole number"),
        ({"RingCount": Target(value=1), "NumAromaticRings": Target(value=2)}, "contradict each other"),
        ({"RingCount": Target(maximum=3), "NumAromaticRings": Target(value=2), "NumAliphaticRings": Target(value=2)},
         "contradict each other"),
        ({"egc_dft_ev": Target(value=4)}, "No model here judges Band gap of the chain"),
    ],
)  # fmt: skip
def test_targets_that_nothing_can_meet(targets, message):
    with pytest.raises(TargetError, match=message):
        judge(targets)


def test_values_on_a_log_scale_are_positive():
    for target in (Target(value=0.0), Target(minimum=-1.0), Target(maximum=0.0)):
        with pytest.raises(TargetError, match="must be above zero"):
            check_target("perm_o2_exp_barrer", target, {})


@pytest.mark.parametrize("n", [0, -1, 100_001])
def test_the_number_is_bounded(n):
    with pytest.raises(TargetError, match="between 1 and 100,000"):
        judge(n=n)


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_the_seed_is_bounded(seed):
    with pytest.raises(OptionError, match="seed must lie between"):
        judge(seed=seed)


def test_unknown_steering():
    with pytest.raises(OptionError, match="native, select, latent; got 'magic'"):
        judge(steering="magic")


@pytest.mark.parametrize(
    ("filters", "error", "message"),
    [
        (Filters(must_contain="CC"), ChemistryError, "must_contain must be a list"),
        (Filters(exclude_elements=(9,)), ChemistryError, "exclude_elements must be a list"),
        (Filters(pfas_free="no"), ChemistryError, "pfas_free must be true or false"),
        (Filters(max_atoms=0), ChemistryError, "max_atoms"),
        (Filters(max_atoms=2.5), ChemistryError, "max_atoms"),
        (Filters(must_contain=("CO",), exclude=("CO",)), ChemistryError, "both required and excluded"),
        (Filters(max_atoms=10), TargetError, "contradicts the limit of 10"),
    ],
)
def test_filters_that_cannot_work(filters, error, message):
    with pytest.raises(error, match=message):
        judge({"HeavyAtomCount": Target(minimum=20)}, filters=filters)


def test_open_ended_counts_do_not_contradict():
    check_counts({"RingCount": Target(minimum=1), "NumAromaticCarbocycles": Target(maximum=math.floor(9))})
