"""Describe repeat units one by one, many of them in all processors, and remember the last ones."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import NamedTuple

import numpy as np

from polydesign.chem.describe.fingerprints import features
from polydesign.chem.notation.identity import chain_key
from polydesign.core.errors import ChemistryError
from polydesign.data.corpora.split import position
from polydesign.data.processes import in_processes

RADIUS = 3  # reach of the atom environments, in bonds
# Environments are folded to so many bits; shorter fingerprints are folded further from these.
FINE_BITS = 16384
_CACHE = 1 << 12
_FOLD = "out of fold"  # salt of the parts among the training chains


class Described(NamedTuple):
    """One repeat unit.

    Attributes:
        bits, counts: (B,) uint16 environments that are there, and (B,) uint8 how often.
        quick: (M,) float32 quick descriptors.
        place: in [0, 1), a hash of the chain.
    """

    bits: np.ndarray
    counts: np.ndarray
    quick: np.ndarray
    place: float


# Guide and checker are asked about the same polymers one after the other.
_cache: OrderedDict[str, Described | None] = OrderedDict()
_lock = Lock()


def described(psmiles: Sequence[str]) -> list[Described | None]:
    """Return what is known of each of `psmiles`, None where it is no valid repeat unit; never raises."""
    with _lock:
        known = {text: _cache[text] for text in psmiles if text in _cache}
    new = [text for text in dict.fromkeys(psmiles) if text not in known]
    known |= zip(new, in_processes(_describe, new), strict=True)
    with _lock:
        for text in new:
            _cache[text] = known[text]
        while len(_cache) > _CACHE:
            _cache.popitem(last=False)
    return [known[text] for text in psmiles]


def _describe(psmiles: list[str]) -> list[Described | None]:
    return [_describe_one(text) for text in psmiles]


def _describe_one(psmiles: str) -> Described | None:
    try:
        counts, quick = features(psmiles, radius=RADIUS, n_bits=FINE_BITS)
        place = position(chain_key(psmiles), _FOLD)
    except ChemistryError:
        return None
    bits = np.flatnonzero(counts).astype(np.uint16)
    return Described(bits, counts[bits], quick, place)
