import numpy as np
import pytest
import torch

from polydesign.core.errors import TrainingError
from polydesign.data.corpora.demo import demo_polymers
from polydesign.data.encodings.tokenizer import PolymerTokenizer, train_tokenizer
from polydesign.generators.charrnn.config import PRESETS, CharRNNConfig
from polydesign.generators.charrnn.generator import CharRNNGenerator
from polydesign.generators.charrnn.network import CharRNN
from polydesign.nn.requests import Requests
from polydesign.writing.sampling import Writing

CONFIG = CharRNNConfig(vocab_size=12, d_embedding=8, d_model=16, n_layers=2, max_length=10)


def log_prob(network, tokens):
    return network.token_log_prob(tokens, Requests.none(len(tokens)))


def sample(network, n, **settings):
    return network.sample(Requests.none(n), Writing(torch.Generator().manual_seed(0), **settings))


@pytest.fixture
def network() -> CharRNN:
    torch.manual_seed(0)
    return CharRNN(CONFIG).eval()


def parameters(preset: str, vocab_size: int) -> int:
    network = CharRNN(PRESETS[preset].for_data({"vocab_size": vocab_size, "notation": "smiles"}))
    return sum(p.numel() for p in network.parameters())


def test_the_reference_preset_is_that_of_moses():
    reference = PRESETS["reference"]
    assert (reference.n_layers, reference.d_model, reference.dropout, reference.lr) == (3, 768, 0.2, 1e-3)
    # Embedding V x V, first layer 4 x 768 (V + 768 + 2), two of 4 x 768 (768 + 768 + 2), head V x 768 + V.
    v = 100
    assert parameters("reference", v) == v * v + 4 * 768 * (v + 770) + 2 * 4 * 768 * 1538 + 769 * v


def test_the_small_preset_can_be_shipped():
    assert 2e6 < parameters("small", 192) < 3e6


def test_the_future_is_not_seen(network):
    tokens = torch.randint(4, 12, (3, 8))
    changed = tokens.clone()
    changed[:, 5:] = (tokens[:, 5:] - 4 + 3) % 8 + 4
    before, after = log_prob(network, tokens), log_prob(network, changed)
    assert torch.allclose(before[:, :4], after[:, :4], atol=1e-6)
    assert not torch.allclose(before[:, 5:], after[:, 5:], atol=1e-3)


def test_padding_counts_for_nothing(network):
    tokens = torch.tensor([[1, 7, 5, 2]])
    padded = torch.tensor([[1, 7, 5, 2, 0, 0], [1, 7, 5, 6, 8, 2]])
    assert torch.allclose(log_prob(network, padded)[0, :3], log_prob(network, tokens)[0], atol=1e-6)
    assert log_prob(network, padded)[0, 3:].tolist() == [0.0, 0.0]
    alone, beside = (network.loss({"tokens": t}, "train")["token"] for t in (tokens, padded[:1]))
    assert float(alone.detach()) == pytest.approx(float(beside.detach()), rel=1e-5)


def test_the_most_probable_string_is_what_temperature_zero_writes(network):
    (ids,) = sample(network, 1, temperature=0.0)
    candidates = torch.tensor([[token] for token in (2, *range(4, 12))])
    for position in range(len(ids)):
        prefix = torch.tensor([[1, *ids[:position]]]).expand(len(candidates), -1)
        log_p = log_prob(network, torch.cat([prefix, candidates], dim=1))[:, -1]
        assert ids[position] == int(candidates[log_p.argmax()])
    assert len(ids) <= CONFIG.max_length - 1


def test_it_learns_a_handful_of_strings_by_heart(network):
    network.train()
    batch = {"tokens": torch.tensor([[1, 7, 7, 5, 2], [1, 4, 9, 2, 0], [1, 11, 6, 6, 2]])}
    optimizer = torch.optim.Adam(network.parameters(), lr=0.03)
    for _ in range(60):
        optimizer.zero_grad()
        loss = network.loss(batch, "train")["loss"]
        loss.backward()
        optimizer.step()
    assert float(loss.detach()) < 0.4  # log 3 / 4 tokens = 0.27 is the least: the first token is a guess among three
    drawn = sample(network.eval(), 60)
    assert sum(row in ([7, 7, 5], [4, 9], [11, 6, 6]) for row in drawn) > 50


def test_what_cannot_be_written_has_no_probability():
    torch.manual_seed(0)
    tokenizer = PolymerTokenizer(train_tokenizer(demo_polymers(), 64), "smiles")
    config = PRESETS["tiny"].for_data({"vocab_size": tokenizer.vocab_size, "notation": "smiles"})
    model = CharRNNGenerator(CharRNN(config), tokenizer)
    long = "*" + "OCl" * config.max_length + "*"
    log_p = model.log_prob(["*CC*", "*C[Pb]C*", long, ""], {})
    assert np.isfinite(log_p).tolist() == [True, False, False, True]
    assert log_p[[1, 2]].tolist() == [-np.inf] * 2


def test_settings_are_checked():
    with pytest.raises(TrainingError, match="n_layers"):
        CharRNNConfig(n_layers=0)
