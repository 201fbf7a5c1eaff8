"""Graphs of heavy atoms: what is read comes back, in either order; what a graph cannot say is refused."""

import pytest
from rdkit import Chem

from polydesign.chem.notation.heavy_graphs import heavy_graph, used, written
from polydesign.core.errors import ChemistryError

UNITS = [
    "*CC*", "*CC(*)c1ccccc1", "*Oc1ccc(C(=O)c2ccc(*)cc2)cc1", "*c1ccc(*)[nH]1", "*c1ccc(*)s1", "*[Si](C)(C)O*",
    "*CC(*)[N+](=O)[O-]", "*S(=O)(=O)c1ccc(*)cc1", "*N=P(*)(Cl)Cl", "*CC(*)C(=O)[O-]", "*C[N+](C)(C)C*", "*C#C*",
    "*=C(C)C=*", "*C(*)=O", "*Cn1c(=O)n(*)c2ccccc21", "*C(F)(F)C(*)(F)F", "*OB(O)O*",
]  # fmt: skip


@pytest.mark.parametrize("order", ["canonical", "breadth"])
@pytest.mark.parametrize("psmiles", UNITS)
def test_what_is_read_comes_back(psmiles: str, order: str) -> None:
    graph = heavy_graph(psmiles, order)
    assert Chem.CanonSmiles(written(graph.kinds, graph.bonds)) == Chem.CanonSmiles(psmiles)


@pytest.mark.parametrize("psmiles", UNITS)
def test_breadth_first_begins_at_a_star_and_every_atom_is_bonded_to_an_earlier_one(psmiles: str) -> None:
    graph = heavy_graph(psmiles, "breadth")
    assert graph.kinds[0] == "*"
    assert {j for _, j, _ in graph.bonds} == set(range(1, len(graph.kinds)))
    first = [min(i for i, j, _ in graph.bonds if j == atom) for atom in range(1, len(graph.kinds))]
    assert first == sorted(first)  # parents come in the order of their children


@pytest.mark.parametrize("order", ["canonical", "breadth"])
def test_the_graph_does_not_depend_on_how_the_unit_is_written(order: str) -> None:
    mol = Chem.MolFromSmiles("*Oc1ccc(C(=O)c2ccc(*)cc2)cc1")
    graphs = {heavy_graph(Chem.MolToSmiles(mol, doRandom=True), order) for _ in range(20)}
    sums = {tuple(sorted(zip(graph.kinds, used(graph), strict=True))) for graph in graphs}
    assert len(sums) == 1  # alternating bonds may fall either way, the sums may not
    assert len({graph.kinds for graph in graphs}) == 1


def test_stereo_marks_are_dropped() -> None:
    assert heavy_graph("*[C@H](C)C(=O)O*").bonds == heavy_graph("*C(C)C(=O)O*").bonds


@pytest.mark.parametrize(
    ("psmiles", "reason"),
    [("*C[CH]*", "unpaired"), ("*[13CH2]C*", "isotope"), ("*C[SiH3-]*", "hydrogens"), ("*C(", "SMILES")],
)
def test_what_a_graph_cannot_say_is_refused(psmiles: str, reason: str) -> None:
    with pytest.raises(ChemistryError, match=reason):
        heavy_graph(psmiles)


def test_graphs_that_break_rules_are_written_as_they_are() -> None:
    crowded = written(["C"] * 6, [(0, i, 1) for i in range(1, 6)])
    assert Chem.MolFromSmiles(crowded) is None
    assert Chem.MolFromSmiles(crowded, sanitize=False).GetNumAtoms() == 6
    assert written(["C", "C"], []) == "C.C"
    assert written([], []) == ""
