"""Tell new chains from those that the generator was trained on.

A checkpoint ships 32-bit hashes of its training chains, not the chains: enough to answer "known or
new", at 2 bytes a chain (data/corpora/known_chains.py), without passing on the data. With 400,000 known chains
one new one in 10,000 is taken for known; a known one is never taken for new.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from polydesign.core.errors import CheckpointError
from polydesign.data.corpora.known_chains import unpack
from polydesign.store import Checkpoint

KNOWN_CHAINS = "known_chains.npy"


def load_known_chains(checkpoint: Checkpoint) -> np.ndarray | None:
    """Return the ``(M,)`` sorted uint32 hashes of the training chains; None when the checkpoint has no list.

    A list is read once for each version of a checkpoint; the array is shared and cannot be written to.
    """
    if KNOWN_CHAINS not in checkpoint.config["files"]:
        return None
    return _read(checkpoint, checkpoint.sha256)


@lru_cache(maxsize=16)
def _read(checkpoint: Checkpoint, sha256: str) -> np.ndarray:
    """Read a list; the hash makes what is remembered expire when the checkpoint is trained anew."""
    try:
        hashes = unpack(np.load(checkpoint.path(KNOWN_CHAINS), allow_pickle=False))
    except ValueError as error:
        raise CheckpointError(
            f"Checkpoint {checkpoint.id}: {KNOWN_CHAINS} must hold the hashes of chains, but {error}. "
            f"{checkpoint.next_step}"
        ) from None
    hashes.flags.writeable = False
    return hashes


def is_known(keys: Sequence[str], known: np.ndarray) -> np.ndarray:
    """Return (N,) bool, whether each chain key is among the `known` ``(M,)`` sorted hashes."""
    from polydesign.chem.notation.identity import chain_hash

    hashes = np.array([chain_hash(key) for key in keys], dtype=np.uint32)
    if len(known) == 0 or len(hashes) == 0:
        return np.zeros(len(hashes), dtype=bool)
    place = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
    return known[place] == hashes
