"""GraphAF: one pass over whole graphs and building step by step are the same; the flow is exact; the check holds."""

import math

import numpy as np
import pytest
import torch

from polydesign.chem.notation.heavy_graphs import heavy_graph
from polydesign.chem.notation.identity import chain_key
from polydesign.chem.notation.psmiles import validate, validate_molecule
from polydesign.generators.graphaf.builder import Beginning, Builder, Building
from polydesign.generators.graphaf.config import GraphAFConfig
from polydesign.generators.graphaf.flow import Decision
from polydesign.generators.graphaf.generator import strings_of
from polydesign.generators.graphaf.network import GraphAF
from polydesign.generators.graphaf.policy import GraphPolicy, actions_of, graphs_of
from polydesign.nn.requests import Requests

POLYMERS = ("*CC(*)c1ccccc1", "*OC(=O)c1ccc(C(=O)OCC*)cc1", "*CC*", "*CC(*)C#N", "*Nc1ccc(S(=O)(=O)c2ccc(N*)cc2)cc1")
KINDS, ROOM = ("*", "C", "O", "N", "S", "F"), (1, 4, 2, 3, 6, 1)


def network(kinds=KINDS, room=ROOM, **settings):
    torch.manual_seed(0)
    given = {"max_atoms": 24, "edge_unroll": 9, "d_model": 32, "n_layers": 2, "n_heads": 2, "d_edge": 16}
    conditions = {"conditions": ("tg_exp_c", "RingCount"), "condition_mean": (0.0, 0.0), "condition_std": (1.0, 1.0)}
    return GraphAF(GraphAFConfig(kinds=kinds, room=room, **{**given, **conditions, **settings})).eval()


def arrays(polymers):
    graphs = [heavy_graph(text, "breadth") for text in polymers]
    most = max(len(graph.kinds) for graph in graphs)
    kinds, bonds = torch.zeros(len(graphs), most).long(), torch.zeros(len(graphs), most, most).long()
    for row, graph in enumerate(graphs):
        kinds[row, : len(graph.kinds)] = torch.tensor([KINDS.index(kind) + 1 for kind in graph.kinds])
        for i, j, order in graph.bonds:
            bonds[row, i, j] = bonds[row, j, i] = order
    return kinds, bonds


def asked(n):
    generator = torch.Generator().manual_seed(3)
    return Requests(torch.randn(n, 2, generator=generator), torch.tensor([[True, False]]).expand(n, 2))


def test_step_by_step_it_meets_the_flows_of_the_one_pass(monkeypatch):
    net, (kinds, bonds) = network(), arrays(POLYMERS)
    decided = net.decisions(kinds, bonds, asked(len(kinds)))
    t, rows, met = 0, torch.arange(len(kinds)), {"atoms": [], "bonds": []}
    span = net.reach.span

    def dictate(self, temperature, generator, allowed=None):
        nonlocal t, rows
        if self.mean.shape[-1] == len(KINDS) + 1:
            t = site.t
            rows = site.rows
            wanted = torch.nn.functional.pad(kinds, (0, 1))[rows, t]
            met["atoms"].append((rows, t, self.mean))
            dictate.s = max(0, span - t)
            return wanted
        s, dictate.s = dictate.s, dictate.s + 1
        met["bonds"].append((rows, t, s, self.mean))
        return bonds[rows, min(t, bonds.shape[1] - 1), t - span + s]

    monkeypatch.setattr(Decision, "draw", dictate)
    site = Builder(net, asked(len(kinds)), Building(torch.Generator(), check=False))
    add = Builder._add

    def numbered(self, number):
        self.t = number
        add(self, number)

    monkeypatch.setattr(Builder, "_add", numbered)
    built, orders, sizes = site.build()
    assert torch.equal(sizes, (kinds > 0).sum(dim=1))
    most = kinds.shape[1]
    assert torch.equal(built[:, :most], kinds) and torch.equal(orders[:, :most, :most], bonds)
    for rows, t, mean in met["atoms"]:
        assert torch.allclose(mean, decided.atoms.mean[rows, t], atol=1e-4)
    for rows, t, s, mean in met["bonds"]:
        there = kinds[rows, min(t, most - 1)] > 0 if t < most else torch.zeros(len(rows), dtype=torch.bool)
        assert torch.allclose(mean[there], decided.bonds.mean[rows, min(t, most - 1), s][there], atol=1e-4)


def test_decisions_see_nothing_of_what_comes_later():
    net, (kinds, bonds) = network(), arrays(POLYMERS[1:2])
    whole = net.decisions(kinds, bonds, asked(1))
    for n in (3, 7, 11):
        cut = net.decisions(kinds[:, :n], bonds[:, :n, :n], asked(1))
        assert torch.allclose(cut.atoms.mean[:, : n + 1], whole.atoms.mean[:, : n + 1], atol=1e-5)
        assert torch.allclose(cut.bonds.mean, whole.bonds.mean[:, :n], atol=1e-5)
    net.zero_grad()


def test_the_bonds_of_an_atom_are_decided_one_after_another():
    net, (kinds, bonds) = network(), arrays(POLYMERS[1:2])
    t, span = 12, net.reach.span
    changed = bonds.clone()
    s = 4
    j = t - span + s
    changed[0, t, j] = changed[0, j, t] = (bonds[0, t, j] + 1) % 4
    one, other = (net.decisions(kinds, b, asked(1)).bonds.mean[0, t] for b in (bonds, changed))
    assert torch.allclose(one[: s + 1], other[: s + 1], atol=1e-6)
    assert not torch.allclose(one[s + 1 :], other[s + 1 :], atol=1e-3)


