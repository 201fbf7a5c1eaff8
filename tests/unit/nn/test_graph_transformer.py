"""Graph transformer: renumbering, padding, points between graphs, walks and reach counted by hand."""

import torch

from polydesign.nn.graph_transformer import FEATURES, GraphReader, reached, structure


def ring(n, a):
    """Bonds (1, A, A, 4) of a ring of n single bonds among A places."""
    bonds = torch.zeros(1, a, a, 4)
    bonds[..., 0] = 1
    for i in range(n):
        j = (i + 1) % n
        bonds[0, i, j] = bonds[0, j, i] = torch.tensor([0.0, 1.0, 0.0, 0.0])
    return bonds


def read(reader, nodes, bonds, present):
    return reader(nodes, bonds, bonds, present)


def made(a=7):
    torch.manual_seed(0)
    nodes = torch.randn(1, a, 5)
    present = torch.ones(1, a)
    return GraphReader(5, 4, 16, 8, 4, 2), nodes, ring(a - 1, a), present


def test_nothing_knows_the_order_of_the_nodes():
    reader, nodes, bonds, present = made()
    order = torch.randperm(7)
    h, e = read(reader, nodes, bonds, present)
    moved, pairs = read(reader, nodes[:, order], bonds[:, order][:, :, order], present)
    assert torch.allclose(moved, h[:, order], atol=1e-5)
    assert torch.allclose(pairs, e[:, order][:, :, order], atol=1e-5)


def test_places_without_a_node_change_nothing_and_half_a_node_counts_in_part():
    reader, nodes, bonds, present = made()
    h, _ = read(reader, nodes, bonds, present)
    wider = torch.zeros(1, 10, 10, 4)
    wider[..., 0] = 1
    wider[:, :7, :7] = bonds
    more = torch.cat([nodes, 100 * torch.randn(1, 3, 5)], dim=1)
    shown, _ = read(reader, more, wider, torch.tensor([[1.0] * 7 + [0.0] * 3]))
    assert torch.allclose(shown[:, :7], h, atol=1e-4)
    half, _ = read(reader, more, wider, torch.tensor([[1.0] * 7 + [0.5] * 3]))
    assert torch.isfinite(half).all() and not torch.allclose(half[:, :7], h, atol=1e-2)


def test_walks_are_counted():
    nodes, pairs = structure(ring(5, 6))
    assert nodes.shape == (1, 6, FEATURES) and pairs.shape == (1, 6, 6, FEATURES)
    closed = nodes[0, 0].expm1()[:6].round().int().tolist()
    assert closed == [0, 2, 0, 6, 2, 20]  # around a ring of five: there and back, and once around in either direction
    assert nodes[0, 0, 6:].tolist() == [0.5, 0.5] and nodes[0, 5].abs().sum() == 0
    assert pairs[0, 0, 2].expm1()[:3].round().int().tolist() == [0, 1, 1]


def test_reach_follows_bonds_and_has_a_gradient_where_one_is_missing():
    bonds = torch.zeros(1, 40, 40)
    for i in range(38):
        bonds[0, i, i + 1] = bonds[0, i + 1, i] = 1.0
    bonds[0, 20, 21] = bonds[0, 21, 20] = 0.0
    bonds.requires_grad_()
    reach = reached(bonds, torch.tensor([0]))
    assert reach[0, :21].min() == 1 and reach[0, 21:].max() == 0
    (gradient,) = torch.autograd.grad(reach.sum(), bonds)
    assert gradient[0, 20, 21] > 0 and gradient[0, 30, 39] == 0  # a bond between two that are both not reached
