"""Packed graphs, their batches and their environments."""

import numpy as np
import pandas as pd
import pytest

from polydesign.chem.describe.graphs import closed_graph, molecule_graph
from polydesign.core.errors import DataError
from polydesign.data.corpora.graph_sets import find_graphs, graphs_of
from polydesign.data.encodings.graphs import GraphRows, Graphs, PreparedGraphs, environments
from polydesign.data.encodings.stream import Stream

MOLECULES = ["CCO", "c1ccccc1", "C", "N#CC1CC1", "CC(=O)O", "O"]


@pytest.fixture
def packed():
    return Graphs.pack([molecule_graph(text) for text in MOLECULES])


def data(packed, **changes):
    values = np.arange(2.0 * len(packed)).reshape(-1, 2)
    values[1, 0] = np.nan
    return GraphRows(packed, values, np.array([1.0, 2.0]), np.arange(len(packed)), **changes)


def test_a_batch_is_the_graphs_side_by_side(packed):
    index = np.array([3, 0])
    batch = packed.batch(index)
    first, second = (molecule_graph(MOLECULES[i]) for i in index)
    n = len(first.atoms)
    assert np.array_equal(batch["atoms"], np.concatenate([first.atoms, second.atoms]))
    assert np.array_equal(batch["bonds"].T, np.concatenate([first.bonds, second.bonds + n]))
    assert batch["graph"].tolist() == [0] * n + [1] * len(second.atoms)
    assert np.array_equal(batch["codes"], np.concatenate([first.codes, second.codes]))


def test_composition_counts_elements(packed):
    counts = packed.composition()
    assert counts[0, [1, 6, 8]].tolist() == [6, 2, 1] and counts[5, [1, 8]].tolist() == [2, 1]
    assert counts.sum() == len(packed.atoms)


def test_parts_keep_to_the_budget_of_atoms_and_to_the_order(packed):
    parts = packed.parts(np.arange(len(packed)), 15)
    assert np.concatenate(parts).tolist() == list(range(len(packed)))
    assert all(len(part) == 1 or packed.sizes[part].sum() <= 15 for part in parts) and len(parts) > 1
    assert packed.parts(np.zeros(0, dtype=int), 15) == []


def test_every_epoch_holds_each_graph_once_and_batches_repeat(packed):
    lesson = data(packed)
    per_epoch = []
    stream = Stream(lesson, 20, 100).endless(seed=1)
    seen = 0
    while seen < 3 * len(packed):
        per_epoch.append(next(stream))
        seen += len(per_epoch[-1]["values"])
    totals = sum(batch["values"][:, 1].sum() for batch in per_epoch)
    assert totals == 3 * (1 + 3 + 5 + 7 + 9 + 11)
    again = Stream(lesson, 20, 100).endless(seed=1, start=2)
    assert np.array_equal(next(again)["atoms"], per_epoch[2]["atoms"])


def test_unknown_values_weigh_nothing(packed):
    batch = data(packed).batch(np.array([0, 1]))
    assert batch["weight"].tolist() == [[1.0, 2.0], [0.0, 2.0]] and np.isfinite(batch["values"]).all()


def test_large_graphs_are_left_out_and_none_left_is_said(packed):
    batch = next(Stream(data(packed), 1000, 5).endless(seed=0))
    assert sorted(batch["values"][:, 1].tolist()) == [5.0, 11.0]  # methane and water
    with pytest.raises(DataError, match="size of at most 2"):
        next(Stream(data(packed), 1000, 2).endless(seed=0))


def test_environments_are_blind_to_the_order_of_atoms_and_to_repetition():
    texts = ["*CC(*)c1ccccc1", "*C(c1ccccc1)C*", "*CC(c1ccccc1)CC(*)c1ccccc1", "*CC(*)c1ccccn1"]
    graphs = Graphs.pack([closed_graph(text) for text in texts])
    counts = environments(graphs.batch(np.arange(4)), 4, radius=2, n_bits=4096)
    assert np.array_equal(counts[0], counts[1]) and np.array_equal(2 * counts[0], counts[2])
    assert not np.array_equal(counts[0], counts[3])
    assert counts[0].sum() == 3 * 8  # an environment for each atom and radius


def test_a_folder_gives_back_what_was_saved(tmp_path):
    labels = pd.DataFrame({"smiles": [*MOLECULES, "C("], "chain_key": [*MOLECULES, "?"], "alpha_bohr3": np.arange(7.0)})
    prepared = graphs_of(labels, "molecule", ["alpha_bohr3"])
    assert prepared.meta["refused"] == 1 and prepared.texts == MOLECULES
    prepared.save(tmp_path)
    again = PreparedGraphs.load(tmp_path)
    assert again.names == prepared.names and again.meta == prepared.meta
    assert np.array_equal(again.graphs.bonds, prepared.graphs.bonds) and np.array_equal(again.values, prepared.values)
    (tmp_path / "codes.npy").unlink()
    with pytest.raises(DataError, match="no prepared graphs"):
        PreparedGraphs.load(tmp_path)


def test_unknown_sets_are_refused(tmp_path):
    with pytest.raises(DataError, match="qm9, properties"):
        find_graphs("zinc250k", tmp_path)
