"""Frechet ChemNet distance, with the network and weights of the `fcd` package (an optional requirement).

Preuer et al., J. Chem. Inf. Model. 58, 1736, 2018. ChemNet saw drug-like molecules: the distance ranks
models on one reference set and means nothing across sets. It is computed on canonical p-SMILES with
their attachment points; ChemNet has no letter for `*` and reads it as its unknown token, in both sets alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np

from polydesign.evaluation.statistics import Figure

# Fewer samples than this give a distance dominated by the noise of the covariance.
MIN_SAMPLES = 10_000
MISSING = "not computed: the optional package fcd is not installed (pip install -r benchmarks/requirements.txt)"
TOO_FEW = f"not computed: it needs at least {MIN_SAMPLES:,} generations"


def available() -> bool:
    """Say whether the `fcd` package, which carries ChemNet's weights, is installed."""
    return find_spec("fcd") is not None


@dataclass(frozen=True)
class Moments:
    """Mean ``(d,)`` and covariance ``(d, d)`` of N rows, float64."""

    n: int
    mean: np.ndarray
    covariance: np.ndarray

    @classmethod
    def of(cls, rows: np.ndarray) -> Moments:
        """Return those of (N, d) rows."""
        rows = np.asarray(rows, dtype=np.float64)
        return cls(len(rows), rows.mean(axis=0), np.atleast_2d(np.cov(rows, rowvar=False)))


def chemnet_moments(smiles: Sequence[str]) -> Moments | None:
    """Return the moments of ChemNet's answers to canonical SMILES; None for fewer than two.

    Raises ImportError when `fcd` is not installed (see `available`).
    """
    import fcd

    if len(smiles) < 2:
        return None
    # ChemNet was trained on 350 positions, end mark included: a longer string would change the padding of all.
    texts = [text for text in smiles if len(text) < 350]
    return Moments.of(fcd.get_predictions(fcd.load_ref_model(), texts, n_jobs=0, device="cpu"))


def frechet_chemnet_distance(psmiles: Sequence[str], reference: Sequence[str] | Moments) -> Figure:
    """Return the distance between a set of canonical p-SMILES and a reference; NaN when one has fewer than two.

    Raises ImportError when `fcd` is not installed (see `available`).
    """
    ours = chemnet_moments(psmiles)
    theirs = reference if isinstance(reference, Moments) else chemnet_moments(reference)
    if ours is None or theirs is None:
        return Figure(float("nan"), len(psmiles))
    return Figure(distance_of_moments(ours, theirs), ours.n)


def frechet_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Return the distance between (N, d) and (M, d) rows; see `distance_of_moments`."""
    return distance_of_moments(Moments.of(first), Moments.of(second))


def distance_of_moments(first: Moments, second: Moments) -> float:
    """Return |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)).

    The trace of the root is the sum of the roots of the eigenvalues of S1^(1/2) S2 S1^(1/2), which is
    symmetric: no complex parts and no offset are needed when a covariance is singular.
    """
    values, vectors = np.linalg.eigh(first.covariance)
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    product = np.linalg.eigvalsh(root @ second.covariance @ root)
    overlap = np.sqrt(np.clip(product, 0, None)).sum()
    shift = first.mean - second.mean
    return float(shift @ shift + np.trace(first.covariance) + np.trace(second.covariance) - 2 * overlap)
