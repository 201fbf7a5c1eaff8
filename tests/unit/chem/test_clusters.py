"""Units as trees of clusters: taken apart and put together they are the same, however they are written."""

import numpy as np
import pytest
from rdkit import Chem

from polydesign.chem.clusters.assembly import Assembly
from polydesign.chem.clusters.cluster import Cluster, Step, canonical_form
from polydesign.chem.clusters.tree import steps_of, unit_graph
from polydesign.chem.clusters.vocabulary import Clusters
from polydesign.chem.notation.heavy_graphs import HeavyGraph, used, written
from polydesign.chem.notation.psmiles import validate
from polydesign.core.errors import ChemistryError

RINGS = {
    "*CC(*)c1ccccc1": [6],
    "*c1ccc2cc(*)ccc2c1": [6, 6],  # naphthalene: two that share a bond
    "*c1cc2ccc3cccc4ccc(c1*)c2c34": [16],  # pyrene: rings that close a circle are one
    "*C1CC2CC1CC2*": [7],  # norbornane: bridged rings are one
    "*C1CCC2(CC1)CCC(*)CC2": [6, 6],  # spiro: two that share an atom
    "*C12CCCCC1(*)CCCC2": [6, 6],  # decalin, substituted at the atoms that are shared
    "*C12CC3CC(CC(*)(C3)C1)C2": [10],  # adamantane
    "*C12C3C4C1C5C2C3C45*": [8],  # cubane
    "*N1C(=O)c2cccc3c2c(ccc3*)C1=O": [13],  # naphthalene with a ring across: three around one atom
    "*N1C(=O)c2ccc(*)cc2C1=O": [5, 6],
    "*c1ccc2c(c1)C(C)(C)c1cc(*)ccc1-2": [5, 6, 6],  # fluorene
    "*C1CC1C1(CC1)*": [3, 3],
}
UNITS = [
    *RINGS, "*CC*", "*C*", "*C(*)=O", "*C#C*", "*=CC=*", "*=C(C)C=*", "*[Si](C)(C)O*", "*CC(*)[N+](=O)[O-]",
    "*S(=O)(=O)c1ccc(*)cc1", "*N=P(*)(Cl)Cl", "*C[N+](C)(C)C*", "*C(F)(F)C(*)(F)F", "*c1ccc(*)[nH]1",
    "*Oc1ccc(C(=O)c2ccc(Oc3ccc(*)cc3)cc2)cc1", "*CC(*)(C)C(=O)OCCn1c2ccccc2c2ccccc21", "*c1nc2cc3nc(*)oc3cc2o1",
    "*C1C2CCC(C2)C1C=C*", "*OC1COC2C1OCC2*", "*c1cc2sc(*)cc2s1", "*Nc1ccc(N=Nc2ccc(*)cc2)cc1",
]  # fmt: skip


def assembled(steps: list[Step], clusters: Clusters) -> Assembly:
    unit = Assembly(clusters)
    for step in steps:
        unit.follow(step)
    return unit


def known_by(units: list[str]) -> Clusters:
    """The vocabulary of some units."""
    graphs = [unit_graph(text) for text in units]
    room: dict[str, int] = {}
    for graph in graphs:
        for kind, n in zip(graph.kinds, used(graph), strict=True):
            room[kind] = max(room.get(kind, 0), n)
    return Clusters(list(dict.fromkeys(step.cluster for graph in graphs for step in steps_of(graph))), room)


@pytest.fixture(scope="module")
def clusters() -> Clusters:
    return known_by(UNITS)


@pytest.mark.parametrize("psmiles", UNITS)
def test_taken_apart_and_put_together_it_is_the_same_unit(psmiles: str, clusters: Clusters) -> None:
    unit = assembled(steps_of(unit_graph(psmiles)), clusters)
    assert unit.done and min(unit.free) >= 0
    assert Chem.CanonSmiles(written(unit.kinds, unit.bonds)) == Chem.CanonSmiles(psmiles)


@pytest.mark.parametrize("psmiles", UNITS)
def test_steps_do_not_depend_on_how_the_unit_is_written(psmiles: str) -> None:
    mol = Chem.MolFromSmiles(psmiles)
    spellings = {Chem.MolToSmiles(mol, doRandom=True) for _ in range(12)}
    assert len({tuple(steps_of(unit_graph(text))) for text in spellings}) == 1


@pytest.mark.parametrize(("psmiles", "sizes"), RINGS.items())
def test_rings_are_clusters_and_those_that_hang_together_closely_are_one(psmiles: str, sizes: list[int]) -> None:
    rings = [step.cluster for step in steps_of(unit_graph(psmiles)) if not step.cluster.order]
    assert sorted(len(ring.kinds) for ring in rings) == sizes


@pytest.mark.parametrize("psmiles", UNITS)
def test_the_walk_begins_at_one_attachment_point_and_ends_with_the_other(psmiles: str) -> None:
    steps = steps_of(unit_graph(psmiles))
    assert [step.cluster.kinds[0] == "*" for step in steps] == [False] * (len(steps) - 1) + [True]
    assert all(step.parent < number for number, step in enumerate(steps, 1)) and steps[0].parent == 0
    assert [step.parent for step in steps].count(0) == 1  # an attachment point has one bond
    assert steps[0].cluster.order == steps[-1].cluster.order > 0


