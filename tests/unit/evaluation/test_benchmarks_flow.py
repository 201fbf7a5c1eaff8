"""What is measured of a flow among codes, and the picture of one."""

import dataclasses
from dataclasses import replace

import numpy as np
import pytest
import torch

from benchmarks.flow_codes import figures
from benchmarks.flow_picture import fitted, picture
from polydesign.core import registry
from polydesign.generators.latentflow.config import PRESETS
from polydesign.generators.latentflow.network import LatentFlow
from polydesign.training.codes import Codes

META = {
    "vocab_size": 12, "notation": "smiles", "conditions": ["tg_exp_c"], "condition_mean": [100.0],
    "condition_std": [80.0],
}  # fmt: skip


def codes(n, correlation, noise):
    """Codes whose means are correlated, each read with noise of the same width."""
    rng = np.random.default_rng(0)
    cov = np.full((8, 8), correlation) + (1 - correlation) * np.eye(8)
    mean = rng.multivariate_normal(np.zeros(8), (1 - noise**2) * cov, n).astype(np.float32)
    log_var = np.full_like(mean, 2 * np.log(noise))
    nothing = np.zeros((n, 1), dtype=np.float32)
    return Codes(mean, log_var, nothing, nothing > 0, (np.arange(n) % 2).astype(np.uint8))


def test_a_flow_that_does_nothing_is_the_standard_normal_and_a_gaussian_knows_the_correlation():
    its = registry.presets("gruvae")["tiny"].for_data(META)
    config = PRESETS["tiny"].for_data(META).for_autoencoder("gruvae", dataclasses.asdict(its), "gruvae")
    network = LatentFlow(replace(config, coupling="affine"))
    for layer in network.couplings.layers:
        layer.hyper[-1].weight.data.zero_()
    found = figures(network, codes(4000, 0.8, 0.6), 0)
    assert found["flow"] == found["flow, free"] == pytest.approx(found["independent Gaussians"], abs=0.02)
    assert found["Gaussian of full covariance"] < found["flow"] - 1
    assert found["spread"] == pytest.approx(0.8, abs=0.02)  # without the noise that codes are read with


def test_the_picture_follows_each_point_through_the_layers():
    points = torch.randn(50, 2, generator=torch.Generator().manual_seed(0))
    flow = fitted(points, steps=2)
    with torch.no_grad():
        svg = picture(flow.steps(points, torch.zeros(50, 1)), points)
    assert [text in svg for text in (">noise<", ">2 layers<", ">6 layers<", ">codes of polymers<")] == [True] * 4
    assert 4 * 40 < svg.count("<circle") <= 5 * 50 and len(svg) < 100_000
