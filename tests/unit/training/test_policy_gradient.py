"""Policy gradients on a bandit in tokens: strings that begin with the token 'good' earn 1."""

import copy

import numpy as np
import pytest
import torch

from polydesign.core.errors import TrainingError
from polydesign.core.specs import Phase
from polydesign.generators.polygpt.config import PolyGPTConfig
from polydesign.generators.polygpt.network import PolyGPT
from polydesign.nn.policy import NONE, Episodes
from polydesign.nn.requests import Requests
from polydesign.training.objectives.policy_gradient import PolicyGradient, PolicySettings, Replay
from polydesign.training.step import Step
from polydesign.training.token_policy import TokenPolicy


class Tokens:
    def decode(self, ids):
        return ["good" + str(row) if row[:1] == [5] else "bad" + str(row) for row in ids]


def ask(step, n, generator):
    return Requests(torch.zeros(n, 1), torch.ones(n, 1, dtype=torch.bool))


def score(strings, values, given):
    return np.array([float(text.startswith("good")) for text in strings])


@pytest.fixture
def network():
    torch.manual_seed(0)
    return PolyGPT(PolyGPTConfig(vocab_size=8, conditions=("tg_exp_c",), condition_mean=(0.0,), condition_std=(1.0,),
                                 d_model=16, n_layers=1, n_heads=2, max_length=8, n_embeddings=1))  # fmt: skip


def rewards_of(objective, n_steps):
    rewards = []
    optimizers = objective.optimizers(0.0)
    for number in range(n_steps):
        at = Step(number, Phase("align", 1.0, 0.01, "reinforce"), 0.5, 0.01, "cpu", number, optimizers, len)
        rewards.append(float(objective.step(iter(()), at)["align_reward"]))
    return rewards


SETTINGS = {
    "leave_one_out": PolicySettings(n_requests=16),
    "anchored": PolicySettings("anchored", n_requests=64, n_samples=1, sigma=20.0, replayed=16),
}


@pytest.mark.parametrize("form", SETTINGS)
def test_what_is_rewarded_becomes_frequent(network, form):
    prior = TokenPolicy(copy.deepcopy(network), Tokens()) if form == "anchored" else None
    objective = PolicyGradient(TokenPolicy(network, Tokens()), score, ask, SETTINGS[form], prior=prior)
    rewards = rewards_of(objective, 40)
    assert np.mean(rewards[-5:]) > 0.9 > 0.5 > np.mean(rewards[:5])
    if prior is not None:
        assert all(p.grad is None for p in prior.network.parameters())
        assert 0 < len(objective.replay.entries) <= 512


def test_a_policy_knows_the_probability_of_what_it_did(network):
    policy = TokenPolicy(network.eval(), Tokens())
    requests = ask(0, 400, None)
    episodes = policy.rollout(requests, torch.Generator().manual_seed(0))
    with torch.no_grad():
        log_prob = policy.log_prob(episodes, requests)
        alone = policy.log_prob(episodes.rows([7]), requests.rows([7]))
    assert alone.numpy() == pytest.approx(log_prob[7:8].numpy(), abs=1e-4)
    assert (episodes.lengths >= 1).all() and (log_prob < 0).all()
    # How often a string is drawn is how probable it is said to be.
    counts = {text: episodes.strings.count(text) for text in set(episodes.strings)}
    text = max(counts, key=lambda name: counts[name])
    expected = 400 * log_prob[episodes.strings.index(text)].exp().item()
    assert abs(counts[text] - expected) < 5 * expected**0.5 + 1


def test_the_anchored_form_needs_a_prior(network):
    with pytest.raises(TrainingError, match="needs the prior"):
        PolicyGradient(TokenPolicy(network, Tokens()), score, ask, SETTINGS["anchored"])


def test_a_buffer_keeps_the_best_and_comes_back_from_its_state():
    replay = Replay(2)
    actions = torch.tensor([[5, 2, NONE], [6, 7, 2], [4, 2, NONE]])
    requests = ask(0, 3, None)
    replay.add(Episodes(["a", "bb", "c"], actions), requests, torch.tensor([0.2, 0.9, 0.5]))
    assert list(replay.entries) == ["bb", "c"]
    again = Replay.of(2, replay.state())
    assert list(again.entries) == ["bb", "c"] and again.entries["c"][0].tolist() == [4, 2]
    for one, other in zip(replay.draw(2, 3), again.draw(2, 3), strict=True):
        assert getattr(one, "strings", None) == getattr(other, "strings", None)
    assert Replay.of(2, {}).draw(2, 0) is None
