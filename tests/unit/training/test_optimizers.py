from copy import deepcopy

import torch
from torch import nn

from polydesign.training.optimizers import MuonAdamW


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Embedding(5, 8), nn.Linear(8, 16), nn.SiLU(), nn.Linear(16, 5))


def steps(model, optimizer, n):
    tokens = torch.arange(5)
    losses = []
    for _ in range(n):
        loss = nn.functional.cross_entropy(model(tokens), tokens)
        optimizer.zero_grad()
        loss.backward()
        for group in optimizer.param_groups:
            group["lr"] = 0.02
        optimizer.step()
        losses.append(float(loss.detach()))
    return losses


def test_every_parameter_is_moved_by_exactly_one_optimizer():
    model = network()
    groups = MuonAdamW(model, 0.1).param_groups
    given = [id(p) for group in groups for p in group["params"]]
    assert sorted(given) == sorted(id(p) for p in model.parameters())


def test_frozen_parameters_are_left_alone():
    model = network()
    frozen = next(model.parameters()).requires_grad_(False)
    before = frozen.clone()
    optimizer = MuonAdamW(model, 0.05)
    steps(model, optimizer, 3)
    assert torch.equal(frozen, before)
    assert id(frozen) not in {id(p) for group in optimizer.param_groups for p in group["params"]}


def test_it_learns():
    model = network()
    losses = steps(model, MuonAdamW(model, 0.0), 40)
    assert losses[-1] < 0.3 * losses[0]


def test_saved_moments_go_on_with_the_same_losses():
    first = network()
    optimizer = MuonAdamW(first, 0.1)
    steps(first, optimizer, 5)
    second = network()
    second.load_state_dict(first.state_dict())
    resumed = MuonAdamW(second, 0.1)
    resumed.load_state_dict(deepcopy(optimizer.state_dict()))
    fresh = network()
    fresh.load_state_dict(first.state_dict())
    expected = steps(first, optimizer, 5)
    assert steps(second, resumed, 5) == expected
    assert steps(fresh, MuonAdamW(fresh, 0.1), 5) != expected
