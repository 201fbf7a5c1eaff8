"""PolyTAO's network: what it reads, what it must not read, and that sampling is the same function as training."""

from dataclasses import replace

import pytest
import torch

from polydesign.generators.polytao.config import PRESETS
from polydesign.generators.polytao.network import PolyTAO
from polydesign.generators.polytao.properties import token_scale
from polydesign.nn.requests import Requests
from polydesign.writing.sampling import Writing

KEYS = ("tg_exp_c", "MolWt", "RingCount")
VOCABULARY = ("<pad>", "<start>", "<end>", "<unk>", *"CNOFSPIB()=#*123")


def network(discrete=True):
    torch.manual_seed(0)
    config = replace(
        PRESETS["tiny"], vocab_size=20, vocabulary=VOCABULARY, conditions=KEYS, condition_mean=(100.0, 300.0, 2.0),
        condition_std=(80.0, 150.0, 1.5), discrete=discrete,
    )  # fmt: skip
    model = PolyTAO(config).eval()
    for parameter in model.parameters():  # far from the small initial values
        parameter.data += 0.2 * torch.randn_like(parameter)
    return model


@pytest.mark.parametrize("discrete", [True, False])
def test_sampling_computes_what_training_computes(discrete):
    model = network(discrete)
    requests = Requests(torch.randn(6, 3), torch.rand(6, 3) < 0.5)
    rows = model.sample(requests, Writing(torch.Generator().manual_seed(0), temperature=0.0))
    for i, row in enumerate(rows):
        tokens = torch.tensor([[1, *row]])
        logits = model.logits(model.hidden(tokens, requests.rows([i])))[0]
        logits[:, [0, 1, 3]] = -torch.inf
        assert logits.argmax(dim=-1)[: len(row)].tolist() == row


@pytest.mark.parametrize("discrete", [True, False])
def test_hidden_properties_are_not_read_and_given_ones_are(discrete):
    model = network(discrete)
    tokens = torch.tensor([[1, 5, 6, 7]]).expand(2, -1)
    values = torch.tensor([[0.0, 1.0, 0.0], [0.0, -1.0, 0.0]])
    only_first = torch.tensor([[True, False, False]]).expand(2, -1)
    first, second = model.hidden(tokens, Requests(values, only_first))
    assert torch.allclose(first, second, atol=1e-6)
    first, second = model.hidden(tokens, Requests(values, torch.ones(2, 3, dtype=torch.bool)))
    assert not torch.allclose(first, second, atol=1e-3)


def test_the_future_is_not_seen():
    model = network()
    tokens = torch.tensor([[1, 5, 6, 7, 8]])
    requests = Requests(torch.zeros(1, 3), torch.ones(1, 3, dtype=torch.bool))
    changed = tokens.clone()
    changed[0, -1] = 9
    before, after = model.hidden(tokens, requests), model.hidden(changed, requests)
    assert torch.allclose(before[:, :-1], after[:, :-1], atol=1e-6)
    assert not torch.allclose(before[:, -1], after[:, -1], atol=1e-3)


def test_each_property_has_a_scale_of_its_own():
    model = network()
    rings = torch.tensor([[0.0, 0.0, (n - 2.0) / 1.5] for n in (0, 1, 7, 900)])
    assert model.properties.tokens(rings)[:, 2].tolist() == [0, 1, 7, 100]
    mass = torch.tensor([[0.0, (m - 300.0) / 150.0, 0.0] for m in (0.0, 100.0, 104.0)])
    assert model.properties.tokens(mass)[:, 1].tolist() == [0, 50, 52]
    _, step, n = token_scale("ffv_md", 0.36, 0.03)
    assert step * 0.03 < 0.002 and n == 161
