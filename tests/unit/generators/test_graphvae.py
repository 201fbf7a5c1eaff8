"""The two-step graph VAE: its loss, what its code depends on, and graphs that come back."""

from itertools import combinations, product

import numpy as np
import pytest
import torch
from rdkit import Chem

from polydesign.chem.notation.heavy_graphs import heavy_graph
from polydesign.core.errors import ChemistryError, TrainingError
from polydesign.data.corpora.demo import demo_polymers
from polydesign.generators.graphvae.config import PRESETS, GraphVAEConfig
from polydesign.generators.graphvae.generator import GraphVAEGenerator
from polydesign.generators.graphvae.network import GraphVAE, places_of
from tests.unit.chem.respelling import renumbered

META = {"kinds": ["*", "C", "N", "O"], "room": [2, 4, 3, 2], "most_of_kind": [2, 9, 2, 3]}
CONFIG = GraphVAEConfig(
    d_atom=24, d_pair=12, encoder_layers=1, decoder_layers=2, d_latent=6, max_atoms=16, beta=0.5, none_weight=0.25,
    bag_weight=2.0,
).for_data(META)  # fmt: skip
UNITS = ["*CC*", "*CCO*", "*CC(*)C#N", "*NCC(=O)*", "*C=CC*", "*OC(=O)CC*", "*C1CC1*"]


@pytest.fixture
def network() -> GraphVAE:
    torch.manual_seed(0)
    return GraphVAE(CONFIG).eval()


def batch_of(model: GraphVAEGenerator, units: list[str]) -> dict[str, torch.Tensor]:
    graphs = [model.read(text) for text in units]
    size = max(len(kinds) for kinds, _ in graphs)
    kinds, bonds = (
        torch.zeros(len(units), size, dtype=torch.long),
        torch.zeros(len(units), size, size, dtype=torch.long),
    )
    for row, (codes, matrix) in enumerate(graphs):
        kinds[row, : len(codes)], bonds[row, : len(codes), : len(codes)] = codes, matrix
    return {"kinds": kinds, "bonds": bonds}


def test_the_small_preset_can_be_shipped():
    kinds = {"kinds": ["*", *"CNOSFPBI"] * 3, "room": [4] * 27, "most_of_kind": [47] * 27}
    network = GraphVAE(PRESETS["small"].for_data(kinds))
    assert 1e6 < sum(p.numel() for p in network.parameters()) < 3e6


def test_the_loss_is_the_sum_over_each_graph(network):
    batch = batch_of(GraphVAEGenerator(network), UNITS)
    parts = {k: float(v.detach()) for k, v in network.loss(batch, "train", torch.Generator().manual_seed(0)).items()}
    code = network.encode(batch["kinds"], batch["bonds"])
    z = code.draw(torch.Generator().manual_seed(0))
    bag, bonds = network.bag_logits(z).log_softmax(dim=2), network.bond_logits(z, batch["kinds"]).log_softmax(dim=3)
    nats_bag = nats_bonds = 0.0
    for row, kinds in enumerate(batch["kinds"].tolist()):
        for kind in (2, 3, 4):  # attachment points are given
            nats_bag -= float(bag[row, kind - 1, kinds.count(kind)].detach())
        size = sum(kind > 0 for kind in kinds)
        for i, j in combinations(range(size), 2):
            order = int(batch["bonds"][row, i, j])
            nats_bonds -= (1.0 if order else 0.25) * float(bonds[row, i, j, order].detach())
    n, kl = len(UNITS), float(code.kl().sum(dim=1).mean().detach())
    assert parts["bag"] == pytest.approx(nats_bag / n, rel=1e-5)
    assert parts["bonds"] == pytest.approx(nats_bonds / n, rel=1e-4)
    assert parts["kl"] == pytest.approx(kl, rel=1e-5)
    assert parts["loss"] == pytest.approx(2.0 * nats_bag / n + nats_bonds / n + 0.5 * kl, rel=1e-5)


