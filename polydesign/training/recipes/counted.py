"""Recipes of families that count their training strings: no loop, no steps, no gradients."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from polydesign.data.corpora.corpus import CORPORA, RECOMBINED
from polydesign.data.corpora.known_chains import pack
from polydesign.data.encodings.tokens import TokenEncoding
from polydesign.training.processes import Processes
from polydesign.training.recipe import Made, Order, Recipe
from polydesign.training.run import find_rows

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Counted:
    """What counting gave: the settings, the tensors and the files of a checkpoint, and how many strings were read."""

    config: Any
    weights: Mapping[str, Tensor]
    files: Mapping[str, bytes]
    n_read: int


class CountedRecipe(Recipe):
    """A recipe of a family that counts; it reads the table of a prepared corpus.

    Attributes:
        recombined: whether it reads the chains that were made of fragments of the others, too.
    """

    flags = frozenset({"--set"})
    recombined: bool = False

    @abstractmethod
    def count(self, config: Any, chains: pd.DataFrame, seed: int) -> Counted:
        """Return the counts of chains.

        Args:
            config: of the preset.
            chains: the training side: ``psmiles``, ``group``, and ``weight``, how often a row is drawn among others.
            seed: of what is drawn.
        """

    def make(self, order: Order, processes: Processes) -> Made:
        """See `Recipe`."""
        from polydesign.chem.notation.identity import chain_hash

        config = self.preset(order)
        rows = find_rows(order.data, TokenEncoding(), processes)
        table = pd.read_parquet(rows.folder / "table.parquet", columns=["psmiles", "chain_key", "group", "split"])
        chains = table[(table["split"] == "train") & (self.recombined | (table["group"] != RECOMBINED))]
        shares, sizes = CORPORA[rows.meta["corpus"]].shares, chains["group"].value_counts()
        chains = chains.assign(weight=chains["group"].map(shares) / chains["group"].map(sizes))
        began = time.monotonic()
        counted = self.count(config, chains, order.seed)
        hashes = np.array([chain_hash(key) for key in chains["chain_key"]], dtype=np.uint32)
        return Made(
            config=counted.config,
            properties={key: rows.meta["properties"][key] for key in rows.meta["conditions"]},
            data=rows.meta["data"],
            weights=counted.weights,
            trained={
                "minutes": round((time.monotonic() - began) / 60, 2),
                "n_train": counted.n_read,
                "corpus": {
                    "corpus": rows.meta["corpus"], "n": len(table), "n_train": len(chains), "groups": sizes.to_dict(),
                },
            },
            metrics={},
            files={**counted.files, "known_chains.npy": pack(hashes)},
        )  # fmt: skip
