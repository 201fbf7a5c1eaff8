"""The latent flow: change of variables as in the notes, couplings, temperature, and codes of any autoencoder."""

import dataclasses
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.autograd.functional import jacobian
from torch.distributions import (
    AffineTransform,
    Independent,
    MultivariateNormal,
    Normal,
    Transform,
    Uniform,
    constraints,
)

from polydesign import store
from polydesign.core import registry
from polydesign.core.errors import TrainingError
from polydesign.core.protocols import LikelihoodGenerator
from polydesign.core.targets import Target
from polydesign.data.corpora.prepare import prepare
from polydesign.data.encodings.tokenizer import SPECIAL
from polydesign.generators.latentflow.config import COUPLINGS, PRESETS
from polydesign.generators.latentflow.network import Couplings, LatentFlow, log_density
from polydesign.nn.requests import Requests
from polydesign.training.recipe import Order
from polydesign.training.record import train
from polydesign.writing.sampling import Writing

A = torch.tensor([[2.0, 1.0], [0.5, 3.0]])
KEYS = ("tg_exp_c", "HeavyAtomCount")
META = {
    "vocab_size": 12, "vocabulary": [*SPECIAL, "C", "N", "(", ")", "1", "*", "O", "c"], "notation": "smiles",
    "conditions": KEYS, "condition_mean": [100.0, 20.0], "condition_std": [80.0, 10.0],
}  # fmt: skip


class Linear(Transform):
    """x -> x / A, from points back to noise, for points x = A u."""

    domain = codomain = constraints.real_vector
    bijective = True

    def __init__(self, matrix):
        super().__init__()
        self.matrix = matrix

    def _call(self, x):
        return torch.linalg.solve(self.matrix, x[..., None])[..., 0]

    def _inverse(self, u):
        return u @ self.matrix.T

    def log_abs_det_jacobian(self, x, u):
        return -torch.linalg.slogdet(self.matrix).logabsdet.expand(x.shape[:-1])


def couplings(coupling="spline", d=2, context=3, seed=0, shaken=0.1, **settings):
    config = replace(PRESETS["tiny"], coupling=coupling, **settings)
    torch.manual_seed(seed)
    made = Couplings(d, context, config)
    for parameter in made.parameters():
        parameter.data += shaken * torch.randn_like(parameter)
    return made


def jacobians(f, x, e):
    """Return ``(B, d, d)``, d f_i / d x_j of each of ``(B, d)`` points by autograd."""
    return torch.stack([jacobian(lambda point, row=row: f(point, row), at) for at, row in zip(x, e, strict=True)])


def two_moons(n, seed):
    generator = torch.Generator().manual_seed(seed)
    angle = math.pi * torch.rand(n, generator=generator)
    upper = torch.rand(n, generator=generator) < 0.5
    x = torch.where(upper, angle.cos(), 1 - angle.cos()) - 0.5
    y = torch.where(upper, angle.sin(), 0.5 - angle.sin()) - 0.25
    return torch.stack([x, y], dim=1) + 0.1 * torch.randn(n, 2, generator=generator)


def test_four_times_a_uniform_number_has_a_quarter_of_the_density():
    """Z ~ U[0, 2], X = 4 Z: p_X(4) = p_Z(1) / 4 = 1/8, and not p_Z(1) = 1/2."""
    density = log_density(Uniform(0.0, 2.0), AffineTransform(0.0, 4.0).inv, torch.tensor([4.0])).exp()
    assert float(density) == pytest.approx(1 / 8)


def test_a_linear_map_spreads_a_square_over_a_parallelogram():
    square = Independent(Uniform(torch.zeros(2), torch.ones(2)), 1)
    determinant = float(A[0, 0] * A[1, 1] - A[0, 1] * A[1, 0])
    u = torch.rand(50, 2, generator=torch.Generator().manual_seed(0))
    density = log_density(square, Linear(A), u @ A.T).exp()
    assert density.tolist() == pytest.approx([1 / abs(determinant)] * 50, rel=1e-5)
    assert float(torch.linalg.det(torch.linalg.inv(A))) == pytest.approx(1 / determinant)


def test_the_forms_by_the_map_and_by_its_inverse_agree():
    """p_Z(z) |det df/dz|^-1 = p_X(x) = p_Z(f^-1(x)) |det df^-1/dx|, here of a Gaussian whose density is known."""
    normal = Independent(Normal(torch.zeros(2), 1.0), 1)
    z = torch.randn(20, 2, generator=torch.Generator().manual_seed(0))
    x = z @ A.T
    forward = normal.log_prob(z) - math.log(abs(float(torch.linalg.det(A))))
    inverse = log_density(normal, Linear(A), x)
    assert torch.allclose(forward, inverse, atol=1e-5)
    assert torch.allclose(inverse, MultivariateNormal(torch.zeros(2), A @ A.T).log_prob(x), atol=1e-4)