def test_the_weight_of_pairs_without_a_bond_is_taken_back(network):
    p = torch.tensor([0.9, 0.06, 0.03, 0.01])
    weighted = network.bond_weight * p
    best = (weighted / weighted.sum()).log()  # what minimises the weighted cross-entropy
    assert torch.allclose(network.unweighted(best).softmax(dim=0), p, atol=1e-6)


def test_beta_rises_over_the_first_part_of_a_run(network):
    seen = []
    for within in (0.0, 0.15, 0.3, 1.0):
        network.proceed("train", within)
        seen.append(network.beta)
    assert seen == pytest.approx([0.0, 0.25, 0.5, 0.5])


def test_the_code_does_not_depend_on_the_numbering_of_atoms(network):
    batch = batch_of(GraphVAEGenerator(network), UNITS)
    kinds, bonds = batch["kinds"], batch["bonds"]
    mean, places = network.encode(kinds, bonds).mean, places_of(kinds)
    order = torch.randperm(kinds.shape[1], generator=torch.Generator().manual_seed(0))
    moved = network.encode(kinds[:, order], bonds[:, order][:, :, order], places[:, order]).mean
    assert torch.allclose(moved, mean, atol=1e-5)
    other = bonds.clone()
    other[0, 0, 1] = other[0, 1, 0] = 2
    assert not torch.allclose(network.encode(kinds, other).mean[0], mean[0], atol=1e-3)


def test_the_code_is_that_of_the_unit_however_it_is_written():
    meta = {"kinds": ["*", "C", "N", "O", "S", "F"], "room": [2, 4, 3, 2, 6, 1], "most_of_kind": [2, 30, 4, 8, 2, 8]}
    torch.manual_seed(0)
    model = GraphVAEGenerator(GraphVAE(PRESETS["tiny"].for_data(meta)))
    known = set(meta["kinds"])
    units = [text for text in demo_polymers() if set(heavy_graph(text).kinds) <= known][:30]
    codes = model.encode(units)
    assert codes.shape == (30, 16) and codes.dtype == np.float32
    for seed in range(3):
        assert np.allclose(model.encode([renumbered(text, seed) for text in units]), codes, atol=1e-4)
    assert np.allclose(model.encode(units[7:8]), codes[7:8], atol=1e-4)  # and not on its neighbours
    assert model.encode([]).shape == (0, 16)
    assert len(np.unique(codes.round(3), axis=0)) == len(set(units))


def test_bonds_are_decoded_as_they_are_learnt_in_whatever_order_atoms_stand(network):
    batch = batch_of(GraphVAEGenerator(network), UNITS)
    kinds, z = batch["kinds"], torch.randn(len(UNITS), 6)
    logits = network.bond_logits(z, kinds)
    assert torch.allclose(logits, logits.transpose(1, 2), atol=1e-5)
    for row in range(len(UNITS)):
        n = int((kinds[row] > 0).sum())
        order = kinds[row, :n].argsort(stable=True)  # kind after kind, as a bag is laid out
        sorted_ = network.bond_logits(z[row : row + 1], kinds[row : row + 1, order])
        assert torch.allclose(sorted_[0], logits[row][order][:, order], atol=1e-4)


def test_a_bag_has_two_attachment_points_and_no_more_atoms_than_fit(network):
    z = 5.0 * torch.randn(200, 6)
    for temperature in (0.0, 2.0):
        kinds = network.atoms(z, temperature, torch.Generator().manual_seed(0))
        assert kinds.shape == (200, 16)
        assert ((kinds == 1).sum(dim=1) == 2).all() and (kinds[:, :2] == 1).all()
        there = kinds > 0
        assert (there[:, :-1] | ~there[:, 1:]).all()  # no gap
        assert (kinds[:, 1:] >= kinds[:, :-1]).logical_or(~there[:, 1:]).all()  # kind after kind
    assert torch.equal(*(network.atoms(z, 0.0, torch.Generator().manual_seed(seed)) for seed in (0, 1)))
    assert not torch.equal(*(network.atoms(z, 1.0, torch.Generator().manual_seed(seed)) for seed in (0, 1)))


