"""The graph network: what its answer must not depend on, that it learns, and the shipped ones."""

import dataclasses
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from rdkit import Chem

from polydesign import store
from polydesign.chem.describe.graphs import Graph, closed_graph, molecule_graph
from polydesign.chem.notation.identity import chain_key
from polydesign.core.errors import TrainingError
from polydesign.data.corpora import teaching
from polydesign.data.corpora.demo import demo_polymers
from polydesign.data.corpora.graph_sets import graphs_of
from polydesign.data.encodings.graphs import GraphRows, Graphs
from polydesign.predictors.gnn.config import PRESETS, GnnConfig
from polydesign.predictors.gnn.inference import run_network
from polydesign.predictors.gnn.network import ATOM_CODES, N_BOND_CODES, GraphNetwork
from polydesign.predictors.gnn.recipe import Lesson, train_network
from polydesign.predictors.scales import Scales
from polydesign.training.recipe import Order
from polydesign.training.recipes.properties import Examples
from polydesign.training.record import train

SHIPPED = Path(__file__).resolve().parents[3] / "checkpoints"
REAL = ["CC(=O)Oc1ccccc1C(=O)O", "Cn1cnc2c1c(=O)n(C)c(=O)n2C", "C1CC1C#N", "OCC(O)CO", "NC(=O)c1ccc(F)cc1"]


def network(preset: str, **changes) -> GraphNetwork:
    torch.manual_seed(0)
    return GraphNetwork(dataclasses.replace(PRESETS[preset], **changes)).eval()


def answers(net: GraphNetwork, graphs: list[Graph]) -> np.ndarray:
    return run_network(net, Graphs.pack(graphs), np.arange(len(graphs)))


def test_codes_are_those_of_the_chemistry():
    from polydesign.chem.describe import graphs

    assert tuple(graphs.ATOM_COLUMNS.values()) == ATOM_CODES and graphs.N_BOND_CODES == N_BOND_CODES


def test_the_reference_is_64_wide_3_deep_and_reads_atomic_numbers_alone():
    config = PRESETS["molecules"]
    assert (config.d_model, config.n_layers, config.atom_columns, config.bonds, config.d_head) == (64, 3, 1, False, 0)
    net = network("molecules")
    ethane, ethene = molecule_graph("CC"), molecule_graph("C=C")
    row = np.array([0, 1, 1, 1, 1, 1], dtype=np.uint8)
    other_codes = dataclasses.replace(ethane, codes=ethane.codes + 1, atoms=ethane.atoms + row)
    assert np.array_equal(answers(net, [ethane]), answers(net, [other_codes]))
    assert not np.allclose(answers(net, [ethane]), answers(net, [ethene]))


@pytest.mark.parametrize("preset", ["molecules", "small"])
def test_every_permutation_of_a_small_graph_gives_the_same_answer(preset):
    graph = molecule_graph("C=O")
    assert len(graph.atoms) == 4
    variants = [renumbered(graph, np.array(order)) for order in permutations(range(4))]
    found = answers(network(preset), variants)
    assert len(found) == 24 and np.abs(found - found[0]).max() < 1e-4


def renumbered(graph: Graph, place: np.ndarray) -> Graph:
    """Call atom i place[i]."""
    atoms = np.empty_like(graph.atoms)
    atoms[place] = graph.atoms
    return Graph(atoms, place[graph.bonds].astype(np.int32)[:, ::-1], graph.codes)


@pytest.mark.parametrize("preset", ["molecules", "molecules-bonds"])
def test_real_molecules_may_be_numbered_at_random(preset):
    net = network(preset)
    for text in REAL:
        mol = Chem.MolFromSmiles(text)
        texts = [text] + [Chem.MolToSmiles(mol, doRandom=True) for _ in range(10)]
        found = answers(net, [molecule_graph(t) for t in texts])
        assert np.abs(found - found[0]).max() < 1e-4 * max(1.0, np.abs(found).max())