def test_side_groups_come_before_the_chain_and_small_ones_first() -> None:
    texts = [step.cluster.text for step in steps_of(unit_graph("*CC(Cl)(CO)C*"))]
    assert texts == ["-C", "-C", "-Cl", "-C", "-O", "-C", "-*"]


def test_stereo_marks_are_dropped() -> None:
    assert steps_of(unit_graph("*C/C=C/C*")) == steps_of(unit_graph("*CC=CC*"))


@pytest.mark.parametrize("smiles", ["CCO", "*CC", "*CC(*)C*", "*CC*.O", "*C("])
def test_what_is_no_repeat_unit_is_refused(smiles: str) -> None:
    with pytest.raises(ChemistryError):
        unit_graph(smiles)
    with pytest.raises(ChemistryError, match="two attachment points"):
        steps_of(HeavyGraph(("*", "C", "*"), ((0, 1, 1), (1, 2, 1), (0, 2, 1))))


@pytest.mark.parametrize(
    ("smiles", "symmetries"), [("C1CCCCC1", 12), ("C1=CC=CC=C1", 6), ("C1CO1", 2), ("C12C3C4C1C5C2C3C45", 48)]
)
def test_the_canonical_form_does_not_depend_on_the_order_of_atoms(smiles: str, symmetries: int) -> None:
    mol = Chem.MolFromSmiles(smiles, sanitize=False)
    kinds = [atom.GetSymbol() for atom in mol.GetAtoms()]
    bonds = [(b.GetBeginAtomIdx(), b.GetEndAtomIdx(), int(b.GetBondTypeAsDouble())) for b in mol.GetBonds()]
    forms = set()
    for seed in range(10):
        place = np.random.default_rng(seed).permutation(len(kinds)).tolist()
        moved = sorted((*sorted((place[i], place[j])), order) for i, j, order in bonds)
        form, orders = canonical_form(tuple(kinds[place.index(i)] for i in range(len(kinds))), tuple(moved))
        forms.add(form)
        assert len(set(orders)) == len(orders) == symmetries
    assert len(forms) == 1


def test_glues_that_are_alike_by_symmetry_are_offered_once() -> None:
    def ring(smiles: str) -> Cluster:
        mol = Chem.MolFromSmiles(smiles, sanitize=False)
        bonds = tuple((b.GetBeginAtomIdx(), b.GetEndAtomIdx(), int(b.GetBondTypeAsDouble())) for b in mol.GetBonds())
        return canonical_form(tuple(atom.GetSymbol() for atom in mol.GetAtoms()), bonds)[0]

    assert len(ring("C1CCCCC1").distinct) == 2  # an atom, a bond
    assert len(ring("C1=CC=CC=C1").distinct) == 3  # an atom, a single and a double bond
    assert (
        len(ring("C1=CC=CN1").distinct) == 3 + 5
    )  # atoms; bonds that lie on the mirror once, others in two directions


def test_a_cluster_is_made_again_from_its_text(clusters: Clusters) -> None:
    assert all(Cluster.read(cluster.text) == cluster for cluster in clusters.clusters)
    assert Cluster.read("-N+") == Cluster(("N+",), (), 1)
    for text in ("", "C C", "C 0-1", "C C 0~1", "0-1"):
        with pytest.raises(ChemistryError, match="not a cluster"):
            Cluster.read(text)


def test_what_the_vocabulary_lacks_is_refused(clusters: Clusters) -> None:
    with pytest.raises(ChemistryError, match="not a cluster of the vocabulary"):
        assembled(steps_of(unit_graph("*C1CCCCCCCC1*")), clusters)
    poor = Clusters(clusters.clusters, {**clusters.room, "C": 3})
    with pytest.raises(ChemistryError, match="more bonds than any"):
        assembled(steps_of(unit_graph("*CC(C)(C)C*")), poor)


@pytest.mark.parametrize("seed", range(8))
def test_whatever_is_chosen_among_what_fits_the_unit_is_valid(seed: int, clusters: Clusters) -> None:
    rng = np.random.default_rng(seed)

    def pick(fits: np.ndarray) -> int:
        assert fits.any(), "something always fits"
        return int(rng.choice(np.flatnonzero(fits)))

    for _ in range(40):
        unit, most = Assembly(clusters), int(rng.integers(1, 25))
        while not unit.done:
            end = unit.order > 0 and len(unit.placed) > most
            unit.leave(pick(unit.levels(end=end)))
            site = pick(unit.sites(end=end))
            number = pick(unit.fitting(site, end=end))
            unit.add(site, number, pick(unit.glues(site, number)))
        assert len(unit.placed) <= most + 3 and min(unit.free) >= 0
        verdict = validate(written(unit.kinds, unit.bonds))
        assert verdict.valid, verdict.reason