@pytest.mark.parametrize("coupling", COUPLINGS)
def test_log_determinants_of_layers_add_and_are_those_of_the_jacobian(coupling):
    flow = couplings(coupling, d=5, n_layers=4)
    x, e = torch.randn(8, 5), torch.randn(8, 3)
    total, at = torch.zeros(8), x
    for number in range(len(flow.layers)):
        after, log_det = flow.each(e)[number].call_and_ladj(at)

        def one(point, embedding, number=number):
            return flow.each(embedding[None])[number](point[None])[0]

        by_autograd = jacobians(one, at, e)
        assert torch.allclose(torch.linalg.slogdet(by_autograd).logabsdet, log_det, atol=1e-4)
        total, at = total + log_det, after
    whole = jacobians(lambda point, embedding: flow(embedding[None])(point[None])[0], x, e)
    u, log_det = flow(e).call_and_ladj(x)
    assert torch.equal(u, at) and torch.allclose(log_det, total, atol=1e-5)
    assert torch.allclose(torch.linalg.slogdet(whole).logabsdet, log_det, atol=1e-4)
    assert torch.allclose(flow.log_density(x, e), Normal(0, 1).log_prob(u).sum(1) + total, atol=1e-4)


@pytest.mark.parametrize("coupling", COUPLINGS)
def test_what_goes_forward_comes_back(coupling):
    flow = couplings(coupling, d=32, n_layers=8, shaken=0.05)
    x, e = 2 * torch.randn(200, 32), torch.randn(200, 3)
    with torch.no_grad():
        u = flow(e)(x)
    assert float((u - x).abs().mean()) > 0.1
    with torch.no_grad():
        assert float((flow(e).inv(u) - x).abs().max()) < 1e-4
    states = flow.steps(u, e)
    assert len(states) == 9 and torch.equal(states[0], u) and torch.allclose(states[-1], x, atol=1e-4)


@pytest.mark.parametrize("coupling", COUPLINGS)
def test_whatever_its_network_says_a_coupling_stays_finite(coupling):
    flow = couplings(coupling, d=4)
    for layer in flow.layers:
        layer.hyper[-1].weight.data *= 1e4
    x, e = torch.randn(50, 4), torch.randn(50, 3)
    log_dets = torch.stack([layer.call_and_ladj(x)[1] for layer in flow.each(e)])
    assert log_dets.isfinite().all() and float(log_dets.abs().max()) > 1.0
    assert flow.log_density(x, e).isfinite().all()
    if coupling == "affine":  # two coordinates, each by a thousand at most
        assert float(log_dets.abs().max()) <= 2 * math.log(1000)


def test_every_coordinate_is_kept_by_one_layer_of_a_pair_and_moved_by_the_other():
    masks = torch.stack([layer.mask for layer in couplings(d=7, n_layers=6).layers])
    assert (masks[0::2] ^ masks[1::2]).all() and not torch.equal(masks[0], masks[2])
    assert torch.equal(masks, torch.stack([layer.mask for layer in couplings(d=7, n_layers=6, seed=9).layers]))


def test_two_moons_are_told_from_a_gaussian():
    torch.manual_seed(0)
    flow = Couplings(2, 1, replace(PRESETS["tiny"], n_layers=6, d_hidden=32, bins=8))
    optimizer = torch.optim.Adam(flow.parameters(), lr=5e-3)
    moons = two_moons(2000, seed=0)
    for _ in range(300):
        optimizer.zero_grad()
        (-flow.log_density(moons, torch.zeros(2000, 1)).mean()).backward()
        torch.nn.utils.clip_grad_norm_(flow.parameters(), 1.0)
        optimizer.step()
    unseen = two_moons(2000, seed=1)
    gaussian = MultivariateNormal(moons.mean(0), torch.cov(moons.T)).log_prob(unseen).mean()
    assert float(flow.log_density(unseen, torch.zeros(2000, 1)).mean()) > float(gaussian) + 0.5
    corner = torch.linspace(-3, 3, 301)
    grid = torch.cartesian_prod(corner, corner)
    with torch.no_grad():
        total = flow.log_density(grid, torch.zeros(len(grid), 1)).exp().sum() * 0.02**2
    assert float(total) == pytest.approx(1.0, abs=0.02)


def flow_over(family, **settings):
    torch.manual_seed(1)
    its = registry.network_class(family)(registry.presets(family)["tiny"].for_data(META))
    config = replace(PRESETS["tiny"].for_data(META), **settings)
    network = LatentFlow(config.for_autoencoder(family, dataclasses.asdict(its.config), family))
    network.take(its.state_dict())
    network.shift.data, network.scale.data = torch.randn(8), 0.1 + torch.rand(8)
    for parameter in network.couplings.parameters():
        parameter.data += 0.05 * torch.randn_like(parameter)
    return network


