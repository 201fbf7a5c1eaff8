"""How GraphAF is trained: on graphs in breadth-first order, bonds of which reach back no further than it looks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np

from polydesign.data.encodings.encoding import PreparedRows
from polydesign.data.encodings.heavy_graphs import HeavyGraphEncoding, HeavyGraphRows
from polydesign.data.encodings.stream import Batches, Stream
from polydesign.training.recipe import Order
from polydesign.training.recipes.loop import LoopRecipe

_LEFT_OUT = 255  # no split's number


class GraphAFRecipe(LoopRecipe):
    """Batches are cut by atoms."""

    encoding = HeavyGraphEncoding(order="breadth")
    size = "batch_atoms"

    def batches(self, network: Any, rows: PreparedRows, order: Order) -> Batches:
        """See `LoopRecipe`; graphs with a bond that reaches further back than `edge_unroll` are left out."""
        graphs = cast(HeavyGraphRows, rows)  # as the encoding says
        far = reach(graphs) > network.config.edge_unroll
        return Stream(
            replace(graphs, split=np.where(far, _LEFT_OUT, graphs.split)),
            network.config.batch_atoms,
            network.max_tokens,
        )


def reach(graphs: HeavyGraphRows) -> np.ndarray:
    """Return how far back in the order of atoms the bonds of each of N graphs reach, (N,)."""
    far = np.zeros(len(graphs), dtype=np.int64)
    graph = np.repeat(np.arange(len(graphs)), np.diff(graphs.bond_offsets))
    np.maximum.at(far, graph, graphs.bonds[:, 1].astype(np.int64) - graphs.bonds[:, 0])
    return far


RECIPE = GraphAFRecipe("graphaf")
