"""What batches hold, by name: of NumPy arrays where they are made, of torch tensors where they are learnt from."""

from __future__ import annotations

from typing import Generic, TypedDict, TypeVar

Array = TypeVar("Array")


class TokenBatch(TypedDict, Generic[Array]):
    """B strings and their C conditions.

    Attributes:
        tokens: (B, T) int64 from <start> to <end>, padded.
        values: (B, C) float32 standardised, 0 where unknown.
        given: (B, C) bool, where known.
    """

    tokens: Array
    values: Array
    given: Array
