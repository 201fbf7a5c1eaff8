"""The property head and the ascent, on heads whose answers are known."""

import pytest
import torch
from torch import nn

from polydesign.core.errors import Stopped
from polydesign.nn.property_head import PropertyHead, climb, fit_head

SLOPE = torch.tensor([[1.5, -0.5, 0.0, 1.0]])
FREE = torch.tensor([torch.inf])


@pytest.fixture
def linear() -> PropertyHead:
    """A head that is exactly y = SLOPE u, of codes with mean 1 and deviation 2."""
    head = PropertyHead(torch.full((4,), 1.0), torch.full((4,), 2.0), 1)
    for parameter in head.parameters():
        nn.init.zeros_(parameter)
    head.linear.weight.data = SLOPE.clone()
    return head.eval().requires_grad_(False)


def draws(n, seed=0):
    return 1.0 + 2.0 * torch.randn(n, 4, generator=torch.Generator().manual_seed(seed))


def led(head, z, low, high, width=0.3, seed=1, **settings):
    return climb(
        head, z, [0], low, high, torch.tensor([width]), generator=torch.Generator().manual_seed(seed), **settings
    )


def test_a_head_learns_a_known_property_and_leaves_unknown_values_out():
    z = draws(600)
    u = (z - 1) / 2
    y = torch.stack([u @ SLOPE[0], u[:, 2] * u[:, 3]], dim=1)
    y[::5, 0] = torch.nan
    head = fit_head(z[:500], y[:500], seed=0)
    error = (head(z[500:]) - y[500:])[:, 0]
    assert float(error[~error.isnan()].square().mean() / SLOPE.square().sum()) < 0.05
    curved = (head(z[500:]) - y[500:])[:, 1]
    assert float(curved.square().mean()) < 0.7 * float(y[500:, 1].square().mean())  # no line explains a product


def test_fitting_is_repeatable_and_leaves_the_global_seed_alone():
    z = draws(100)
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    one = fit_head(z, z[:, :1], seed=0, max_steps=20)
    assert torch.equal(torch.rand(1), expected)
    assert torch.equal(one(z), fit_head(z, z[:, :1], seed=0, max_steps=20)(z))


def test_it_climbs_to_where_the_objective_is_best(linear):
    z, target, width = draws(50), 3.0, 0.3
    end = led(linear, z, torch.tensor([target]), torch.tensor([target]), width)
    noise = width * torch.randn(50, 1, generator=torch.Generator().manual_seed(1))
    u, slope = linear.standardised(z), SLOPE[0]
    best = u + (target + noise - u @ SLOPE.T) * slope / (slope.square().sum() + width**2)
    assert torch.allclose(linear.standardised(end), best, atol=1e-3)
    before, after = ((linear(codes) - target).abs().mean() for codes in (z, end))
    assert after < 0.2 * before
    assert torch.allclose(end[:, 2], z[:, 2], atol=1e-4)  # says nothing of the property, and is left alone


def test_ends_are_draws_of_the_prior_given_the_property(linear):
    width, norm = 1.0, float(SLOPE.square().sum())
    end = linear(led(linear, draws(4000), torch.tensor([2.0]), torch.tensor([2.0]), width))
    assert float(end.mean()) == pytest.approx(2.0 * norm / (norm + width**2), abs=0.08)
    assert float(end.var()) == pytest.approx(norm * width**2 / (norm + width**2), rel=0.1)


def test_at_least_moves_only_what_is_below(linear):
    z = draws(200)
    end = led(linear, z, torch.tensor([1.0]), FREE, 0.01)
    below = linear(z)[:, 0] < 0.9
    above = linear(z)[:, 0] > 1.1
    assert torch.allclose(end[above], z[above], atol=1e-4)
    assert (linear(end)[below] > linear(z)[below]).all() and float(linear(end)[below].min()) > 0.9


def test_what_is_not_asked_for_moves_nothing_and_stop_stops(linear):
    z = draws(20)
    assert torch.allclose(led(linear, z, -FREE, FREE), z, atol=1e-5)

    def stop():
        raise Stopped("now")

    with pytest.raises(Stopped):
        led(linear, z, -FREE, FREE, check=stop)
    with pytest.raises(Stopped):
        fit_head(z, z[:, :1], seed=0, check=stop)
