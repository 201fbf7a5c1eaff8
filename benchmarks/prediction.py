"""Prediction of all properties, by guide and checker, for polymers that no cache has met."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.timing import timed
from polydesign.chem.psmiles import validate
from polydesign.core.errors import DataError
from polydesign.core.protocols import Generator
from polydesign.engine.predict import predict
from polydesign.engine.session import Session
from polydesign.evaluation.result import Row
from polydesign.evaluation.statistics import Figure


def measure(session: Session, polymers: Sequence[str]) -> list[Row]:
    """Predict each half of `polymers` once with loaded models; return the rows.

    The first half also starts the processes that share the work, which go on for some minutes.
    """
    predict(["*CC*"], session=session)  # loads the models
    n = len(polymers) // 2
    first, _ = timed(predict, list(polymers[:n]), session=session)
    seconds, _ = timed(predict, list(polymers[n : 2 * n]), session=session)
    return [
        Row(f"{n:,} polymers predicted with all properties by guide and checker, s", {"ours": Figure(seconds, n)}),
        Row(f"the first {n:,} in a process, s", {"ours": Figure(first, n)}),
        Row("prediction, polymers a second", {"ours": Figure(n / seconds, n)}),
    ]


def distinct_polymers(generator: Generator, n: int, seed: int) -> list[str]:
    """Return `n` distinct valid p-SMILES; validating them fills none of the caches that prediction uses.

    Raises `DataError` when 20 n samples hold fewer.
    """
    found: dict[str, None] = {}
    for turn in range(20):
        for text in generator.sample({}, n, seed=seed + turn):
            verdict = validate(text)
            if verdict.psmiles is not None:
                found.setdefault(verdict.psmiles)
        if len(found) >= n:
            return list(found)[:n]
    raise DataError(f"Only {len(found)} distinct valid polymers in {20 * n} samples; {n} are needed.")
