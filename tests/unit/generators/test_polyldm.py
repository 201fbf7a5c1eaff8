"""PolyLDM: its denoisers, what is frozen and when, guidance, and the autoencoder it is handed."""

import dataclasses
from dataclasses import replace

import pytest
import torch

from polydesign import store
from polydesign.core import registry
from polydesign.core.errors import TrainingError
from polydesign.core.targets import Target
from polydesign.data.corpora.prepare import prepare
from polydesign.data.encodings.tokenizer import SPECIAL
from polydesign.generators.polyldm.config import PRESETS
from polydesign.generators.polyldm.network import MLPDenoiser, PolyLDM, UNetDenoiser
from polydesign.nn.requests import Requests
from polydesign.training.recipe import Order
from polydesign.training.record import train
from polydesign.writing.sampling import Writing

KEYS = ("tg_exp_c", "HeavyAtomCount", "RingCount")
META = {
    "vocab_size": 12, "vocabulary": [*SPECIAL, "C", "N", "(", ")", "1", "*", "O", "c"], "notation": "smiles",
    "conditions": KEYS, "condition_mean": [100.0, 20.0, 2.0], "condition_std": [80.0, 10.0, 1.5],
}  # fmt: skip
STRINGS = torch.tensor([[1, 7, 7, 5, 2, 0], [1, 4, 9, 2, 0, 0], [1, 11, 6, 6, 5, 2], [1, 8, 2, 0, 0, 0]])
BATCH = {"tokens": STRINGS, "values": torch.randn(4, 3), "given": torch.ones(4, 3, dtype=torch.bool)}


def autoencoder():
    torch.manual_seed(1)
    network = registry.network_class("polyvae")(replace(registry.presets("polyvae")["tiny"].for_data(META)))
    for parameter in network.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    return network


def ldm(**settings):
    its = autoencoder()
    config = replace(PRESETS["tiny"].for_data(META), **settings)
    config = config.for_autoencoder("polyvae", dataclasses.asdict(its.config), "vae")
    torch.manual_seed(0)
    network = PolyLDM(config)
    network.take(its.state_dict())
    with torch.no_grad():
        code = its.encode(STRINGS, Requests.none(4, 3))
    network.measure(code.mean.repeat(64, 1), code.log_var.repeat(64, 1))
    return network, its


def writing(**settings):
    return Writing(torch.Generator().manual_seed(0), **settings)


def read(network, **changes):
    batch = {name: tensor.repeat(64, 1) for name, tensor in (BATCH | changes).items()}
    return network.read(batch, torch.Generator().manual_seed(0))


def test_the_denoisers_have_the_described_widths():
    mlp = [tuple(p.shape) for p in MLPDenoiser(160, 256, 32).parameters() if p.ndim == 2]
    assert mlp == [(256, 160), (256, 256), (256, 256), (32, 256)]
    unet = [tuple(p.shape) for p in UNetDenoiser(160, 256, 32).parameters() if p.ndim == 2]
    assert unet == [(256, 160), (64, 256), (256, 64), (32, 512)]


def test_it_takes_weights_and_property_embedding_and_measures_the_codes():
    network, its = ldm()
    assert all(torch.equal(a, b) for a, b in zip(network.autoencoder.parameters(), its.parameters(), strict=True))
    ours, theirs = network.properties.state_dict(), its.properties.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    assert ours["mlp.0.weight"].data_ptr() != network.autoencoder.properties.mlp[0].weight.data_ptr()
    assert (network.scale > 0).all() and not torch.equal(network.shift, torch.zeros(8))


@pytest.mark.parametrize("denoiser", ["mlp", "unet"])
def test_only_the_denoiser_and_later_the_properties_learn(denoiser):
    network, _ = ldm(denoiser=denoiser, p_unconditional=0.0)
    network.train()
    assert not network.autoencoder.training
    for phase, learns in (("frozen", False), ("train", True)):
        network.zero_grad()
        network.loss(read(network), phase, torch.Generator().manual_seed(0))["loss"].backward()
        assert all(p.grad is None for p in network.autoencoder.parameters())
        assert all(p.grad is not None for p in network.denoiser.parameters())
        assert [p.grad is not None for p in network.properties.parameters()] == [learns] * 4


def test_it_learns_which_codes_there_are():
    network, its = ldm()
    optimizer = torch.optim.Adam([p for p in network.parameters() if p.requires_grad])
    batch = read(network, given=torch.zeros(4, 3, dtype=torch.bool))
    with torch.no_grad():
        code = its.encode(STRINGS, Requests.none(4, 3))
    mean = code.mean
    expected = code.log_var.exp().mean(0) + mean.var(0, correction=0)

    def spread():
        codes = network.codes(Requests.none(256, 3), writing(), steps=1000)
        return (codes.mean(0) - mean.mean(0)) / expected.sqrt(), codes.var(0) / expected

    assert (spread()[1] > 4).all()
    for step in range(500):
        optimizer.param_groups[0]["lr"] = 4e-3 * (1 - step / 500)
        optimizer.zero_grad()
        network.loss(batch, "train", torch.Generator().manual_seed(step))["loss"].backward()
        optimizer.step()
    off, ratio = spread()
    assert float(off.abs().mean()) < 0.3 and 0.7 < float(ratio.mean()) < 2.0


