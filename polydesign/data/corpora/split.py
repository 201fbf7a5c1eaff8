"""Decide by a hash of the chain on which side of a split a polymer lies.

The side depends on the chain key and a salt alone: not on the order of a file, on what else is in it
or on how the repeat unit was cut. Every string of one chain is therefore on one side, in every data
set, and a polymer added later moves no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Literal

import numpy as np

Side = Literal["train", "valid", "test"]

# Shares of chains, in this order along the hash.
FRACTIONS: dict[Side, float] = {"train": 0.90, "valid": 0.05, "test": 0.05}


def position(chain_key: str, salt: str = "") -> float:
    """Return the place of a chain in [0, 1), uniform over chains and independent between salts."""
    digest = blake2b(chain_key.encode(), digest_size=8, key=blake2b(salt.encode(), digest_size=32).digest())
    return (int.from_bytes(digest.digest(), "big") >> 11) / 2**53


def split_of(chain_key: str, salt: str = "") -> Side:
    """Return the side of a chain: 90 % of chains train, 5 % validate, 5 % test.

    Another `salt` gives another split; models that are compared or combined use the same one.
    """
    place, upper = position(chain_key, salt), 0.0
    for side, share in FRACTIONS.items():
        upper += share
        if place < upper:
            return side
    return "test"  # the shares may add up to a hair under one


def fold_of(chain_key: str, n_folds: int, salt: str = "") -> int:
    """Return the fold, 0 to `n_folds` - 1, in which a chain is held out during cross-validation."""
    if n_folds < 2:
        raise ValueError(f"Cross-validation needs at least two folds; got {n_folds}.")
    return int(position(chain_key, salt) * n_folds)


def sides(chain_keys: Sequence[str], salt: str = "") -> np.ndarray:
    """Return (N,) text, the side of each chain."""
    return np.array([split_of(key, salt) for key in chain_keys], dtype="<U5")


def folds(chain_keys: Sequence[str], n_folds: int, salt: str = "") -> np.ndarray:
    """Return (N,) int64, the fold of each chain."""
    return np.array([fold_of(key, n_folds, salt) for key in chain_keys], dtype=np.int64)
