"""Time calls and sum up repeated measurements."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from polydesign.evaluation.statistics import Figure

T = TypeVar("T")


def timed(call: Callable[[], T]) -> tuple[float, T]:
    """Return the seconds that `call` took, and what it returned."""
    began = time.perf_counter()
    result = call()
    return time.perf_counter() - began, result


def repeated(values: Sequence[float]) -> Figure:
    """Return the median of repeated measurements, with the smallest and the largest as its range."""
    return Figure(float(np.median(values)), len(values), float(min(values)), float(max(values)))
