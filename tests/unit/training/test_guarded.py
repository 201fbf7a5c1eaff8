"""Policy gradient with guards, on GraphAF building graphs of a few atoms: those with oxygen earn 1."""

import numpy as np
import pytest
import torch

from polydesign.core.specs import Phase
from polydesign.generators.graphaf.config import GraphAFConfig
from polydesign.generators.graphaf.network import GraphAF
from polydesign.generators.graphaf.policy import GraphPolicy
from polydesign.nn.policy import NONE, Episodes
from polydesign.nn.requests import Requests
from polydesign.training.objectives.guarded import GuardedPolicyGradient
from polydesign.training.objectives.policy_gradient import PolicySettings
from polydesign.training.objectives.supervised import Supervised
from polydesign.training.step import Step


def ask(step, n, generator):
    return Requests(torch.zeros(n, 1), torch.ones(n, 1, dtype=torch.bool))


def score(strings, values, given):
    return np.array([float("O" in text) for text in strings])


@pytest.fixture
def network():
    torch.manual_seed(0)
    sizes = {"max_atoms": 4, "edge_unroll": 3, "d_model": 16, "n_layers": 1, "n_heads": 2, "d_edge": 8}
    conditions = {"conditions": ("tg_exp_c",), "condition_mean": (0.0,), "condition_std": (1.0,)}
    kinds = {"kinds": ("C", "O", "N", "S", "F"), "room": (4, 2, 3, 6, 1)}
    return GraphAF(GraphAFConfig(**kinds, **sizes, **conditions))


def objective(network, distinct=lambda strings: 1.0):
    kinds, bonds = torch.tensor([[1, 3], [1, 4]]), torch.zeros(2, 2, 2, dtype=torch.long)
    bonds[:, 0, 1] = bonds[:, 1, 0] = 1
    batch = {"kinds": kinds.numpy(), "bonds": bonds.numpy(), "values": np.zeros((2, 1), np.float32),
             "given": np.ones((2, 1), bool)}  # fmt: skip
    made = GuardedPolicyGradient(
        GraphPolicy(network), score, ask, PolicySettings(n_requests=16, weight=100.0), data=Supervised(network),
        distinct=distinct,
    )  # fmt: skip
    return made, batch


def rewards_of(made, batch, n_steps):
    optimizers = made.optimizers(0.0)
    steps = [
        Step(number, Phase("reinforce", 1.0, 0.01, "reinforce"), 0.5, 0.01, "cpu", number, optimizers, lambda b: 2.0)
        for number in range(n_steps)
    ]
    return [{name: float(value) for name, value in made.step(iter([batch]), at).items()} for at in steps]


def test_graphs_that_are_rewarded_become_frequent(network):
    made, batch = objective(network)
    rewards = [figures["align_reward"] for figures in rewards_of(made, batch, 40)]
    assert np.mean(rewards[-5:]) > 0.95 > 0.75 > np.mean(rewards[:2])


def test_nothing_is_reinforced_while_too_few_are_distinct(network):
    made, batch = objective(network, distinct=lambda strings: 0.5)
    figures = rewards_of(made, batch, 3)
    assert all(entry["align_loss"] == 0 and entry["align_distinct"] == 0.5 for entry in figures)


def test_no_length_is_worth_more_than_another(network):
    made, _ = objective(network)
    actions = torch.full((64, 60), 1)
    actions[1::2, 10:] = NONE
    episodes = Episodes([""] * 64, actions)
    rewards = torch.tensor([1.0, 0.0] * 32)
    first = made.advantages(episodes, rewards)
    for _ in range(10):
        last = made.advantages(episodes, rewards)
    assert first.abs().min() > 0.5 and last.abs().max() < 0.01
    again, _ = objective(network)
    again.load_state(made.state())
    assert torch.equal(again.advantages(episodes, rewards), made.advantages(episodes, rewards))
