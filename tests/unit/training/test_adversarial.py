"""WGAN-GP on points around a circle: the gradient penalty by hand, and a generator that finds them."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from polydesign.core.specs import Phase
from polydesign.training.loop import Loop, RunSettings
from polydesign.training.objectives.adversarial import Adversarial, Game, gradient_penalty


class Points:
    """Points of a narrow cloud around (2, -1)."""

    def endless(self, seed, start=0, share=None):
        number = start
        while True:
            rng = np.random.default_rng([seed, number])
            yield {"x": (rng.normal(size=(64, 2)) * 0.1 + [2.0, -1.0]).astype(np.float32)}
            number += 1

    def held_out(self):
        yield next(self.endless(10**6)), 64.0

    def count(self, batch):
        return float(len(batch["x"]))


class Toy(Game):
    def __init__(self):
        torch.manual_seed(0)
        self.generator = nn.Sequential(nn.Linear(2, 16), nn.SiLU(), nn.BatchNorm1d(16), nn.Linear(16, 2))
        self.critic = nn.Sequential(nn.Linear(2, 32), nn.SiLU(), nn.Linear(32, 1))

    def real(self, batch):
        return (batch["x"],)

    def fake(self, batch, generator):
        return (self.generator(torch.rand(len(batch["x"]), 2, generator=generator) * 2 - 1),)

    def score(self, sample):
        return self.critic(sample[0])[:, 0]

    def compare(self, real, fake):
        return {"width": fake[0].std() / real[0].std()}


def loop(out: Path, steps: int, **settings):
    objective = Adversarial(Toy(), critic_steps=3)
    run = RunSettings(out, steps=steps, log_every=1, average=0.9, clip=1e6, **settings)
    return Loop({"play": objective}, Points(), [Phase("play", 1.0, 2e-3)], run), objective


def test_the_penalty_is_that_of_the_slope():
    game = Toy()
    game.critic = nn.Linear(2, 1)
    with torch.no_grad():
        game.critic.weight.copy_(torch.tensor([[3.0, 4.0]]))
    real, fake = (torch.randn(8, 2),), (torch.randn(8, 2),)
    penalty = gradient_penalty(game, real, fake, torch.Generator().manual_seed(0))
    assert penalty.item() == pytest.approx((5.0 - 1.0) ** 2, rel=1e-4)


def test_the_generator_finds_the_points_and_the_critic_is_not_shipped(tmp_path):
    run, objective = loop(tmp_path / "x", 400)
    before = objective.game.fake(next(Points().endless(0)), torch.Generator().manual_seed(0))[0].mean(0)
    report = run.run()
    objective.game.generator.load_state_dict(report.weights)
    after = objective.game.fake(next(Points().endless(0)), torch.Generator().manual_seed(0))[0].mean(0)
    goal = torch.tensor([2.0, -1.0])
    assert (after - goal).norm() < 0.5 * (before - goal).norm()
    names = set(objective.game.generator.state_dict())
    assert set(report.weights) == names and any("running_mean" in name for name in names)
    assert report.weights["2.running_mean"].abs().sum() > 0
    assert set(report.held_out) == {"valid_distance", "valid_width"} and report.held_out["valid_width"] > 0
    losses = [json.loads(line) for line in (tmp_path / "x.run" / "log.jsonl").read_text().splitlines()]
    assert all(line["width"] > 0 for line in losses if "loss" in line)


def test_both_players_have_the_memory_that_is_asked_for_and_no_decay():
    for betas, settings in (((0.5, 0.9), {}), ((0.5, 0.999), {"betas": (0.5, 0.999)})):
        optimizers = Adversarial(Toy(), **settings).optimizers(0.1)
        assert set(optimizers) == {"generator", "critic"}
        groups = [group for optimizer in optimizers.values() for group in optimizer.param_groups]
        assert all(group["betas"] == betas and group["weight_decay"] == 0 for group in groups)


def test_a_resumed_game_is_the_same_game(tmp_path):
    whole, _ = loop(tmp_path / "whole", 12)
    expected = whole.run().weights
    first, _ = loop(tmp_path / "part", 12)
    first.settings = RunSettings(tmp_path / "part", steps=12, log_every=1, average=0.9, clip=1e6)
    original = first._step
    first._step = lambda *a: original(*a) if first.step < 7 else (_ for _ in ()).throw(KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        first.run()
    first.save()
    again, _ = loop(tmp_path / "part", 12, resume=True)
    assert again.step == 7
    weights = again.run().weights
    assert all(torch.equal(weights[name], value) for name, value in expected.items())
    assert any("critic" in name for name in _tensors(tmp_path / "part.run"))


def _tensors(folder):
    from safetensors import safe_open

    (path,) = folder.glob("state-*.safetensors")
    with safe_open(path, "pt") as file:
        return list(file.keys())
