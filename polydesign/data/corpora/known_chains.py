"""The list of training chains that a checkpoint ships: sorted 32-bit hashes, written as the gaps between them.

Of some hundred thousand hashes the gaps are small: two bytes hold nearly all of them, which halves the file. A gap of
65,535 or more is written as that number, once for each time it holds it, and the remainder.
"""

from __future__ import annotations

from io import BytesIO

import numpy as np

_MORE = 2**16 - 1


def pack(hashes: np.ndarray) -> bytes:
    """Return (M,) uint32 hashes, in any order, as the content of a .npy file."""
    whole, rest = np.divmod(np.diff(np.unique(hashes).astype(np.int64), prepend=0), _MORE)
    gaps = np.full(len(rest) + int(whole.sum()), _MORE, dtype=np.uint16)
    gaps[np.arange(len(rest)) + whole.cumsum()] = rest
    buffer = BytesIO()
    np.save(buffer, gaps)
    return buffer.getvalue()


def unpack(content: np.ndarray) -> np.ndarray:
    """Return the (M,) sorted uint32 hashes of a list: of gaps (uint16), or of plain hashes (uint32) as once written.

    Raises `ValueError` for an array of another kind.
    """
    if content.ndim != 1 or content.dtype not in (np.uint16, np.uint32):
        raise ValueError(f"it holds {content.dtype} of shape {content.shape}")
    if content.dtype == np.uint32:
        return np.sort(content)
    return content.cumsum(dtype=np.uint64)[content != _MORE].astype(np.uint32)
