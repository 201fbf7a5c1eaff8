import numpy as np
import pytest
import torch

from polydesign.chem.describe.descriptors import descriptor_matrix
from polydesign.chem.notation.identity import chain_hash, chain_key
from polydesign.core.properties import DESCRIPTORS
from polydesign.core.results import PredictionColumns
from polydesign.generators.polygpt.config import PolyGPTConfig
from polydesign.generators.polygpt.network import PolyGPT
from polydesign.training.reinforce import PolicyGradient
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


def test_the_policy_gradient_raises_what_is_rewarded():
    """A bandit in tokens: strings that begin with the token 'good' earn 1."""
    torch.manual_seed(0)
    config = PolyGPTConfig(vocab_size=8, conditions=("tg_exp_c",), condition_mean=(0.0,), condition_std=(1.0,),
                           d_model=16, n_layers=1, n_heads=2, max_length=8, n_embeddings=1)  # fmt: skip
    network = PolyGPT(config)

    class Data:
        split = np.zeros(4, dtype=np.uint8)
        weight = np.ones(4, dtype=np.float32)

        def batch(self, index):
            return {"values": np.zeros((len(index), 1), np.float32), "given": np.ones((len(index), 1), bool)}

    class Tokens:
        def decode(self, ids):
            return ["good" if row[:1] == [5] else "bad" for row in ids]

    def score(strings, values, given):
        return np.array([float(s == "good") for s in strings])

    align = PolicyGradient(Data(), Tokens(), score, n_requests=16, n_samples=4)  # type: ignore[arg-type]
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    rewards = []
    for step in range(40):
        losses = align(network, step, torch.Generator().manual_seed(step))
        optimizer.zero_grad()
        losses["loss"].backward()
        optimizer.step()
        rewards.append(float(losses["reward"]))
    assert np.mean(rewards[-5:]) > 0.9 > 0.5 > np.mean(rewards[:5])