@pytest.mark.parametrize(
    "ways",
    [
        ["*CC(*)c1ccccc1", "*C(c1ccccc1)C*", "*CC(c1ccccc1)CC(*)c1ccccc1", "*" + "CC(c1ccccc1)" * 5 + "*"],
        ["*CCO*", "*OCC*", "*COC*", "*CCOCCOCCO*"],
        ["*C*", "*CC*", "*CCCCC*"],
        ["*c1ccc(*)s1", "*c1ccc(-c2ccc(*)s2)s1"],
        ["*NCCCCCC(=O)*", "*C(=O)CCCCCN*", "*CCC(=O)NCCC*"],
    ],
)
def test_cut_direction_and_repetition_do_not_show_even_without_the_chain_key(ways):
    found = answers(network("small"), [closed_graph(text) for text in ways])
    assert np.abs(found - found[0]).max() < 1e-4


def test_sums_grow_with_copies_and_means_do_not():
    graph = molecule_graph("CO")
    twice = Graph(
        np.concatenate([graph.atoms] * 2), np.concatenate([graph.bonds, graph.bonds + len(graph.atoms)]),
        np.concatenate([graph.codes] * 2),
    )  # fmt: skip
    once, two = answers(network("molecules"), [graph, twice])
    assert np.allclose(two, 2 * once, rtol=1e-4)
    once, two = answers(network("small"), [graph, twice])
    assert np.allclose(two, once, rtol=1e-4)


