import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

from polydesign.nn.latent import Gaussian, active_units, free_bits, kl_weight


def test_draws_have_the_mean_and_variance_they_are_given():
    mean, log_var = torch.tensor([[2.0, -1.0]]), torch.tensor([[0.25, 4.0]]).log()
    z = Gaussian(mean.expand(20_000, 2), log_var.expand(20_000, 2)).draw(torch.Generator().manual_seed(0))
    assert z.mean(0).tolist() == pytest.approx([2.0, -1.0], abs=0.05)
    assert z.var(0).tolist() == pytest.approx([0.25, 4.0], rel=0.05)


def test_the_same_generator_gives_the_same_draws_and_gradients_reach_both():
    mean, log_var = torch.zeros(3, 2, requires_grad=True), torch.zeros(3, 2, requires_grad=True)
    first, again = (Gaussian(mean, log_var).draw(torch.Generator().manual_seed(1)) for _ in range(2))
    assert torch.equal(first, again)
    first.sum().backward()
    assert torch.equal(mean.grad, torch.ones(3, 2))
    assert torch.allclose(log_var.grad, 0.5 * first.detach())  # dz / dlog_var = (z - mean) / 2


def test_the_kl_is_that_of_two_normal_distributions():
    mean, log_var = torch.randn(4, 3), torch.randn(4, 3)
    expected = kl_divergence(Normal(mean, (0.5 * log_var).exp()), Normal(0.0, 1.0))
    assert torch.allclose(Gaussian(mean, log_var).kl(), expected, atol=1e-5)


def test_free_bits_spare_dimensions_that_say_little():
    kl = torch.tensor([[0.1, 3.0], [0.3, 1.0]], requires_grad=True)
    assert float(free_bits(kl, 0.0).detach()) == pytest.approx(0.2 + 2.0)
    held = free_bits(kl, 0.5)
    assert float(held.detach()) == pytest.approx(0.5 + 2.0)
    held.backward()
    assert kl.grad.tolist() == [[0.0, 0.5], [0.0, 0.5]]


def test_active_units_are_those_that_vary():
    means = np.random.default_rng(0).normal(size=(500, 4)) * [1.0, 0.2, 0.05, 0.0] + [0.0, 0.0, 5.0, 7.0]
    assert active_units(means) == 2
    assert active_units(means, threshold=1e-4) == 3


def test_the_kl_weight_follows_its_schedule():
    assert [kl_weight("constant", w) for w in (0.0, 0.5, 1.0)] == [1.0, 1.0, 1.0]
    assert [kl_weight("linear", w) for w in (0.0, 0.25, 0.5, 1.0)] == [0.0, 0.5, 1.0, 1.0]
    assert [kl_weight("cyclical", w, cycles=2) for w in (0.0, 0.125, 0.3, 0.5, 0.75, 1.0)] == [0, 0.5, 1, 0, 1, 1]
    assert kl_weight("linear", 0.0, ramp=0.0) == 1.0
