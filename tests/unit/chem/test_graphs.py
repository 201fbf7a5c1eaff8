"""Graphs of molecules and of closed chains."""

import numpy as np
import pytest

from polydesign.chem.describe.graphs import ATOM_COLUMNS, N_BOND_CODES, chain_graph, closed_graph, molecule_graph
from polydesign.core.errors import ChemistryError


def test_a_molecule_keeps_its_hydrogens():
    ethanol = molecule_graph("CCO")
    assert sorted(ethanol.atoms[:, 0].tolist()) == [1] * 6 + [6, 6, 8]
    assert len(ethanol.bonds) == 8 and (ethanol.codes == 0).all()
    assert (ethanol.atoms[:, 2] == 0).all()  # all hydrogens are nodes


def test_a_closed_chain_has_no_star_and_one_bond_for_the_two_that_led_to_them():
    styrene = closed_graph("*CC(*)c1ccccc1")
    assert (styrene.atoms[:, 0] == 6).all() and len(styrene.atoms) == 8 and len(styrene.bonds) == 9
    assert (styrene.codes == 7).sum() == 6  # aromatic, in a ring
    assert (styrene.atoms[:, 5] == 1).sum() == 6 and (styrene.atoms[:, 5] == 2).sum() == 2


@pytest.mark.parametrize(
    ("unit", "atoms", "bonds"),
    [("*C*", 1, [[0, 0]]), ("*CC*", 2, [[0, 1], [1, 0]]), ("*C(*)(C)C", 3, [[0, 1], [0, 2], [0, 0]])],
)
def test_short_units_become_loops_and_double_edges(unit, atoms, bonds):
    graph = closed_graph(unit)
    assert len(graph.atoms) == atoms and graph.bonds.tolist() == bonds


def test_the_closing_bond_has_the_order_of_the_cut_one():
    assert closed_graph("*=CC=*").codes.tolist() == [0, 1]
    assert closed_graph("*C=C*").codes.tolist() == [1, 0]


def test_every_way_of_writing_a_chain_gives_the_same_graph():
    graphs = [chain_graph(text) for text in ("*CCO*", "*OCC*", "*COC*", "*CCOCCO*")]
    for graph in graphs[1:]:
        assert np.array_equal(graph.atoms, graphs[0].atoms) and np.array_equal(graph.bonds, graphs[0].bonds)


def test_codes_stay_within_their_bounds():
    for graph in (
        molecule_graph("[O-][N+](=O)c1ccccc1S(=O)(=O)C#N"),
        chain_graph("*c1ccc2c(c1)C1(CCCCCCCCCC1)c1cc(*)ccc1-2"),
        chain_graph("*[Si](C)(C)O*"),
    ):
        assert (graph.atoms < np.array(list(ATOM_COLUMNS.values()))).all()
        assert (graph.codes < N_BOND_CODES).all() and graph.bonds.max() < len(graph.atoms)


@pytest.mark.parametrize("text", ["", "*C", "CCO", "*C(", "*CC(*)C*"])
def test_what_is_no_repeat_unit_is_refused(text):
    with pytest.raises(ChemistryError):
        chain_graph(text)


def test_a_repeat_unit_is_no_molecule():
    with pytest.raises(ChemistryError):
        molecule_graph("*CC*")
