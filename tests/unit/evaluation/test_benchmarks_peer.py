"""The peer of the speed table computes what PolyGPT computes, and its work is counted right."""

from dataclasses import replace

import pytest
import torch

from benchmarks.ceiling import ceiling, counted, linear_shapes
from benchmarks.timing import repeated
from polydesign.data.encodings.tokenizer import SPECIAL
from polydesign.generators.polygpt.config import PRESETS
from polydesign.generators.polygpt.network import PolyGPT

CONFIG = replace(
    PRESETS["tiny"],
    vocab_size=40,
    vocabulary=(*SPECIAL, *"CNOcno*()=#123F", *(f"C{i}" for i in range(21))),
    conditions=("MolWt", "tg_exp_c"),
    condition_mean=(0.0, 0.0),
    condition_std=(1.0, 1.0),
)


@pytest.fixture
def network():
    torch.manual_seed(0)
    network = PolyGPT(CONFIG).eval()
    for parameter in network.parameters():  # far from the small initial values, biases and norms included
        parameter.data += 0.1 * torch.randn_like(parameter)
    return network


def test_transformers_computes_the_same_logits(network):
    pytest.importorskip("transformers", reason="pip install -r benchmarks/requirements.txt")
    from benchmarks import neox

    tokens = torch.randint(4, CONFIG.vocab_size, (3, 20), generator=torch.Generator().manual_seed(0))
    model = neox.to_transformers(network)
    assert neox.largest_difference(network, model, tokens) < 1e-4
    with torch.no_grad():
        network.decoder.blocks[0].attention.qkv.weight[0] += 1.0
    assert neox.largest_difference(network, model, tokens) > 1e-3


def test_transformers_never_draws_what_is_forbidden(network):
    pytest.importorskip("transformers", reason="pip install -r benchmarks/requirements.txt")
    from benchmarks import neox

    model = neox.to_transformers(network)
    drawn = neox.generate(network, model, 16, temperature=1.0, seed=0)
    ended = (drawn == 2).cumsum(dim=1) > 0
    assert not torch.isin(drawn[~ended], torch.tensor([0, 1, 3])).any()
    assert drawn.shape[1] <= CONFIG.max_length - CONFIG.n_embeddings - 1


def test_operations_are_counted_by_hand(network):
    values = torch.zeros(2, 2)
    prefix = network.properties(values, values > 0)
    cache = network.decoder.new_cache(2, prefix)
    with counted(network) as work, torch.no_grad():
        network.decoder(prefix, cache)  # a prompt of one position
        network.decoder(network.tokens(torch.tensor([[1], [1]])), cache)  # one token
    d, layers = CONFIG.d_model, CONFIG.n_layers
    linear = 2 * layers * 12 * d * d
    expected = 2 * (linear + 4 * d * layers * 1) + 2 * (linear + 4 * d * layers * 2 + 2 * d * CONFIG.vocab_size)
    assert work.operations == pytest.approx(expected)


def test_counting_ends_with_its_block(network):
    with counted(network) as work:
        pass
    network.decoder(torch.zeros(1, 1, CONFIG.d_model), network.decoder.new_cache(1, torch.zeros(1, 1, CONFIG.d_model)))
    assert work.operations == 0


def test_the_ceiling_is_a_speed():
    assert linear_shapes(CONFIG)[-1] == (CONFIG.d_model, CONFIG.vocab_size)
    assert ceiling(CONFIG, 8, torch.float32, seconds=0.01) > 0


def test_repeated_measurements_give_median_and_range():
    figure = repeated([3.0, 1.0, 10.0])
    assert (figure.value, figure.low, figure.high, figure.n) == (3.0, 1.0, 10.0, 3)
