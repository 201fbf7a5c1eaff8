"""Who learns from what: guide and checker have to be strangers to each other, and the test side to both.

Which chains teach which model is decided by hashes of the chain key:

- test chains (5 %) teach no model, for any property; all figures marked test are of them;
- of the others, a property known for at least `MANY` polymers is taught to the guide by two thirds and to the checker
  by the rest, which share no chain; dividing a smaller property would cost too much, so both models learn it from all
  of them, and the checker predicts every chain by the part of itself that has not seen it.

Molecules are divided by the hash of the molecule key, into four sides:

    [0, 0.70)     taught to the graph network, the guide of the molecule task
    [0.70, 0.80)  the graph network's valid side: watched by it, and used by no other
    [0.80, 0.95)  taught to the trees that check it; test molecules of the graph network
    [0.95, 1)     test molecules of both, and of the generators: teach nobody anything
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from polydesign.data.corpora.split import position, sides

MANY = 1000
"""Polymers from which on a property is divided between guide and checker."""
GUIDE_SHARE = 2 / 3
_HALF = "guide or checker"  # salt of the division of the train chains
_MOLECULES_TRAIN, _MOLECULES_VALID, _MOLECULES_CHECKER = 0.70, 0.80, 0.95


def which_teach(
    chain_keys: Sequence[str], values: np.ndarray, role: Literal["guide", "checker"]
) -> tuple[np.ndarray, np.ndarray]:
    """Return (N, K) flags of the values that teach the model of a role, (K,) of the properties that are divided.

    Args:
        chain_keys: (N,) names of the chains.
        values: (N, K), NaN where unknown.
        role: "guide" or "checker".
    """
    guided = np.array([position(key, _HALF) < GUIDE_SHARE for key in chain_keys])
    many = np.asarray(np.isfinite(values).sum(axis=0) >= MANY)
    own = guided if role == "guide" else ~guided
    teaching = (sides(chain_keys) != "test") if len(chain_keys) else np.zeros(0, dtype=bool)
    return np.isfinite(values) & teaching[:, None] & (own[:, None] | ~many), many


def molecule_sides(keys: Sequence[str]) -> np.ndarray:
    """Return (N,) text, the side of each molecule for its graph network: "train", "valid" or "test"."""
    place = np.array([position(key) for key in keys])
    return np.select([place < _MOLECULES_TRAIN, place < _MOLECULES_VALID], ["train", "valid"], "test")


def molecules_of_checker(keys: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the indices of the molecules that teach the trees, and of those that teach nobody."""
    place = np.array([position(key) for key in keys])
    taught = (place >= _MOLECULES_VALID) & (place < _MOLECULES_CHECKER)
    return np.flatnonzero(taught), np.flatnonzero(place >= _MOLECULES_CHECKER)
