"""LatentGAN: its two players, its noise, what shows that it collapses, and training over two autoencoders."""

import dataclasses
import json
from dataclasses import replace

import pytest
import torch
from torch import nn

from polydesign import store
from polydesign.core import registry
from polydesign.core.errors import TrainingError
from polydesign.data.corpora.prepare import prepare
from polydesign.data.encodings.tokenizer import SPECIAL
from polydesign.generators.latentgan.config import PRESETS
from polydesign.generators.latentgan.network import LatentGAN
from polydesign.generators.latentgan.recipe import RECIPE, CodeGame, nearest_other
from polydesign.training.recipe import Order
from polydesign.training.record import train

META = {
    "vocab_size": 12, "vocabulary": [*SPECIAL, "C", "N", "(", ")", "1", "*", "O", "c"], "notation": "smiles",
    "conditions": ("tg_exp_c", "RingCount"), "condition_mean": [100.0, 2.0], "condition_std": [80.0, 1.5],
}  # fmt: skip


def network(preset="small", family="polyvae", **settings):
    torch.manual_seed(0)
    its = registry.presets(family)["tiny"].for_data(META)
    config = replace(PRESETS[preset].for_data(META), **settings)
    return LatentGAN(config.for_autoencoder(family, dataclasses.asdict(its), "vae"))


def test_the_players_are_those_of_the_paper_and_nothing_bounds_a_code():
    gan = network()
    widths = [tuple(layer.weight.shape) for layer in gan.layers if isinstance(layer, nn.Linear)]
    d = gan.d_latent
    assert widths == [(256, d), (256, 256), (256, 256), (256, 256), (d, 256)]
    kinds = [type(layer).__name__ for layer in gan.layers]
    assert kinds == ["Linear", "BatchNorm1d", "LeakyReLU"] * 4 + ["Linear"]
    critic = CodeGame(gan).critic
    assert [tuple(part.weight.shape) for part in critic if isinstance(part, nn.Linear)] == [
        (256, d),
        (256, 256),
        (1, 256),
    ]
    assert not isinstance(critic[-1], nn.LeakyReLU) and not any(isinstance(part, nn.BatchNorm1d) for part in critic)
    with torch.no_grad():
        gan.layers[-1].bias.fill_(40.0)
    assert gan(8, torch.Generator()).min() > 30.0


def test_the_game_is_played_as_the_paper_says():
    gan = network()
    game = RECIPE.objective(gan.config.phases[0], gan, None)
    assert (game.critic_steps, game.penalty) == (5, 10.0)
    for optimizer in game.optimizers(0.1).values():
        assert type(optimizer) is torch.optim.Adam
        assert all(group["betas"] == (0.5, 0.999) and group["weight_decay"] == 0 for group in optimizer.param_groups)
    assert (gan.config.lr, gan.config.batch_codes) == (2e-4, 64)


def test_the_noise_is_uniform():
    noise = network(d_noise=5).noise(20_000, torch.Generator().manual_seed(0))
    assert noise.shape == (20_000, 5) and -1.0 <= float(noise.min()) < -0.99 and 0.99 < float(noise.max()) < 1.0
    counts = torch.histc(noise, 10, -1, 1) / noise.numel()
    assert torch.allclose(counts, torch.full((10,), 0.1), atol=0.005)


def test_collapse_shows_in_the_figures():
    game, chance = CodeGame(network()), torch.Generator().manual_seed(0)
    real, alike = (torch.randn(64, 8, generator=chance) for _ in range(2))
    few = torch.randn(4, 8, generator=chance).repeat(16, 1) + 1e-3 * torch.randn(64, 8, generator=chance)
    good, bad = (game.compare((real,), (other,)) for other in (alike, few))
    assert 0.8 < good["spread"] < 1.2 and 0.8 < good["nearest"] < 1.2
    assert bad["spread"] > 0.3 and bad["nearest"] < 0.01  # four kinds of codes are still far from each other
    assert game.compare((real,), (0.01 * alike,))["spread"] < 1e-3
    assert nearest_other(torch.tensor([[0.0], [3.0], [4.0]])).tolist() == [3.0, 1.0, 1.0]
    assert all(value == 1.0 for value in game.compare((real[:1],), (real[:1],)).values())


def test_held_out_codes_are_the_same_draws_each_time():
    game = CodeGame(network())
    batch = {"mean": torch.zeros(4, game.network.d_latent), "log_var": torch.zeros(4, game.network.d_latent)}
    game.network.eval()
    assert torch.equal(game.real(batch)[0], game.real(batch)[0])
    game.network.train()
    assert not torch.equal(game.real(batch)[0], game.real(batch)[0]) and not game.network.autoencoder.training


@pytest.mark.parametrize("settings", [{"n_layers": 1}, {"critic_steps": 0}, {"d_noise": -1}])
def test_settings_are_checked(settings):
    with pytest.raises(TrainingError, match="at least"):
        replace(PRESETS["tiny"], **settings)


def test_over_a_heteroencoder_and_on_to_a_class_of_polymers(tmp_path):
    data = str(prepare("demo", tmp_path / "demo", vocab_size=96))
    hetero = train(Order("heteroencoder", data, tmp_path / "hetero", "tiny", steps=3))
    parts = {"autoencoder": str(hetero)}
    less = {"n_codes": "200", "batch_codes": "32"}
    gan = train(Order("latentgan", data, tmp_path / "gan", "tiny", steps=4, parts=parts, overrides=less, log_every=1))
    checkpoint = store.open_folder(gan)
    (part,) = checkpoint.record.parts.values()
    assert (part.id, part.sha256) == ("hetero", store.open_folder(hetero).sha256)
    weights = checkpoint.weights()
    assert any("running_mean" in name for name in weights) and not any("critic" in name for name in weights)
    assert {"valid_spread", "valid_nearest", "valid_distance"} <= set(checkpoint.config["metrics"])
    lines = [json.loads(line) for line in (tmp_path / "gan.run" / "log.jsonl").read_text().splitlines()]
    assert all({"spread", "nearest"} <= set(line) for line in lines if "loss" in line)

    where = "RingCount>=1"
    on = Order(
        "latentgan", data, tmp_path / "on", "tiny", steps=2, parts=parts, overrides=less, init=str(gan), where=where
    )
    again = store.open_folder(train(on))
    stage = again.config["trained"]["stages"][-1]
    assert stage["note"].startswith("only the ") and stage["note"].endswith(f" rows with {where}")
    assert torch.equal(again.weights()["shift"], weights["shift"])  # codes are measured once
    assert not torch.equal(again.weights()["layers.0.weight"], weights["layers.0.weight"])
    assert len(store.load_model(again).sample({}, 5, seed=0)) == 5
