import pytest
import torch

from polydesign.nn.conditions import ConditionEmbedding
from polydesign.nn.transformer import Decoder, rotary_table, rotate
from polydesign.writing.sampling import nucleus, sample_sequences


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


def test_nucleus_keeps_the_smallest_sufficient_set():
    logits = torch.tensor([[0.5, 0.3, 0.15, 0.05]]).log()
    assert torch.isfinite(nucleus(logits, 0.79)).tolist() == [[True, True, False, False]]
    assert torch.isfinite(nucleus(logits, 0.01)).tolist() == [[True, False, False, False]]
    assert torch.equal(nucleus(logits, 1.0), logits)


def _counting_step(scores):
    """A model whose next token depends on the row's own first draw, to see that rows keep their identity."""
    state = {"rows": torch.arange(len(scores)), "length": 0}

    def step(tokens, keep):
        if keep is not None:
            state["rows"] = state["rows"][keep]
        assert len(tokens) == len(state["rows"])
        logits = torch.full((len(tokens), 6), -30.0)
        for i, row in enumerate(state["rows"].tolist()):
            logits[i, 2 if state["length"] >= scores[row] else 3 + row % 3] = 30.0
        state["length"] += 1
        return logits

    return step


def test_rows_end_on_their_own_and_keep_their_place():
    lengths = [3, 0, 5, 1]
    generator = torch.Generator().manual_seed(0)
    ids = sample_sequences(
        _counting_step(lengths), 4, start_id=1, end_id=2, max_new=9, generator=generator, forbidden=(0, 1)
    )
    assert ids == [[3] * 3, [], [5] * 5, [3]]


def test_rows_that_never_end_are_cut():
    generator = torch.Generator().manual_seed(0)
    ids = sample_sequences(_counting_step([99]), 1, start_id=1, end_id=2, max_new=4, generator=generator)
    assert ids == [[3] * 4]
