"""Describe repeat units one by one, many of them in all processors, and remember the last ones."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock
from typing import NamedTuple, TypeVar

import joblib
import numpy as np

from polydesign.chem.describe.fingerprints import features
from polydesign.chem.notation.identity import chain_key
from polydesign.core.errors import ChemistryError
from polydesign.data.corpora.split import position

T = TypeVar("T")
RADIUS = 3  # reach of the atom environments, in bonds
# Environments are folded to so many bits; shorter fingerprints are folded further from these.
FINE_BITS = 16384
MANY = 300  # polymers from which on the work is shared among processes
_CACHE = 1 << 12
_CHUNK = 50
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


def in_processes(work: Callable[[list[str]], list[T]], texts: list[str]) -> list[T]:
    """Return what `work`, a function of a module, makes of each text; of many in as many processes as processors."""
    n_processes = joblib.cpu_count()
    if len(texts) < MANY or n_processes == 1:
        return work(texts)
    chunks = [texts[start : start + _CHUNK] for start in range(0, len(texts), _CHUNK)]
    # Processes of this kind do not run the caller's main script again, which here may be a web page.
    parts = joblib.Parallel(n_jobs=n_processes, backend="loky")(joblib.delayed(work)(chunk) for chunk in chunks)
    return [found for part in parts for found in part]


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