@pytest.mark.parametrize("preset", ["molecules", "molecules-bonds", "small"])
def test_gradients_reach_every_parameter(preset):
    net = network(preset).train()
    make = molecule_graph if net.config.structure == "molecule" else closed_graph
    texts = REAL if net.config.structure == "molecule" else ["*CC(*)c1ccccc1", "*CCO*"]
    graphs = Graphs.pack([make(text) for text in texts])
    data = GraphRows(graphs, np.ones((len(graphs), len(net.config.keys))), np.ones(len(net.config.keys)), np.arange(2))
    batch = {name: torch.from_numpy(array) for name, array in data.batch(np.arange(len(graphs))).items()}
    net.loss(batch, "regress")["loss"].backward()
    dead = [name for name, p in net.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert not dead


def test_a_missing_label_teaches_nothing():
    net = network("molecules")
    graphs = Graphs.pack([molecule_graph(text) for text in REAL])
    values = np.random.default_rng(0).normal(size=(len(REAL), 3))
    values[:, 1] = np.nan
    data = GraphRows(graphs, values, np.ones(3), np.arange(len(REAL)))
    batch = {name: torch.from_numpy(array) for name, array in data.batch(np.arange(len(REAL))).items()}
    net.loss(batch, "regress")["loss"].backward()
    assert net.offset.grad[1] == 0 and net.offset.grad[[0, 2]].abs().min() > 0


def test_it_learns_a_tiny_set_by_heart(tmp_path):
    """The number of C=O in a molecule, which composition alone does not tell."""
    texts = [*REAL, "CC=O", "C=CO", "CC(C)=O", "C=C(C)O", "OC=O", "C1OO1", "CCC(=O)C(C)=O", "C1CC(O)=C1O"]
    count = np.array(
        [[len(Chem.MolFromSmiles(t).GetSubstructMatches(Chem.MolFromSmarts("C=O")))] for t in texts], float
    )
    config = dataclasses.replace(PRESETS["molecules"], keys=("alpha_bohr3",), average=0.9, epochs=150)
    graphs = Graphs.pack([molecule_graph(text) for text in texts])
    scales = Scales.fit(count, graphs.composition())
    data = GraphRows(graphs, scales.standardise(count), np.ones(1), np.arange(len(texts)))
    trained = train_network(config, data, tmp_path / "x", seed=0, minutes=None, reference=scales.reference)
    found = scales.center + scales.scale * run_network(trained.network, graphs, np.arange(len(texts)))
    assert np.abs(found - count).max() < 0.1 and trained.epochs == 150


def test_composition_is_taken_out_by_least_squares():
    rng = np.random.default_rng(0)
    composition = np.zeros((200, 119), dtype=np.float32)
    composition[:, [1, 6, 8]] = rng.integers(0, 10, size=(200, 3))
    values = composition[:, [6]] * 3.0 - composition[:, [1]] + 5.0 + 0.1 * rng.normal(size=(200, 1))
    scales = Scales.fit(values, composition)
    assert scales.scale[0] == pytest.approx(0.1, rel=0.2)
    assert scales.reference[[1, 6, 7, 8], 0] * scales.scale[0] == pytest.approx([-1, 3, 0, 0], abs=0.02)
    with pytest.raises(TrainingError, match="no value"):
        Scales.fit(np.full((3, 1), np.nan))


@pytest.fixture(scope="module")
def labels():
    polymers = sorted(set(demo_polymers()))
    frame = pd.DataFrame({"psmiles": polymers, "chain_key": [chain_key(text) for text in polymers]})
    rings = np.array([text.count("c1") for text in polymers], dtype=float)
    frame["tg_exp_c"] = 80.0 * rings - 20
    frame["egc_dft_ev"] = np.where(np.arange(len(frame)) % 2, 6 - rings, np.nan)
    return frame.drop_duplicates("chain_key").reset_index(drop=True)


TINY = dataclasses.replace(PRESETS["tiny"], keys=("tg_exp_c", "egc_dft_ev"))


def test_it_learns_only_what_the_checker_does_not(labels, monkeypatch):
    monkeypatch.setattr(teaching, "MANY", len(labels) * 3 // 4)
    given = Lesson.of(graphs_of(labels, "chain", TINY.keys), TINY)
    checker = Examples.of(labels, TINY.keys, "checker")
    assert given.halved == ("tg_exp_c",)
    assert given.taught[:, 0].any() and not (given.taught[:, 0] & checker.taught[:, 0]).any()
    assert not given.taught[given.side != "train"].any()


def test_molecules_are_divided_70_10_20():
    names = [f"molecule {n}" for n in range(400)]
    frame = pd.DataFrame({"smiles": "O", "chain_key": names, "alpha_bohr3": np.arange(400.0)})
    config = dataclasses.replace(PRESETS["molecules"], keys=("alpha_bohr3",))
    given = Lesson.of(graphs_of(frame, "molecule", config.keys), config)
    shares = [np.mean(given.side == side) for side in ("train", "valid", "test")]
    assert shares == pytest.approx([0.7, 0.1, 0.2], abs=0.06)
    assert (given.taught[:, 0] == (given.side == "train")).all()


def test_settings_that_make_no_sense_are_refused(tmp_path):
    with pytest.raises(TrainingError, match="two members"):
        GnnConfig(n_members=1)
    with pytest.raises(TrainingError, match="d_head"):
        GnnConfig(structure="molecule", n_members=1)
    with pytest.raises(TrainingError, match="--data qm9 --preset molecules"):
        train(Order("gnn", "qm9", tmp_path / "x", preset="tiny"))


@pytest.mark.skipif(not (SHIPPED / "gnn-qm9").is_dir(), reason="not shipped")
def test_the_shipped_molecule_network_answers_in_range():
    model = store.load_model(SHIPPED / "gnn-qm9")
    columns = model.predict(["C", "CCO", "c1ccccc1", "*CC*", "CCCCCCCCC"])
    alpha, gap, cv = (columns[key].mean for key in ("alpha_bohr3", "gap_ev", "cv_cal_molk"))
    assert np.isnan(alpha[3])
    # Polarizabilities at B3LYP/6-31G(2df,p): methane 13.2, benzene near 60 bohr3.
    assert alpha[2] == pytest.approx(60, abs=6) and alpha[4] > alpha[1]
    assert 5 < gap[2] < 8 and 15 < cv[2] < 25
    metrics = store.open_folder(SHIPPED / "gnn-qm9").config["metrics"]["test"]
    assert metrics["alpha_bohr3"]["r2"] >= 0.99
