import pytest
import torch

from polydesign.nn.conditions import ConditionEmbedding
from polydesign.nn.transformer import Decoder, rotary_table, rotate


@pytest.fixture
def decoder() -> Decoder:
    torch.manual_seed(0)
    return Decoder(d_model=32, n_layers=3, n_heads=4, max_length=20).eval()


def test_the_future_is_not_seen(decoder):
    x = torch.randn(2, 9, 32)
    changed = x.clone()
    changed[:, 5:] = torch.randn(2, 4, 32)
    before, after = decoder(x), decoder(changed)
    assert torch.allclose(before[:, :5], after[:, :5], atol=1e-5)
    assert not torch.allclose(before[:, 5:], after[:, 5:], atol=1e-3)


def test_the_cache_gives_what_the_whole_sequence_gives(decoder):
    x = torch.randn(3, 8, 32)
    cache = decoder.new_cache(3, x)
    parts = [decoder(x[:, :3], cache), *[decoder(x[:, i : i + 1], cache) for i in range(3, 8)]]
    assert torch.allclose(torch.cat(parts, dim=1), decoder(x), atol=1e-5)


def test_dropped_rows_leave_the_others_alone(decoder):
    x = torch.randn(4, 5, 32)
    cache = decoder.new_cache(4, x)
    decoder(x[:, :4], cache)
    rows = torch.tensor([0, 2])
    cache.keep(rows)
    assert torch.allclose(decoder(x[rows, 4:], cache), decoder(x)[rows, 4:], atol=1e-5)


def test_rotation_keeps_lengths_and_depends_on_distance_only():
    cos, sin = rotary_table(12, 8)
    q, k = torch.randn(2, 1, 1, 1, 8)
    q, k = q.expand(1, 1, 12, 8), k.expand(1, 1, 12, 8)
    turned_q, turned_k = rotate(q, cos, sin), rotate(k, cos, sin)
    assert torch.allclose(turned_q.norm(dim=-1), q.norm(dim=-1), atol=1e-5)
    product = (turned_q @ turned_k.transpose(-1, -2))[0, 0]
    assert torch.allclose(product.diagonal(1), product[0, 1].expand(11), atol=1e-4)


def test_nothing_given_is_zero_and_hidden_values_do_not_matter():
    embedding = ConditionEmbedding(5, 16, n_embeddings=2)
    values, given = torch.randn(3, 5), torch.tensor([[True, False, True, False, False]] * 3)
    other = torch.where(given, values, values + 3.0)
    assert torch.equal(embedding(values, torch.zeros_like(given)), torch.zeros(3, 2, 16))
    assert torch.equal(embedding(values, given), embedding(other, given))
    assert not torch.allclose(embedding(values, given), embedding(values + 0.3, given))
