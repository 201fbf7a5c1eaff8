"""The best compromises between two or three properties, and a new run that keeps some of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from polydesign.core.results import DesignResult


def non_dominated(values: np.ndarray, signs: Sequence[int]) -> np.ndarray:
    """Return (N,) bool: no other row is at least as good in all K columns and better in one.

    Args:
        values: (N, K); a row with a NaN is never among the best, and dominates nobody.
        signs: +1 for a column whose large values are good, -1 for one whose small values are.
    """
    good = values * np.asarray(signs, dtype=float)
    best = np.zeros(len(good), dtype=bool)
    known = np.flatnonzero(np.isfinite(good).all(axis=1))
    # From the largest first value down, ties by the next ones: nothing that follows dominates what came before.
    order = known[np.lexsort(-good[known].T[::-1])]
    for row in order:
        front = good[best]
        best[row] = not (np.all(front >= good[row], axis=1) & np.any(front > good[row], axis=1)).any()
    return best


def keeping(result: DesignResult, earlier: DesignResult, locked: Collection[str]) -> DesignResult:
    """Return `result` with the candidates of `earlier` whose chain keys are `locked` ahead of its own.

    The number of candidates stays as asked for, unless more are locked; the warnings and the manifest say
    what was kept.
    """
    kept = [candidate for candidate in earlier.candidates if candidate.chain_key in locked]
    fresh = [candidate for candidate in result.candidates if candidate.chain_key not in locked]
    candidates = [*kept, *fresh[: max(result.request.n - len(kept), 0)]]
    if not kept:
        return result
    seed = earlier.request.seed
    return replace(
        result,
        candidates=candidates,
        counts={**result.counts, "kept": len(candidates)},
        manifest={**result.manifest, "locked": [candidate.psmiles for candidate in kept]},
        warnings=[*result.warnings, f"{len(kept)} locked candidates were kept from the run with seed {seed}."],
    )
