import numpy as np
import pytest
import torch

from polydesign.core.errors import TrainingError
from polydesign.data.corpora.demo import demo_polymers
from polydesign.data.encodings.tokenizer import PolymerTokenizer, train_tokenizer
from polydesign.generators.gruvae.config import PRESETS, GruVAEConfig
from polydesign.generators.gruvae.generator import GruVAEGenerator
from polydesign.generators.gruvae.network import GruVAE
from polydesign.nn.requests import Requests
from polydesign.writing.sampling import Writing

CONFIG = GruVAEConfig(vocab_size=12, d_embedding=8, d_encoder=12, d_model=24, d_latent=6, max_length=10)
STRINGS = torch.tensor([[1, 7, 7, 5, 2, 0], [1, 4, 9, 2, 0, 0], [1, 11, 6, 6, 5, 2], [1, 8, 2, 0, 0, 0]])


def encode(network, tokens):
    return network.encode(tokens, Requests.none(len(tokens)))


def decode(network, z):
    return network.decode(z, Requests.none(len(z)), Writing(torch.Generator().manual_seed(0), temperature=0.0))


@pytest.fixture
def network() -> GruVAE:
    torch.manual_seed(0)
    return GruVAE(CONFIG).eval()


@pytest.fixture(scope="module")
def model() -> GruVAEGenerator:
    torch.manual_seed(0)
    tokenizer = PolymerTokenizer(train_tokenizer(demo_polymers(), 64), "smiles")
    config = PRESETS["tiny"].for_data({"vocab_size": tokenizer.vocab_size, "notation": "smiles"})
    return GruVAEGenerator(GruVAE(config), tokenizer)


def test_presets_keep_the_origins_beta_and_the_small_one_can_be_shipped():
    assert all(preset.beta == 1e-3 and preset.free_bits == 0.0 for preset in PRESETS.values())
    network = GruVAE(PRESETS["small"].for_data({"vocab_size": 192, "notation": "smiles"}))
    assert 2e6 < sum(p.numel() for p in network.parameters()) < 3e6


def test_the_loss_is_cross_entropy_and_beta_kl(network):
    parts = network.loss({"tokens": STRINGS}, "train", torch.Generator().manual_seed(0))
    kl = encode(network, STRINGS).kl().sum(dim=1).mean()
    assert float(parts["kl"].detach()) == pytest.approx(float(kl.detach()), rel=1e-5)
    n_tokens = int((STRINGS[:, 1:] != 0).sum())
    each = parts["token"] * n_tokens / len(STRINGS)  # nats a string
    expected = each / network.config.max_length + 1e-3 * kl
    assert float(parts["loss"].detach()) == pytest.approx(float(expected.detach()), rel=1e-6)
    again = network.loss({"tokens": STRINGS}, "train", torch.Generator().manual_seed(0))
    other = network.loss({"tokens": STRINGS}, "train", torch.Generator().manual_seed(1))
    assert torch.equal(again["loss"], parts["loss"]) and not torch.equal(other["token"], parts["token"])


def test_a_code_sees_both_ends_and_no_padding(network):
    alone, together = encode(network, STRINGS[1:2, :4]), encode(network, STRINGS)
    assert torch.allclose(alone.mean, together.mean[1:2], atol=1e-6)
    assert torch.allclose(alone.log_var, together.log_var[1:2], atol=1e-6)
    for position in (1, 2):
        changed = STRINGS[1:2, :4].clone()
        changed[0, position] = 10
        assert not torch.allclose(encode(network, changed).mean, alone.mean, atol=1e-3)


def test_the_decoder_reads_the_code_and_not_the_future(network):
    z = torch.randn(2, 6)
    tokens = STRINGS[:2, :4]
    logits = network.logits(tokens, z)
    later = tokens.clone()
    later[:, 3] = 10
    assert torch.allclose(network.logits(later, z)[:, :3], logits[:, :3], atol=1e-6)
    assert not torch.allclose(network.logits(tokens, z + 1.0), logits, atol=1e-3)


def test_step_by_step_it_writes_what_the_whole_sequence_says(network):
    z = torch.randn(3, 6)
    ids = decode(network, z)
    for row, code in zip(ids, z, strict=True):
        logits = network.logits(torch.tensor([[1, *row]]), code[None])[0].detach()
        logits[:, [0, 1, 3]] = -np.inf
        best = logits.argmax(dim=1).tolist()
        assert best[: len(row)] == row and (best[len(row)] == 2 or len(row) == CONFIG.max_length - 1)


def test_it_learns_to_write_again_what_it_has_read(network):
    network.train()
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    for step in range(80):
        optimizer.zero_grad()
        parts = network.loss({"tokens": STRINGS}, "train", torch.Generator().manual_seed(step))
        parts["loss"].backward()
        optimizer.step()
    assert float(parts["loss"].detach()) < 0.15
    ids = decode(network, encode(network.eval(), STRINGS).mean.detach())
    assert ids == [[7, 7, 5], [4, 9], [11, 6, 6, 5], [8]]


def test_codes_do_not_depend_on_their_neighbours(model):
    polymers = demo_polymers()[:40]
    codes = model.encode(polymers)
    assert codes.dtype == np.float32 and codes.shape == (40, PRESETS["tiny"].d_latent)
    assert np.allclose(model.encode(polymers[7:8]), codes[7:8], atol=1e-5)
    assert model.encode([]).shape == (0, PRESETS["tiny"].d_latent)


def test_decoding_needs_codes_of_the_right_shape(model):
    codes = np.random.default_rng(0).normal(size=(5, PRESETS["tiny"].d_latent)).astype(np.float32)
    assert model.decode(codes, seed=0) == model.decode(codes, seed=1)
    assert len(model.decode(codes[:2], seed=0)) == 2
    with pytest.raises(ValueError, match=r"\(N, 8\); got \(8,\)"):
        model.decode(codes[0], seed=0)


def test_without_spread_and_temperature_all_draws_are_one(model):
    options = {"spread": 0.0, "temperature": 0.0}
    assert len(set(model.sample({}, 10, seed=0, options=options))) == 1


def test_settings_are_checked():
    with pytest.raises(TrainingError, match="beta"):
        GruVAEConfig(beta=-1.0)
    with pytest.raises(TrainingError, match="at least 1"):
        GruVAEConfig(d_latent=0)
