"""Penalised logP is what its formula says, and molecules are improved within the similarity that is asked for."""

import numpy as np
import pytest
import torch

from benchmarks import penalised_logp as benchmark
from polydesign.chem.describe.descriptors import sa_score
from polydesign.chem.notation.heavy_graphs import heavy_graph
from polydesign.chem.notation.psmiles import validate_molecule
from polydesign.generators.graphaf.config import GraphAFConfig
from polydesign.generators.graphaf.network import GraphAF


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    sizes = {"max_atoms": 14, "edge_unroll": 6, "d_model": 16, "n_layers": 1, "n_heads": 2, "d_edge": 8}
    return GraphAF(GraphAFConfig(kinds=("C", "O", "N"), room=(4, 2, 3), **sizes)).eval()


def test_the_score_is_logp_less_synthesis_less_large_rings():
    from rdkit import Chem
    from rdkit.Chem import Crippen

    for text, penalty in (("c1ccccc1CO", 0), ("C1CCCCCCCC1", 3)):
        wanted = Crippen.MolLogP(Chem.MolFromSmiles(text)) - sa_score(text) - penalty
        assert benchmark.penalised_logp(text) == pytest.approx(wanted)
    assert np.isnan(benchmark.penalised_logp("C(")) and np.isnan(benchmark.penalised_logp("*CC*"))


def test_a_beginning_is_a_part_of_the_molecule(network):
    start = benchmark.beginning(network, ["OCCNC", "C1CCCCC1O"], np.random.default_rng(0))
    for row, text in enumerate(("OCCNC", "C1CCCCC1O")):
        n = int((start.kinds[row] > 0).sum())
        assert 1 <= n < len(heavy_graph(text).kinds)
        earlier = start.bonds[row, :n, :n].tril(-1) > 0
        assert earlier[1:].any(dim=1).all(), "each atom but the first has a bond with an earlier one"
    made = benchmark.build(network, 2, 0, start)
    assert all(validate_molecule(text).valid for text in made)


def test_a_higher_threshold_leaves_less_improvement(network):
    found = benchmark.improved(network, ["OCCNC", "OCC(O)CO", "NCCO"], tries=3, seed=0)
    success = [figures["success"].value for figures in found]
    assert len(found) == 4 and success == sorted(success, reverse=True) and success[0] > 0
