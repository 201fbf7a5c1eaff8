import torch

from polydesign.data.encodings.tokenizer import SPECIAL
from polydesign.nn.tally import TallyEmbedding

VOCABULARY = [*SPECIAL, "C", "N", "(", ")", "1", "*"]
KEYS = ("tg_exp_c", "HeavyAtomCount", "MolWt")
C, N, OPEN, CLOSE, ONE, STAR = range(4, 10)


def embedding(conditions=KEYS):
    torch.manual_seed(0)
    ones = (1.0,) * len(conditions)
    return TallyEmbedding(VOCABULARY, conditions, [0.0 * one for one in ones], ones, 16)


def test_running_tallies_are_of_the_prefix():
    tallies = embedding().running(torch.tensor([[1, C, OPEN, N, CLOSE]]))
    assert tallies[0, :, 0].tolist() == [0, 1, 1, 2, 2]
    assert tallies[0, :, -9].tolist() == [0, 0, 1, 1, 0]  # open branches are the last of the counts


def test_what_is_left_of_the_request_matters_only_where_it_was_asked():
    layer = embedding()
    tallies = layer.running(torch.tensor([[C, C]]))
    values = torch.tensor([[0.0, 3.0, 0.0], [0.0, 5.0, 0.0]])
    asked = layer(tallies.expand(2, -1, -1), values, torch.ones(2, 3, dtype=torch.bool))
    hidden = layer(tallies.expand(2, -1, -1), values, torch.zeros(2, 3, dtype=torch.bool))
    assert not torch.allclose(asked[0], asked[1])
    assert torch.equal(hidden[0], hidden[1])


def test_same_rest_gives_the_same_embedding_of_the_rest():
    layer = embedding(("HeavyAtomCount",))
    given = torch.ones(1, 1, dtype=torch.bool)
    one_of_three = layer(layer.running(torch.tensor([[C]])), torch.tensor([[3.0]]), given)
    one_of_nine = layer(layer.running(torch.tensor([[C]])), torch.tensor([[9.0]]), given)
    two_of_four = layer(layer.running(torch.tensor([[C, C]]))[:, 1:], torch.tensor([[4.0]]), given)
    without = [
        layer(layer.running(torch.tensor([tokens])), torch.zeros(1, 1), ~given)[:, -1] for tokens in ([C], [C, C])
    ]
    assert torch.allclose(one_of_three[:, -1] - without[0], two_of_four[:, -1] - without[1], atol=1e-6)
    assert not torch.allclose(one_of_three, one_of_nine)


def test_ring_numbers_are_open_or_closed():
    layer = embedding(())
    none = torch.zeros(1, 0)
    tallies = layer.running(torch.tensor([[C, ONE, C, C, ONE]]))
    ring = tallies[0, :, -8] % 2
    assert ring.tolist() == [0, 1, 1, 1, 0]
    assert layer(tallies, none, none.bool()).shape == (1, 5, 16)
