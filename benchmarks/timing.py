"""Time calls and sum up repeated measurements."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import ParamSpec, TypeVar

import numpy as np

from polydesign.evaluation.statistics import Figure

T = TypeVar("T")
P = ParamSpec("P")


def timed(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> tuple[float, T]:
    """Return the seconds that `call(*args, **kwargs)` took, and what it returned."""
    began = time.perf_counter()
    result = call(*args, **kwargs)
    return time.perf_counter() - began, result


def repeated(values: Sequence[float]) -> Figure:
    """Return the median of repeated measurements, with the smallest and the largest as its range."""
    return Figure(float(np.median(values)), len(values), float(min(values)), float(max(values)))
