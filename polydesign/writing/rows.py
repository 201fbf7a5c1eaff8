"""Rows of token ids as networks read them: from start to end, padded to one length."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from polydesign.data.encodings.tokenizer import END_ID, PAD_ID, START_ID


def framed(ids: Sequence[int]) -> list[int]:
    """Return the token ids of a string between those of start and end."""
    return [START_ID, *ids, END_ID]


def padded(rows: Sequence[Sequence[int]]) -> Tensor:
    """Return B rows of token ids as a ``(B, T)`` tensor, padded to the longest."""
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[PAD_ID] * (longest - len(row))] for row in rows])