def test_a_graph_comes_back_of_its_eps_exactly():
    net, (kinds, bonds) = network(), arrays(POLYMERS)
    decided = net.decisions(kinds, bonds, asked(len(kinds)))
    generator = torch.Generator().manual_seed(0)
    for flow, chosen in ((decided.atoms, decided.kinds), (decided.bonds, decided.orders)):
        z = flow.dequantised(chosen, generator)
        back = flow.z(flow.eps(z))
        assert torch.allclose(back, z, atol=1e-5) and torch.equal(back.argmax(dim=-1), chosen)


def test_density_and_probability_of_a_decision_are_what_their_definitions_say():
    generator = torch.Generator().manual_seed(1)
    flow = Decision.of(torch.randn(5, 8, generator=generator), 0.9)
    normal = torch.distributions.Normal(flow.mean, flow.log_scale.exp())
    chosen = torch.tensor([0, 1, 2, 3, 0])
    z = flow.dequantised(chosen, generator)
    assert torch.allclose(flow.log_density(z), normal.log_prob(z).sum(-1), atol=1e-5)
    many = torch.stack([flow.log_density(flow.dequantised(chosen, generator)) for _ in range(4000)])
    spread = many.std(dim=0) / math.sqrt(4000)
    assert ((many.mean(dim=0) - flow.mean_log_density(chosen)).abs() < 4 * spread).all()
    probability = torch.stack([flow.log_prob(torch.full((5,), k)).exp() for k in range(4)], dim=-1)
    assert torch.allclose(probability.sum(dim=-1), torch.ones(5), atol=1e-3)
    drawn = Decision(flow.mean.expand(20000, 5, 4), flow.log_scale.expand(20000, 5, 4), 0.9).draw(1.0, generator)
    found = torch.stack([(drawn == k).float().mean(dim=0) for k in range(4)], dim=-1)
    assert torch.allclose(found, probability, atol=0.015)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_with_the_check_every_repeat_unit_is_valid_whatever_the_network(temperature):
    net = network()
    building = Building(torch.Generator().manual_seed(5), temperature)
    strings = strings_of(net, *Builder(net, asked(100), building).build())
    verdicts = [validate(text) for text in strings]
    assert all(verdict.valid for verdict in verdicts), [v for v in verdicts if not v.valid][:3]
    assert len(set(strings)) > 50


def test_guidance_exaggerates_what_is_asked_for():
    net = network()
    strings = {}
    for scale in (0.0, 1.0, 3.0):
        building = Building(torch.Generator().manual_seed(5), guidance_scale=scale)
        strings[scale] = strings_of(net, *Builder(net, asked(60), building).build())
        assert all(validate(text).valid for text in strings[scale])
    unasked = Builder(net, asked(60).hidden(), Building(torch.Generator().manual_seed(5))).build()
    assert strings[0.0] == strings_of(net, *unasked)
    assert strings[0.0] != strings[1.0] != strings[3.0]


def test_a_graph_goes_on_from_its_beginning():
    net, (kinds, bonds) = network(), arrays(POLYMERS)
    first = Beginning(kinds[:, :4], bonds[:, :4, :4])
    built, orders, sizes = Builder(net, asked(5), Building(torch.Generator().manual_seed(5)), first).build()
    assert torch.equal(built[:, :4], first.kinds) and torch.equal(orders[:, :4, :4], first.bonds)
    assert (sizes > 4).any() and all(validate(text).valid for text in strings_of(net, built, orders, sizes))


def test_without_the_check_graphs_are_written_as_they_are():
    net = network()
    building = Building(torch.Generator().manual_seed(5), check=False)
    strings = strings_of(net, *Builder(net, asked(100), building).build())
    assert len(strings) == 100 and not all(validate(text).valid for text in strings)


def test_molecules_have_no_attachment_points_and_are_valid_with_the_check():
    net = network(KINDS[1:], ROOM[1:], conditions=(), condition_mean=(), condition_std=())
    requests = Requests.none(100)
    strings = strings_of(net, *Builder(net, requests, Building(torch.Generator().manual_seed(2))).build())
    assert all(validate_molecule(text).valid for text in strings)


def test_what_a_policy_did_is_told_back_with_the_probability_it_had():
    net, n = network(KINDS[:2], ROOM[:2], max_atoms=2, edge_unroll=2), 2000
    policy = GraphPolicy(net)
    requests = Requests.none(n, 2)
    episodes = policy.rollout(requests, torch.Generator().manual_seed(1))
    kinds, bonds = graphs_of(episodes.actions, 2, 2)
    assert torch.equal(actions_of(kinds, bonds, 2), episodes.actions) and kinds.shape == (n, 2)
    with torch.no_grad():
        log_prob = policy.log_prob(episodes, requests)
    _, first, counts = np.unique(episodes.actions.numpy(), axis=0, return_index=True, return_counts=True)
    expected = n * log_prob[first].exp().numpy()
    assert (np.abs(counts - expected) < 5 * np.sqrt(expected) + 1).all()
    assert len(first) > 10 and expected.sum() <= 1.001 * n


def test_graphs_of_a_corpus_are_written_as_the_chains_they_were():
    kinds, bonds = arrays(POLYMERS)
    net = network()
    for text, again in zip(POLYMERS, strings_of(net, kinds, bonds, (kinds > 0).sum(dim=1)), strict=True):
        assert chain_key(again) == chain_key(text)
