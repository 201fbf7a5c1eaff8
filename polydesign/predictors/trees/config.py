"""Settings of the gradient-boosted trees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from polydesign.core.properties import MOLECULE_KEYS, POLYMER_KEYS


@dataclass(frozen=True)
class TreesConfig:
    """Everything needed to rebuild the forests, apart from the trees.

    Attributes:
        keys: properties predicted.
        structure: "chain" or "molecule".
        radius: reach of the atom environments of molecules, in bonds (of chains: `features.RADIUS`).
        n_bits: length of the folded fingerprint.
        n_folds: parts of the training chains; see `network.Forests`.
        n_trees, learning_rate: number of trees, and the share of each that is added.
        n_leaves: leaves of a tree; a property with few values gets fewer, see `leaves`.
        feature_share, row_share: share of inputs and of rows that a tree sees.
    """

    keys: tuple[str, ...] = POLYMER_KEYS
    structure: Literal["chain", "molecule"] = "chain"
    radius: int = 2
    n_bits: int = 1024
    n_folds: int = 5
    n_trees: int = 240
    learning_rate: float = 0.08
    n_leaves: int = 31
    feature_share: float = 0.15
    row_share: float = 0.8

    def leaves(self, n_values: int) -> int:
        """Return the number of leaves for a property with so many training values."""
        return self.n_leaves if n_values >= 800 else max(4, self.n_leaves // 4)


PRESETS = {
    "tiny": TreesConfig(n_bits=256, n_trees=20, n_leaves=8, n_folds=2, feature_share=0.5),
    "small": TreesConfig(),
    "molecules": TreesConfig(
        keys=MOLECULE_KEYS, structure="molecule", n_bits=2048, n_trees=500, learning_rate=0.08, feature_share=0.3
    ),
    "reference": TreesConfig(n_bits=4096, n_trees=2000, learning_rate=0.02, n_leaves=63),
}
