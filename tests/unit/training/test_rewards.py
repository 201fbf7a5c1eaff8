import numpy as np
import pytest

from polydesign.chem.describe.descriptors import descriptor_matrix
from polydesign.chem.notation.identity import chain_hash, chain_key
from polydesign.core.properties import DESCRIPTORS
from polydesign.core.results import PredictionColumns
from polydesign.training.rewards import PolymerReward

STYRENE, PROPYLENE = "*CC(*)c1ccccc1", "*CC(*)C"
CONDITIONS = ("tg_exp_c", *DESCRIPTORS)
NOTHING = np.zeros(0, dtype=np.uint32)


class FixedGuide:
    """Says the same Tg of everything."""

    keys = ("tg_exp_c",)

    def predict(self, psmiles, **_):
        column = np.full(len(psmiles), 100.0)
        return {"tg_exp_c": PredictionColumns(column, column * 0, column, column, column > 0)}


def reward(known=NOTHING, **settings):
    zeros, ones = np.zeros(len(CONDITIONS)), np.ones(len(CONDITIONS))
    return PolymerReward(CONDITIONS, zeros, ones, FixedGuide(), known, **settings)


def request(psmiles, n=1):
    values = np.concatenate([[100.0], descriptor_matrix([psmiles])[0]])
    return np.tile(values, (n, 1)), np.ones((n, len(CONDITIONS)), dtype=bool)


def test_a_perfect_answer_earns_everything_and_nonsense_nothing():
    values, given = request(STYRENE, 3)
    assert reward()([STYRENE, "*CC(", "CCO"], values, given) == pytest.approx([1.0, 0.0, 0.0])


def test_nearer_is_better():
    values, given = request(STYRENE, 2)
    near, far = reward()(["*CC(*)c1ccccc1C", "*OCC*"], values, given)
    assert 0.3 <= far < near < 1.0


def test_known_and_repeated_polymers_earn_less():
    values, given = request(STYRENE, 2)
    known = np.array([chain_hash(chain_key(STYRENE))], dtype=np.uint32)
    assert reward(known)([STYRENE, PROPYLENE], values, given)[0] == pytest.approx(0.5)
    twice = reward()([STYRENE, "*C(c1ccccc1)C*"], values, given)
    assert twice[0] == pytest.approx(1.0) and twice[1] < 0.55


def test_molecules_are_judged_as_molecules():
    values, given = request("CCO", 4)
    rewards = reward(molecules=True)(["OCC", "C(C)O", STYRENE, "CC("], values, given)
    assert rewards == pytest.approx([1.0, 0.5, 0.0, 0.0])  # the second is the first again


def test_without_a_request_being_valid_is_all():
    values, given = request(STYRENE, 2)
    assert reward()([PROPYLENE, "x"], values, ~given) == pytest.approx([1.0, 0.0])
