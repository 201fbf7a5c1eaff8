"""Diffusion against its closed form: for Gaussian data the noise that a perfect network would predict is known."""

import pytest
import torch

from polydesign.nn.diffusion import Diffusion, cosine_schedule, step_embedding

MEAN, STD = torch.tensor([1.5, -0.5]), torch.tensor([0.3, 0.8])


def perfect(diffusion):
    """E[noise | x_t] of data N(MEAN, STD^2)."""

    def denoise(x, step):
        a = diffusion.alpha[step][:, None]
        return (1 - a).sqrt() * (x - a.sqrt() * MEAN) / (a * STD**2 + 1 - a)

    return denoise


def test_the_schedule_leaves_all_and_then_nothing():
    alpha = cosine_schedule(1000)
    assert (alpha.diff() < 0).all() and alpha[0] > 0.999 and alpha[-1] < 1e-4
    assert float(alpha[499]) == pytest.approx(0.494, abs=0.01)  # half of the variance half way


def test_noised_data_has_the_mean_and_variance_of_the_formula():
    diffusion = Diffusion(100)
    x = MEAN.expand(40_000, 2)
    step = torch.full((40_000,), 60)
    noised = diffusion.add_noise(x, torch.randn(x.shape, generator=torch.Generator().manual_seed(0)), step)
    a = diffusion.alpha[60]
    assert torch.allclose(noised.mean(0), a.sqrt() * MEAN, atol=0.02)
    assert torch.allclose(noised.var(0), (1 - a).expand(2), rtol=0.05)


@pytest.mark.parametrize(("eta", "n_steps"), [(0.0, 50), (0.0, None), (1.0, None), (0.5, 100)])
def test_a_perfect_network_brings_the_data_back(eta, n_steps):
    diffusion = Diffusion(400)
    generator = torch.Generator().manual_seed(0)
    x = diffusion.sample(perfect(diffusion), (20_000, 2), generator=generator, n_steps=n_steps, eta=eta)
    assert torch.allclose(x.mean(0), MEAN, atol=0.03)
    assert torch.allclose(x.std(0), STD, rtol=0.06)


def test_without_eta_the_path_is_the_closed_form_one():
    # The probability flow of Gaussian data maps the start, as many deviations from the mean, to the data.
    diffusion = Diffusion(2000)
    x = diffusion.sample(perfect(diffusion), (50, 2), generator=torch.Generator().manual_seed(3))
    start = torch.randn(50, 2, generator=torch.Generator().manual_seed(3))
    assert torch.allclose(x, MEAN + STD * start, atol=0.03)


def test_one_step_back_has_the_posterior_mean_and_variance_of_ddpm():
    # Ho et al., equations 6 and 7, for a known x_0
    diffusion = Diffusion(100)
    data, noise = torch.full((50_000, 1), 0.7), torch.full((50_000, 1), -1.2)
    step = 40
    now, then = diffusion.alpha[step], diffusion.alpha[step - 1]
    beta = 1 - now / then
    x = diffusion.add_noise(data, noise, torch.full((50_000,), step))
    back = diffusion.step_back(x, noise, step, step - 1, 1.0, torch.Generator().manual_seed(0))
    mean = then.sqrt() * beta / (1 - now) * 0.7 + (1 - beta).sqrt() * (1 - then) / (1 - now) * x[0, 0]
    assert float(back.mean()) == pytest.approx(float(mean), abs=0.01)
    assert float(back.var()) == pytest.approx(float((1 - then) / (1 - now) * beta), rel=0.03)


def test_few_steps_start_where_some_signal_is_left_and_end_at_the_data_and_can_be_stopped():
    diffusion = Diffusion(100)
    last = max(i for i, share in enumerate(diffusion.alpha.tolist()) if share >= 1e-3)
    assert 90 < last < 99
    asked = []

    def denoise(x, step):
        asked.append(int(step[0]))
        return torch.zeros_like(x)

    for n in (1, 4, 1000):
        asked.clear()
        diffusion.sample(denoise, (2, 3), generator=torch.Generator().manual_seed(0), n_steps=n)
        assert asked[0] == last and len(asked) == min(n, last + 1) and (n == 1 or asked[-1] == 0)
        assert len(set(asked)) == len(asked)

    def stop():
        raise InterruptedError

    with pytest.raises(InterruptedError):
        diffusion.sample(denoise, (2, 3), generator=torch.Generator().manual_seed(0), check=stop)


def test_steps_are_told_apart():
    embedded = step_embedding(torch.arange(50), 16, 50)
    assert embedded.shape == (50, 16)
    assert (torch.cdist(embedded, embedded) + 10 * torch.eye(50)).min() > 0.05
