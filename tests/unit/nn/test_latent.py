import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

from polydesign.nn.latent import Gaussian, RequestPrior, active_units, cross_covariance, free_bits, kl_weight


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


def test_the_kl_to_another_gaussian_by_hand():
    # N(1, 4) to N(3, 9): log(3/2) + (4 + 2^2) / (2 9) - 1/2
    one = Gaussian(torch.tensor([[1.0]]), torch.tensor([[4.0]]).log())
    other = Gaussian(torch.tensor([[3.0]]), torch.tensor([[9.0]]).log())
    assert float(one.kl(other)) == pytest.approx(np.log(1.5) + 8 / 18 - 0.5, abs=1e-6)
    assert float(one.kl(one)) == 0.0
    wide = Gaussian(torch.randn(5, 3), torch.randn(5, 3))
    assert torch.allclose(wide.kl(Gaussian.standard(5, 3)), wide.kl(), atol=1e-6)


def test_guidance_of_a_gaussian_is_a_product_of_densities():
    own = Gaussian(torch.tensor([[0.5]]), torch.tensor([[0.25]]).log())
    assert own.guided(1.0) is own
    zero = own.guided(0.0)
    assert float(zero.mean) == 0.0 and float(zero.log_var) == pytest.approx(0.0, abs=1e-6)
    # precision 1 + 2 (4 - 1) = 7, mean 2 * 0.5 * 4 / 7
    twice = own.guided(2.0)
    assert float(twice.mean) == pytest.approx(4 / 7) and float(twice.log_var.exp()) == pytest.approx(1 / 7)
    grid = torch.linspace(-3, 3, 7)

    def log_density(g):
        return -0.5 * (grid - g.mean[0]) ** 2 / g.log_var.exp()[0]

    prior = Gaussian.standard(1, 1)
    wanted = 2 * log_density(own) - log_density(prior)
    assert torch.allclose(log_density(twice).diff(), wanted.diff(), atol=1e-5)
    wide = Gaussian(torch.zeros(1, 1), torch.full((1, 1), 1.5)).guided(5.0)  # no density without the bound
    assert float(wide.log_var.exp()) == pytest.approx(4.0)


def test_a_prior_of_requests_begins_normal_and_is_normal_without_a_request():
    torch.manual_seed(0)
    prior = RequestPrior(4, 8, 3)
    e = torch.randn(5, 4)
    assert torch.equal(prior(e).mean, torch.zeros(5, 3)) and torch.equal(prior(e).log_var, torch.zeros(5, 3))
    torch.nn.init.normal_(prior.code.weight)
    assert float(prior(e).mean.abs().min()) > 0
    nothing = prior(torch.zeros(5, 4))
    assert torch.equal(nothing.mean, torch.zeros(5, 3)) and torch.equal(nothing.log_var, torch.zeros(5, 3))
    assert float(prior(1e6 * e).log_var.abs().max()) <= 8.0


def test_the_cross_covariance_by_hand():
    codes = torch.tensor([[1.0, 0.0], [3.0, 0.0], [8.0, 5.0]])
    values = torch.tensor([[-1.0, 2.0], [1.0, 9.0], [9.0, 9.0]])
    given = torch.tensor([[True, True], [True, False], [False, False]])
    # Of the first property two rows: covariance 1 with the first dimension. The second has one row: nothing.
    assert float(cross_covariance(codes, values, given)) == pytest.approx(0.5)
    assert float(cross_covariance(codes, values, torch.zeros_like(given))) == 0.0
