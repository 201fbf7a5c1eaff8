"""Fingerprints of a whole training corpus, which is too large to hold as numbers and too slow to read twice.

A bit is kept as a bit: 128 bytes a chain. The file beside the prepared table is made at the first time that it is
asked for; its name tells which chains it is of, so that one of another table is no longer found.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from polydesign.data.processes import in_processes
from polydesign.evaluation.distribution import fingerprint_bits, molecule_bits, nearest_similarity

_BLOCK = 8192  # chains compared at a time


def packed_bits(psmiles: Sequence[str]) -> np.ndarray:
    """Return (M, 128) uint8: the bits of `distribution.fingerprint_bits`, eight a byte."""
    return _joined(in_processes(_packed, list(psmiles)))


@lru_cache(maxsize=1)
def _packed_molecules(smiles: tuple[str, ...]) -> np.ndarray:
    return _joined(in_processes(_packed_of_molecules, list(smiles)))


def packed_molecules(smiles: Sequence[str]) -> np.ndarray:
    """Return (M, 128) uint8: the bits of `distribution.molecule_bits`, eight a byte; the last set asked for is kept."""
    return _packed_molecules(tuple(smiles))


def kept_bits(psmiles: Sequence[str], folder: Path) -> np.ndarray:
    """Return `packed_bits` of the chains of a prepared folder, from a file there or to be kept in one.

    A folder that cannot be written to is left as it is.
    """
    digest = hashlib.sha256("\n".join(psmiles).encode()).hexdigest()[:16]
    path = folder / f"fingerprints-{digest}.npy"
    if path.is_file():
        return np.load(path, mmap_mode="r", allow_pickle=False)
    packed = packed_bits(psmiles)
    try:
        np.save(path, packed)
    except OSError:  # another time they are made anew
        path.unlink(missing_ok=True)
    return packed


def nearest_of_packed(bits: np.ndarray, library: np.ndarray) -> np.ndarray:
    """Return (N,) Tanimoto similarity of each row of (N, 1024) bits to its nearest of (M, 128) packed; NaN for none."""
    best = np.full(len(bits), np.nan, dtype=np.float32)
    for start in range(0, len(library), _BLOCK):
        block = np.unpackbits(np.asarray(library[start : start + _BLOCK]), axis=1).astype(np.float32)
        best = np.fmax(best, nearest_similarity(bits, block))
    return best


def _joined(rows: list[bytes]) -> np.ndarray:
    return np.frombuffer(b"".join(rows), dtype=np.uint8).reshape(len(rows), -1)


def _packed_of_molecules(smiles: list[str]) -> list[bytes]:
    return [row.tobytes() for row in np.packbits(molecule_bits(smiles).astype(bool), axis=1)]


def _packed(psmiles: list[str]) -> list[bytes]:
    return [row.tobytes() for row in np.packbits(fingerprint_bits(psmiles).astype(bool), axis=1)]
