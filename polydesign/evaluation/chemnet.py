"""Frechet ChemNet distance, with the network and weights of the `fcd` package (an optional requirement).

Preuer et al., J. Chem. Inf. Model. 58, 1736, 2018. ChemNet saw drug-like molecules: the distance ranks
models on one reference set and means nothing across sets. It is computed on canonical p-SMILES with
their attachment points; ChemNet has no letter for `*` and reads it as its unknown token, in both sets alike.
"""

from __future__ import annotations

from collections.abc import Sequence
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


def frechet_chemnet_distance(psmiles: Sequence[str], reference: Sequence[str]) -> Figure:
    """Return the distance between two sets of canonical p-SMILES; NaN when one has fewer than two.

    Raises ImportError when `fcd` is not installed (see `available`).
    """
    import fcd

    if min(len(psmiles), len(reference)) < 2:
        return Figure(float("nan"), len(psmiles))
    network = fcd.load_ref_model()
    # ChemNet was trained on 350 positions, end mark included: a longer string would change the padding of all.
    activations = [
        fcd.get_predictions(network, [text for text in texts if len(text) < 350], n_jobs=0, device="cpu")
        for texts in (psmiles, reference)
    ]
    return Figure(frechet_distance(*activations), len(activations[0]))


def frechet_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Return |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)) for the moments of (N, d) and (M, d) rows.

    The trace of the root is the sum of the roots of the eigenvalues of S1^(1/2) S2 S1^(1/2), which is
    symmetric: no complex parts and no offset are needed when a covariance is singular.
    """
    first, second = (np.asarray(rows, dtype=np.float64) for rows in (first, second))
    covariances = [np.atleast_2d(np.cov(rows, rowvar=False)) for rows in (first, second)]
    values, vectors = np.linalg.eigh(covariances[0])
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    product = np.linalg.eigvalsh(root @ covariances[1] @ root)
    overlap = np.sqrt(np.clip(product, 0, None)).sum()
    shift = first.mean(axis=0) - second.mean(axis=0)
    return float(shift @ shift + np.trace(covariances[0]) + np.trace(covariances[1]) - 2 * overlap)
