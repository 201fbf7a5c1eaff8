"""Bonds from their probabilities: what is searched is found, and no valency is broken."""

from itertools import product

import pytest
import torch

from polydesign.generators.graphvae.assignment import (
    ends_apart,
    joined,
    largest_piece,
    likeliest,
    pieces,
    within_valency,
)


def log_probs(n: int, size: int, seed: int, sharp: float = 3.0) -> torch.Tensor:
    """Return symmetric log-probabilities of bonds."""
    logits = sharp * torch.randn(n, size, size, 4, generator=torch.Generator().manual_seed(seed))
    return (logits + logits.transpose(1, 2)).log_softmax(dim=3)


def score(log_p: torch.Tensor, orders: torch.Tensor) -> torch.Tensor:
    """Return (B,) log-probabilities of whole sets of bonds."""
    i, j = torch.triu_indices(*log_p.shape[1:3], 1)
    return log_p[:, i, j].gather(2, orders[:, i, j, None])[..., 0].sum(dim=1)


def test_raw_bonds_are_the_likeliest_whatever_they_break():
    log_p, kinds = log_probs(6, 5, 0), torch.tensor([[1, 1, 2, 2, 2]] * 5 + [[1, 2, 2, 0, 0]])
    orders = likeliest(log_p, kinds)
    for b, i, j in product(range(6), range(5), range(5)):
        there = i != j and kinds[b, i] and kinds[b, j]
        assert orders[b, i, j] == (log_p[b, i, j].argmax() if there else 0)


def test_a_wide_beam_finds_the_best_of_all_sets():
    log_p, kinds, room = (
        log_probs(8, 3, 1, sharp=1.0),
        torch.ones(8, 3, dtype=torch.long),
        torch.tensor([[1, 3, 2]] * 8),
    )
    pairs = [(0, 1), (0, 2), (1, 2)]
    for b in range(8):
        best: dict[bool, float] = {}
        for orders in product(range(4), repeat=3):
            used = [sum(o for o, pair in zip(orders, pairs, strict=True) if atom in pair) for atom in range(3)]
            if all(u <= r for u, r in zip(used, [1, 3, 2], strict=True)):
                whole = sum(o > 0 for o in orders) >= 2
                value = sum(float(log_p[b, i, j, o]) for o, (i, j) in zip(orders, pairs, strict=True))
                best[whole] = max(best.get(whole, -1e9), value)
        found = within_valency(log_p[b : b + 1], kinds[:1], room[:1], 64)
        assert float(score(log_p[b : b + 1], found)) == pytest.approx(best[True], abs=1e-4)


def test_one_way_is_greedy_assignment_in_the_order_of_probability():
    log_p, kinds, room = log_probs(10, 5, 2), torch.ones(10, 5, dtype=torch.long), torch.tensor([[1, 2, 3, 4, 2]] * 10)
    for b in range(10):
        left, expected = [1, 2, 3, 4, 2], torch.zeros(5, 5, dtype=torch.long)
        pairs = sorted(((i, j) for j in range(5) for i in range(j)), key=lambda ij: float(log_p[(b, *ij)][0]))
        for i, j in pairs:
            if 1 - float(log_p[b, i, j, 0].exp()) > 1e-3:
                order = int(log_p[b, i, j, : min(left[i], left[j]) + 1].argmax())
                expected[i, j] = expected[j, i] = order
                left[i], left[j] = left[i] - order, left[j] - order
        assert torch.equal(within_valency(log_p, kinds, room, 1)[b], expected)


@pytest.mark.parametrize("width", [1, 4])
def test_no_atom_has_more_bonds_than_room_before_and_after_joining(width):
    kinds = torch.randint(0, 4, (20, 9), generator=torch.Generator().manual_seed(0)).sort(descending=True).values
    room = torch.tensor([0, 1, 2, 4])[kinds]
    log_p = log_probs(20, 9, 3)
    orders = within_valency(log_p, kinds, room, width)
    whole = joined(orders, log_p, kinds, room)
    for found in (orders, whole):
        assert (found == found.transpose(1, 2)).all() and (found.sum(dim=2) <= room).all()
    assert ((whole >= orders) & (whole - orders <= 1)).all()


def test_of_ways_as_good_as_followed_a_whole_one_is_taken():
    log_p = torch.tensor([[0.51, 0.49, 0.0, 0.0]]).clamp(min=1e-9).log().expand(1, 2, 2, 4)
    kinds, room = torch.tensor([[1, 1]]), torch.tensor([[1, 1]])
    assert int(within_valency(log_p, kinds, room, 1)[0, 0, 1]) == 0
    assert int(within_valency(log_p, kinds, room, 2)[0, 0, 1]) == 1


def test_what_lies_apart_is_joined_by_the_likeliest_bonds_that_have_room():
    kinds, room = torch.ones(1, 4, dtype=torch.long), torch.tensor([[1, 1, 2, 2]])
    orders = torch.zeros(1, 4, 4, dtype=torch.long)
    orders[0, 0, 1] = orders[0, 1, 0] = 1  # full: nothing can be joined to these two
    log_p = log_probs(1, 4, 4)
    whole = joined(orders, log_p, kinds, room)
    assert whole[0, 2, 3] == 1 and int(whole.sum()) == 4
    assert largest_piece(whole, torch.tensor([[2, 2, 1, 2]]), True).tolist() == [[0, 0, 1, 2]]


def test_pieces_are_those_of_a_walk():
    generator = torch.Generator().manual_seed(1)
    orders = (torch.rand(30, 12, 12, generator=generator) < 0.08).long().triu(1)
    orders = orders + orders.transpose(1, 2)
    for matrix, label in zip(orders, pieces(orders), strict=True):
        for atom in range(12):
            seen, todo = {atom}, [atom]
            while todo:
                new = {int(j) for j in matrix[todo.pop()].nonzero()[:, 0]} - seen
                seen |= new
                todo += new
            assert int(label[atom]) == min(seen)


def test_the_piece_that_is_kept_is_the_one_with_the_attachment_points():
    orders = torch.zeros(1, 6, 6, dtype=torch.long)
    for i, j in [(0, 2), (2, 1), (3, 4), (4, 5)]:
        orders[0, i, j] = orders[0, j, i] = 1
    kinds = torch.tensor([[1, 1, 2, 3, 3, 3]])
    assert largest_piece(orders, kinds, True).tolist() == [[1, 1, 2, 0, 0, 0]]
    orders[0, 1, 2] = orders[0, 2, 1] = 0
    assert largest_piece(orders, kinds, False).tolist() == [[0, 0, 0, 3, 3, 3]]


def test_attachment_points_are_never_bonded_to_each_other():
    kinds = torch.tensor([[1, 1, 2]])
    log_p = torch.tensor([1e-9, 1.0, 1e-9, 1e-9]).log().expand(1, 3, 3, 4)
    room = torch.tensor([[1, 1, 4]])
    found = within_valency(ends_apart(log_p, kinds), kinds, room, 1)
    assert found[0, 0].tolist() == [0, 0, 1] and found[0, 1].tolist() == [0, 0, 1]
    apart = torch.zeros(1, 3, 3, dtype=torch.long)
    assert int(joined(apart, ends_apart(log_p, kinds), kinds, room)[0, 0, 1]) == 0
