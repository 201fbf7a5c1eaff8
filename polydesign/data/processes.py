"""Share work on many texts among the processors."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import joblib

from polydesign.core.progress import OnProgress, Progress

T = TypeVar("T")
MANY = 300  # texts from which on the work is shared
_CHUNK = 50


def in_processes(
    work: Callable[[list[str]], list[T]], texts: list[str], on_progress: OnProgress | None = None
) -> list[T]:
    """Return what `work`, a function of a module, makes of each text; of many in as many processes as processors.

    The results stand in the order of the texts. `on_progress` is told now and then how many are done, as stage
    "describe".
    """
    n_processes = joblib.cpu_count()
    chunks = [texts[start : start + _CHUNK] for start in range(0, len(texts), _CHUNK)]
    if len(texts) < MANY or n_processes == 1:
        parts = map(work, chunks)
    else:
        # Processes of this kind do not run the caller's main script again, which here may be a web page.
        parallel = joblib.Parallel(n_jobs=n_processes, backend="loky", return_as="generator")
        parts = parallel(joblib.delayed(work)(chunk) for chunk in chunks)
    results: list[T] = []
    for part in parts:
        results += part
        if on_progress is not None:
            on_progress(Progress("describe", len(results), len(texts)))
    return results