@pytest.mark.parametrize("family", ["gruvae", "polyvae"])
def test_the_density_of_codes_has_the_standardisation_in_it(family):
    network = flow_over(family)
    z = network.shift + network.scale * torch.randn(6, 8)
    requests = Requests(torch.randn(6, 2), torch.ones(6, 2, dtype=torch.bool))
    e = network.embedded(requests)

    def noise(code, embedding):
        return network.couplings(embedding[None])(((code - network.shift) / network.scale)[None])[0]

    by_autograd = jacobians(noise, z, e)
    u = torch.stack([noise(z[r], e[r]) for r in range(6)])
    expected = Normal(0, 1).log_prob(u).sum(1) + torch.linalg.slogdet(by_autograd).logabsdet
    assert torch.allclose(network.log_density(z, requests), expected, atol=1e-3)
    loss = network.prior_loss((z - network.shift) / network.scale, e)["loss"]
    assert float(loss) == pytest.approx(-float(expected.mean() + network.scale.log().sum()), abs=1e-3)


def test_spread_is_that_of_the_noise_and_targets_move_the_codes():
    network = flow_over("gruvae")
    requests = Requests(torch.randn(4000, 2), torch.ones(4000, 2, dtype=torch.bool))

    def codes(requests, **options):
        return network.codes(requests, Writing(torch.Generator().manual_seed(0)), **options)

    for spread in (1.0, 0.5):
        x = (codes(requests, spread=spread) - network.shift) / network.scale
        assert float(network.couplings(network.embedded(requests))(x).std()) == pytest.approx(spread, rel=0.02)
    middle = codes(requests, spread=0.0)[:1]
    assert torch.allclose(middle, codes(requests.rows(slice(0, 1)), spread=0.0), atol=1e-5)
    for parameter in network.properties.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)
    assert not torch.allclose(codes(requests), codes(requests.hidden()), atol=1e-3)


@pytest.mark.parametrize("frozen", [0.0, 0.5])
def test_only_the_flow_and_later_the_properties_learn(frozen):
    network = flow_over("polyvae", p_unconditional=0.0).train()
    assert [phase.name for phase in replace(PRESETS["tiny"], frozen_share=frozen).phases][-1] == "train"
    batch = {"mean": torch.randn(5, 8), "log_var": torch.zeros(5, 8), "values": torch.randn(5, 2),
             "given": torch.ones(5, 2, dtype=torch.bool)}  # fmt: skip
    for phase, learns in (("frozen", False), ("train", True)):
        network.zero_grad()
        network.loss(batch, phase, torch.Generator().manual_seed(0))["loss"].backward()
        assert all(p.grad is None for p in network.autoencoder.parameters())
        assert all(p.grad is not None for p in network.couplings.parameters())
        assert [p.grad is not None for p in network.properties.parameters()] == [learns] * 4


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"coupling": "planar"}, "affine, spline"),
        ({"n_layers": 1}, "n_layers"),
        ({"bins": 1}, "2 bins"),
        ({"bound": 0}, "0"),
    ],
)
def test_settings_are_checked(settings, message):
    with pytest.raises(TrainingError, match=message):
        replace(PRESETS["tiny"], **settings)


@pytest.mark.parametrize("coupling", COUPLINGS)
def test_it_is_trained_over_the_gru_vae_and_tells_how_dense_codes_lie(coupling, tmp_path):
    data = prepare("demo", tmp_path / "demo", vocab_size=96)
    gruvae = train(Order("gruvae", str(data), tmp_path / "gruvae", "tiny", steps=3))
    settings = {"n_codes": "200", "batch_codes": "32", "coupling": coupling}
    parts = {"autoencoder": str(gruvae)}
    folder = train(Order("latentflow", str(data), tmp_path / "flow", "tiny", steps=30, parts=parts, overrides=settings))
    (part,) = store.open_folder(folder).record.parts.values()
    assert (part.id, part.sha256) == ("gruvae", store.open_folder(gruvae).sha256)
    model = store.load_model(folder)
    assert not isinstance(model, LikelihoodGenerator)
    drawn = model.prior(300, seed=0)
    far = drawn.mean(0) + 5 * drawn.std(0)
    near, off = model.log_density(drawn, {}), model.log_density(far[None], {})
    assert near.shape == (300,) and near.dtype == np.float64 and np.median(near) > off[0]
    asked = {store.open_folder(folder).config["config"]["conditions"][0]: Target(value=500.0)}
    free, one = model.log_density(drawn[:2], {}), model.log_density(drawn[:2], [{}, asked])
    assert one[0] == pytest.approx(free[0], abs=1e-4) and one[1] != free[1]
    with pytest.raises(ValueError, match=r"shape \(N, 8\)"):
        model.log_density(drawn[:, :3], {})