def test_the_bag_is_the_likeliest_number_of_each_kind(network):
    z = torch.randn(50, 6)
    logits = network.bag_logits(z)
    kinds = network.atoms(z, 0.0, torch.Generator())
    for row, wished in zip(kinds.tolist(), logits.argmax(dim=2).tolist(), strict=True):
        wanted = [1, 1, *(kind for kind in (2, 3, 4) for _ in range(wished[kind - 1]))][:16]
        assert row == wanted + [0] * (16 - len(wanted))


def test_molecules_have_no_attachment_points():
    torch.manual_seed(0)
    meta = {"kinds": ["C", "O"], "room": [4, 2], "most_of_kind": [9, 3]}
    model = GraphVAEGenerator(GraphVAE(PRESETS["tiny"].for_data(meta)))
    texts = model.sample({}, 20, seed=0, options={"temperature": 1.0, "constrained": True})
    assert len(texts) == 20 and not any("*" in text for text in texts)
    assert model.encode(["CCO"]).shape == (1, 16)


def test_what_it_cannot_read_is_refused_with_what_it_knows(network):
    with pytest.raises(ChemistryError, match=r"S; this model knows \*, C, N, O"):
        GraphVAEGenerator(network).encode(["*CS*"])


def test_raw_strings_show_what_is_broken_and_valencies_are_kept_on_request(network):
    model = GraphVAEGenerator(network)
    raw = model.sample({}, 60, seed=0)
    assert any(Chem.MolFromSmiles(text) is None or "." in text for text in raw)
    for beam in (1, 4):
        kept = model.sample({}, 60, seed=0, options={"constrained": True, "beam": beam})
        mols = [Chem.MolFromSmiles(text) for text in kept]
        assert all(mol is not None and "." not in text for mol, text in zip(mols, kept, strict=True))
        assert sum(text.count("*") == 2 for text in kept) >= 57
    assert model.decode(model.prior(60, seed=0), seed=0) == raw


def test_it_learns_to_build_again_what_it_has_read():
    torch.manual_seed(0)
    config = GraphVAEConfig(
        multiplies=True, d_atom=32, d_pair=16, encoder_layers=1, decoder_layers=2, d_latent=8, max_atoms=16, beta=1e-3
    ).for_data(META)
    network = GraphVAE(config).train()
    model = GraphVAEGenerator(network)
    batch = batch_of(model, UNITS)
    optimizer = torch.optim.Adam(network.train().parameters(), lr=0.01)
    for step in range(300):
        optimizer.zero_grad()
        parts = network.loss(batch, "train", torch.Generator().manual_seed(step))
        parts["loss"].backward()
        optimizer.step()
        if step > 50 and float(parts["loss"].detach()) < 0.1:
            break
    network.eval()
    codes = model.encode(UNITS)
    for options in product((False, True), (1, 4)):
        texts = model.decode(codes, seed=0, options=dict(zip(("constrained", "beam"), options, strict=True)))
        assert [Chem.CanonSmiles(text) for text in texts] == [Chem.CanonSmiles(text) for text in UNITS]


def test_what_is_decided_of_a_structure_is_told_in_probabilities(network):
    model = GraphVAEGenerator(network)
    told = model.decisions("*CC(*)C#N")
    assert told.kinds.count("*") == 2 and told.orders.max() == 3 and told.counts.shape == (4, 10)
    assert told.counts.sum(axis=1) == pytest.approx(np.ones(4), abs=1e-5)
    assert told.counts[0, 2] == 1
    assert told.bonds.shape == (6, 6, 4) and told.bonds.sum(axis=2) == pytest.approx(np.ones((6, 6)), abs=1e-5)
    raw = model.network.bond_logits(torch.from_numpy(model.encode(["*CC(*)C#N"])), model.read("*CC(*)C#N")[0][None])
    assert (told.bonds.argmax(axis=2) == network.unweighted(raw)[0].argmax(dim=2).numpy()).all()


def test_settings_are_checked():
    with pytest.raises(TrainingError, match="beta"):
        GraphVAEConfig(beta=-1.0)
    with pytest.raises(TrainingError, match="none_weight"):
        GraphVAEConfig(none_weight=0.0)
    with pytest.raises(TrainingError, match="at least 1"):
        GraphVAEConfig(d_pair=0)
