"""Make the rows of our own library: sample, screen, predict."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from polydesign.core import registry
from polydesign.core.errors import DataError
from polydesign.core.progress import OnProgress, ShouldStop
from polydesign.core.request import DesignRequest, Filters
from polydesign.engine.design.run import design
from polydesign.engine.session import Session

# Metals that are bonded in a string are salts or complexes written wrongly, more often than not.
WITHOUT = ("Li", "Na", "K", "Ca", "Fe", "Co", "Ni", "Zn", "As", "Cd", "Te", "Hg", "Pb")


def generate(
    checkpoint: str,
    n: int,
    seed: int,
    *,
    session: Session | None = None,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return `n` new polymers as the columns of `polydesign.data.corpora.library`, and what made them.

    Raises `DataError` when the generator has no list of its training chains, so that nobody can say what is
    new, or when fewer than `n` came through; `Stopped`.
    """
    session = session or Session()
    generator = session.checkpoint(checkpoint)
    if session.known_chains(generator) is None:
        raise DataError(
            f"{generator.id} has no list of its training chains: what is new cannot be told. Choose another."
        )
    spec = registry.specs("generators")[generator.family]
    options = {"constrained": True} if any(option.name == "constrained" for option in spec.options) else {}
    filters = Filters(exclude_elements=WITHOUT)
    request = DesignRequest(generator.id, n=n, seed=seed, options=options, filters=filters)
    result = design(request, session=session, on_progress=on_progress, should_stop=should_stop)
    if len(result.candidates) < n:
        raise DataError(f"Only {len(result.candidates):,} of {n:,} polymers came through: {'; '.join(result.warnings)}")
    guide = session.role("guide")
    rows = [
        {
            "psmiles": candidate.psmiles,
            "sa_score": candidate.sa_score,
            "in_domain": float(np.mean([value.in_domain for value in candidate.predictions.values()])),
            **{key: value.mean for key, value in candidate.predictions.items()},
        }
        for candidate in result.candidates
    ]
    origin = {
        "generator": generator.id,
        "generator_sha256": generator.sha256,
        "guide": guide.id,
        "guide_sha256": guide.sha256,
        "seed": seed,
        "n": n,
        "generated": result.counts["generated"],
        "options": options,
        "without": list(WITHOUT),
        "date": datetime.now(UTC).date().isoformat(),
    }
    return pd.DataFrame(rows), origin
