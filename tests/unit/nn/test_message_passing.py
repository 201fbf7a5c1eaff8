"""Message passing: the equations, and what the answer must not depend on."""

from itertools import permutations

import pytest
import torch

from polydesign.nn.message_passing import MessagePassing, sum_onto

# A paw: a triangle with a tail.
BONDS = torch.tensor([[0, 1, 2, 2], [1, 2, 0, 3]])
CODES = torch.tensor([0, 1, 0, 2])


@pytest.fixture(params=[(0, False), (3, False), (3, True)])
def layer(request):
    torch.manual_seed(0)
    n_bond_codes, norm = request.param
    return MessagePassing(8, n_bond_codes, norm=norm).eval()


def test_it_is_the_sum_over_neighbours(layer):
    h = torch.randn(4, 8)
    neighbours = {i: [] for i in range(4)}
    for (a, b), code in zip(BONDS.T.tolist(), CODES.tolist(), strict=True):
        neighbours[a].append((b, code))
        neighbours[b].append((a, code))
    expected = []
    even = h if layer.norm is None else layer.norm(h)
    for i in range(4):
        received = torch.zeros(8)
        for j, code in neighbours[i]:
            kind = layer.bond.weight[code] if layer.bond is not None else 0
            received = received + layer.message(even[i] * even[j] + kind)
        expected.append(h[i] + layer.update(received))
    assert torch.allclose(layer(h, BONDS, CODES), torch.stack(expected), atol=1e-6)


def test_every_permutation_of_a_small_graph_gives_the_same_answer(layer):
    h = torch.randn(4, 8)
    once = layer(layer(h, BONDS, CODES), BONDS, CODES).detach()
    for order in permutations(range(4)):
        place = torch.tensor(order)  # atom i is called place[i]
        renamed = torch.empty_like(h)
        renamed[place] = h
        turned = place[BONDS].flip(0)  # the direction of a bond means nothing either
        twice = layer(layer(renamed, turned, CODES), turned, CODES).detach()
        assert torch.allclose(twice[place], once, atol=1e-5)


def test_a_loop_is_a_neighbour_on_either_side(layer):
    """One atom bonded to itself is the endless chain of such atoms, as is a ring of any length of them."""
    h = torch.randn(1, 8)
    loop = layer(h, torch.tensor([[0], [0]]), torch.tensor([1]))
    for n in (2, 3, 7):
        ring = torch.stack([torch.arange(n), (torch.arange(n) + 1) % n])
        around = layer(h.expand(n, 8).contiguous(), ring, torch.ones(n, dtype=torch.long))
        assert torch.allclose(around, loop.expand(n, 8), atol=1e-6)


def test_sums_go_where_they_belong():
    x = torch.arange(6.0).reshape(3, 2)
    assert sum_onto(x, torch.tensor([1, 1, 0]), 3).tolist() == [[4, 5], [2, 4], [0, 0]]
