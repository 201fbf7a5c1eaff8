"""Tell new chains from those that the generator was trained on.

A checkpoint ships 32-bit hashes of its training chains, not the chains: enough to answer "known or
new", at 4 bytes a chain, without passing on the data. With 400,000 known chains one new one in 10,000
is taken for known; a known one is never taken for new.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from polydesign.core.errors import CheckpointError
from polydesign.store import Checkpoint

KNOWN_CHAINS = "known_chains.npy"


def load_known_chains(checkpoint: Checkpoint) -> np.ndarray | None:
    """Return the ``(M,)`` sorted uint32 hashes of the training chains; None when the checkpoint has no list."""
    if KNOWN_CHAINS not in checkpoint.config["files"]:
        return None
    hashes = np.load(checkpoint.path(KNOWN_CHAINS), allow_pickle=False)
    if hashes.dtype != np.uint32 or hashes.ndim != 1:
        raise CheckpointError(
            f"Checkpoint {checkpoint.id}: {KNOWN_CHAINS} must hold uint32 hashes in one dimension; "
            f"it holds {hashes.dtype} of shape {hashes.shape}. {checkpoint.next_step}"
        )
    return np.sort(hashes)


def is_known(keys: Sequence[str], known: np.ndarray) -> np.ndarray:
    """Return (N,) bool, whether each chain key is among the `known` ``(M,)`` sorted hashes."""
    from polydesign.chem.identity import chain_hash

    hashes = np.array([chain_hash(key) for key in keys], dtype=np.uint32)
    if len(known) == 0 or len(hashes) == 0:
        return np.zeros(len(hashes), dtype=bool)
    place = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
    return known[place] == hashes
