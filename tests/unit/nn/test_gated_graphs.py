"""Gated graph layers: the equations, and what the answer must not depend on."""

import pytest
import torch

from polydesign.nn.gated_graphs import GatedGraphLayer, GatedGraphStack, PairNorm, pairs_of

THERE = torch.tensor([[True, True, True, True], [True, True, False, False]])


def stack(n_layers: int = 2) -> GatedGraphStack:
    torch.manual_seed(0)
    return GatedGraphStack(8, 4, n_layers).eval()


def test_a_layer_is_the_equations_pair_by_pair():
    torch.manual_seed(0)
    layer = GatedGraphLayer(8, 4).eval()
    h, e = torch.randn(1, 4, 8), torch.randn(1, 4, 4, 4)
    e = e + e.transpose(1, 2)
    new_h, new_e = layer(h, e, pairs_of(THERE[:1]))
    u, v, b = layer.atom.weight.split([8, 4, 4])
    u0, v0, b0 = layer.atom.bias.split([8, 4, 4])
    for i in range(4):
        total, gates = torch.zeros(4), torch.full((4,), 1e-4)
        for j in range(4):
            ends = b @ h[0, i] + b0 + b @ h[0, j] + b0
            pair = e[0, i, j] + torch.relu(layer.pair_norm(layer.pair.weight @ e[0, i, j] + ends))
            assert torch.allclose(new_e[0, i, j], pair, atol=1e-5)
            if j != i:
                total = total + torch.sigmoid(pair) * (v @ h[0, j] + v0)
                gates = gates + torch.sigmoid(pair)
        change = u @ h[0, i] + u0 + layer.received.weight @ (total / gates)
        assert torch.allclose(new_h[0, i], h[0, i] + torch.relu(layer.atom_norm(change)), atol=1e-5)


def test_the_order_of_atoms_is_of_no_meaning_and_pairs_are_the_same_from_both_ends():
    h, order = torch.randn(1, 4, 8), torch.tensor([2, 0, 3, 1])
    atoms, pairs = stack()(h, THERE[:1])
    moved_atoms, moved_pairs = stack()(h[:, order], THERE[:1])
    assert torch.allclose(moved_atoms, atoms[:, order], atol=1e-5)
    assert torch.allclose(moved_pairs, pairs[:, order][:, :, order], atol=1e-5)
    assert torch.allclose(pairs, pairs.transpose(1, 2), atol=1e-6)


def test_what_is_padded_has_no_influence():
    h = torch.randn(2, 4, 8)
    atoms, pairs = stack()(h, THERE)
    other = torch.where(THERE[..., None], h, 7.0)
    assert torch.allclose(stack()(other, THERE)[0][1, :2], atoms[1, :2], atol=1e-6)
    alone_atoms, alone_pairs = stack()(h[1:, :2], THERE[1:, :2])
    assert torch.allclose(alone_atoms[0], atoms[1, :2], atol=1e-6)
    assert torch.allclose(alone_pairs[0], pairs[1, :2, :2], atol=1e-6)


def test_an_atom_on_its_own_receives_nothing():
    atoms, _ = stack()(torch.randn(1, 1, 8), torch.ones(1, 1, dtype=torch.bool))
    assert torch.isfinite(atoms).all()


@pytest.mark.parametrize("mixed", [False, True])
def test_the_norm_of_pairs_is_layer_norm_in_the_precision_given(mixed):
    norm = PairNorm(4)
    x = torch.randn(5, 4).to(torch.bfloat16 if mixed else torch.float32)
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=mixed):
        y = norm(x)
    assert y.dtype == x.dtype
    expected = torch.nn.functional.layer_norm(x.float(), (4,))
    assert torch.allclose(y.float(), expected, atol=0.02 if mixed else 1e-6)
