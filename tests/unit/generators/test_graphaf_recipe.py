"""What GraphAF is trained on, asked for and rewarded with."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from polydesign.core.errors import TrainingError
from polydesign.core.targets import Target
from polydesign.data.encodings.heavy_graphs import HeavyGraphRows
from polydesign.generators.graphaf.config import PRESETS, GraphAFConfig
from polydesign.generators.graphaf.network import GraphAF
from polydesign.generators.graphaf.recipe import RECIPE, Aim, LargeEnough, distinct, reach
from polydesign.nn.requests import Conditions
from polydesign.training.recipe import Order

CONDITIONS = {"conditions": ("tg_exp_c",), "condition_mean": (100.0,), "condition_std": (50.0,)}


def rows():
    """A chain of three atoms and a ring of five, whose last bond reaches back four places; both to learn from."""
    bonds = [[0, 1, 1], [1, 2, 1], [0, 1, 1], [1, 2, 1], [2, 3, 1], [3, 4, 1], [0, 4, 1]]
    return HeavyGraphRows(
        folder=Path("nowhere"), meta={"condition_mean": [100.0], "condition_std": [50.0]},
        kinds=np.ones(8, np.uint8), bonds=np.array(bonds, np.uint8), atom_offsets=np.array([0, 3, 8]),
        bond_offsets=np.array([0, 2, 7]), conditions=np.full((2, 1), 150.0, np.float32), split=np.zeros(2, np.uint8),
        weight=np.ones(2, np.float32),
    )  # fmt: skip


def test_graphs_that_reach_further_back_than_it_looks_are_left_out():
    assert reach(rows()).tolist() == [1, 4]
    for unroll, atoms in ((3, {3}), (4, {3, 5})):
        network = GraphAF(replace(PRESETS["tiny"], kinds=("C",), room=(4,), edge_unroll=unroll, **CONDITIONS))
        stream = RECIPE.batches(network, rows(), Order("graphaf", "nowhere", Path("out"))).endless(0)
        seen = {int((kinds > 0).sum()) for _ in range(20) for kinds in next(stream)["kinds"]}
        assert seen == atoms


def test_an_aim_is_the_same_request_each_time():
    request = Aim(GraphAFConfig(aim="tg_exp_c=250", **CONDITIONS))(3, 4, torch.Generator())
    wanted = Conditions(*CONDITIONS.values()).requests({"tg_exp_c": Target(value=250.0)}, 4)
    assert torch.equal(request.values, wanted.values) and request.given.all()
    with pytest.raises(TrainingError, match="no property that the data have"):
        Aim(GraphAFConfig(aim="ffv_md=0.4", **CONDITIONS))


def test_small_graphs_earn_nothing():
    score = LargeEnough(lambda strings, values, given: np.ones(len(strings)), 4)
    assert score(["*CC*", "*C*", "CC(Cl)O", "[SiH2](C)C", ""], None, None).tolist() == [1, 0, 1, 0, 0]


def test_distinct_structures_are_counted_among_valid_ones():
    assert distinct(["*CC*", "*CC*", "C(*)C*", "*CO*", "C(C)(C)(C)(C)C", ""]) == pytest.approx(0.5)
    assert distinct(["C("]) == 1.0


@pytest.mark.parametrize("wrong", [{"noise": 0.0}, {"noise": 1.5}, {"edge_unroll": 0}, {"reinforce_share": 2.0},
                                   {"d_model": 30, "n_heads": 4}])  # fmt: skip
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(TrainingError):
        GraphAFConfig(**wrong)


def test_phases_are_what_the_share_says():
    assert [phase.name for phase in GraphAFConfig().phases] == ["train"]
    assert [phase.kind for phase in GraphAFConfig(reinforce_share=1.0).phases] == ["reinforce"]
    assert sum(phase.share for phase in GraphAFConfig(reinforce_share=0.3).phases) == pytest.approx(1.0)