def test_guidance_one_is_plain_and_zero_is_without_the_request():
    network, _ = ldm()
    for parameter in network.properties.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)
    network.diffusion.reach = torch.inf  # what has not been trained says much too much

    def codes(requests, scale, sampler="ddim"):
        return network.codes(requests, writing(guidance_scale=scale), sampler=sampler)

    known = Requests(BATCH["values"], BATCH["given"])
    assert torch.allclose(codes(known, 0.0), codes(known.hidden(), 1.0), atol=1e-5)
    assert not torch.allclose(codes(known, 1.0), codes(known, 0.0), atol=1e-3)
    assert not torch.allclose(codes(known, 1.0), codes(known, 3.0), atol=1e-3)
    assert not torch.allclose(codes(known, 1.0), codes(known, 1.0, "ddpm"), atol=1e-3)


def test_whether_the_decoder_reads_the_request_is_an_option():
    network, its = ldm()
    requests = Requests(2 * torch.randn(32, 3), torch.ones(32, 3, dtype=torch.bool))
    z = network.codes(requests, writing())
    twice, once = (network.sample(requests, writing(temperature=0.0), twice=flag) for flag in (True, False))
    assert twice == its.decode(z, requests, writing(temperature=0.0))
    assert once == its.decode(z, requests.hidden(), writing(temperature=0.0))
    assert twice != once


def test_it_says_what_is_wrong_with_the_autoencoder():
    with pytest.raises(TrainingError, match="--with autoencoder=ID"):
        PolyLDM(PRESETS["tiny"].for_data(META))
    config = dataclasses.asdict(autoencoder().config)
    with pytest.raises(TrainingError, match="another condition_std"):
        PRESETS["tiny"].for_data({**META, "condition_std": [1.0, 1.0, 1.0]}).for_autoencoder("polyvae", config, "v")
    gpt = registry.presets("polygpt")["tiny"].for_data(META)
    with pytest.raises(TrainingError, match="has no codes"):
        PolyLDM(PRESETS["tiny"].for_data(META).for_autoencoder("polygpt", dataclasses.asdict(gpt), "g"))


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"denoiser": "cnn"}, "mlp, unet"), ({"d_step": 7}, "even"), ({"frozen_share": 1.0}, "fr")],
)
def test_settings_are_checked(settings, message):
    with pytest.raises(TrainingError, match=message):
        replace(PRESETS["tiny"], **settings)


def test_over_an_autoencoder_that_reads_no_properties_the_embedding_is_its_own():
    torch.manual_seed(1)
    its = registry.network_class("gruvae")(registry.presets("gruvae")["tiny"].for_data(META))
    config = PRESETS["tiny"].for_data(META)
    network = PolyLDM(config.for_autoencoder("gruvae", dataclasses.asdict(its.config), "gru"))
    network.take(its.state_dict())
    assert network.d_property == config.d_property == 16
    code, expected = network.encode(STRINGS, Requests(BATCH["values"], BATCH["given"])), its.encode(STRINGS, None)
    assert torch.equal(code.mean, expected.mean)
    network.train()
    for phase in ("frozen", "train"):  # there is nothing to keep as it was
        network.zero_grad()
        network.loss(read(network), phase, torch.Generator().manual_seed(0))["loss"].backward()
        assert all(p.grad is not None for p in network.properties.parameters())
        assert all(p.grad is None for p in network.autoencoder.parameters())
    with pytest.raises(TrainingError, match="another notation"):
        config.for_autoencoder("gruvae", dataclasses.asdict(replace(its.config, notation="kekule")), "gru")


def test_it_is_trained_over_the_gru_vae_and_writes_what_was_asked_for(tmp_path):
    data = prepare("demo", tmp_path / "demo", vocab_size=96)
    gruvae = train(Order("gruvae", str(data), tmp_path / "gruvae", "tiny", steps=3))
    less = {"n_codes": "200", "batch_codes": "32"}
    parts = {"autoencoder": str(gruvae)}
    folder = train(Order("polyldm", str(data), tmp_path / "ldm", "tiny", steps=6, parts=parts, overrides=less))
    checkpoint, its = store.open_folder(folder), store.open_folder(gruvae).weights()
    (part,) = checkpoint.record.parts.values()
    assert (part.id, part.sha256) == ("gruvae", store.open_folder(gruvae).sha256)
    assert checkpoint.config["config"]["autoencoder_family"] == "gruvae"
    model = store.load_model(checkpoint)
    kept = model.network.autoencoder.state_dict()
    assert all(torch.equal(kept[name], tensor.to(kept[name].dtype)) for name, tensor in its.items())
    assert torch.equal(torch.tensor(model.encode(["*CC*"])), torch.tensor(store.load_model(gruvae).encode(["*CC*"])))
    for parameter in model.network.properties.parameters():  # six steps say little
        parameter.data += 0.3 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(0))
    asked = {checkpoint.config["config"]["conditions"][0]: Target(value=1.0)}
    options = {"steps": 10, "guidance_scale": 3.0}
    one, other = (model.sample(targets, 40, seed=0, options=options) for targets in ({}, asked))
    assert len(one) == len(other) == 40 and one != other
