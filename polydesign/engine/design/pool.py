"""The candidates of a run before they are ranked, with their properties as columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields

import numpy as np

from polydesign.core.progress import ShouldStop
from polydesign.core.properties import DESCRIPTORS
from polydesign.core.protocols import PropertyPredictor
from polydesign.core.results import Candidate, PredictionColumns
from polydesign.core.targets import Targets
from polydesign.engine.design.rank import assess, best_first
from polydesign.engine.design.screen import Accepted

COMPUTED = (*DESCRIPTORS, "sa_score")


class Pool:
    """Accepted repeat units and what is predicted or computed for them.

    Args:
        targets: what the candidates are wanted for.
        guide: predicts properties; None leaves only those computed from the string.
    """

    def __init__(self, targets: Targets, guide: PropertyPredictor | None) -> None:
        self.targets = targets
        self.guide = guide
        self._members: list[Accepted] = []
        self._sa_scores: list[float] = []
        self._blocks: dict[str, list[PredictionColumns]] = {}

    def __len__(self) -> int:
        return len(self._members)

    def add(self, accepted: Sequence[Accepted], should_stop: ShouldStop | None = None) -> int:
        """Take units in; return how many were left out because a target's property is unknown for them."""
        if not accepted:
            return 0
        psmiles = [unit.psmiles for unit in accepted]
        exact = computed(["sa_score", *(key for key in self.targets if key in COMPUTED)], psmiles)
        columns = {} if self.guide is None else dict(self.guide.predict(psmiles, should_stop=should_stop))
        for key in self.targets:
            if key in exact:
                sure, near = np.zeros(len(psmiles)), np.ones(len(psmiles), dtype=bool)
                columns[key] = PredictionColumns(exact[key], sure, exact[key], exact[key], near)
        rankable = np.ones(len(accepted), dtype=bool)
        for key in self.targets:
            rankable &= np.isfinite(columns[key].mean)
        for key, column in columns.items():
            kept = PredictionColumns(*(getattr(column, field.name)[rankable] for field in fields(column)))
            self._blocks.setdefault(key, []).append(kept)
        self._members += [unit for unit, keep in zip(accepted, rankable, strict=True) if keep]
        self._sa_scores += exact["sa_score"][rankable].tolist()
        return int((~rankable).sum())

    def best(self, n: int) -> list[Candidate]:
        """Return the `n` best candidates, best first."""
        if not self._members:
            return []
        columns = {
            key: PredictionColumns(*(np.concatenate([getattr(b, f.name) for b in blocks]) for f in fields(blocks[0])))
            for key, blocks in self._blocks.items()
        }
        means = {key: column.mean for key, column in columns.items()}
        stds = {key: column.std for key, column in columns.items()}
        assessment = assess(self.targets, means, stds, len(self))
        return [
            Candidate(
                psmiles=self._members[i].psmiles,
                chain_key=self._members[i].chain_key,
                score=float(assessment.score[i]),
                p_all_targets=float(assessment.p_all[i]),
                novel=self._members[i].novel,
                sa_score=self._sa_scores[i],
                predictions={key: column.row(i) for key, column in columns.items()},
            )
            for i in best_first(assessment)[:n].tolist()
        ]


def computed(keys: Iterable[str], psmiles: Sequence[str]) -> dict[str, np.ndarray]:
    """Return the (N,) values of properties among `COMPUTED`, which follow from the string exactly."""
    from polydesign.chem.describe.descriptors import descriptor_matrix, sa_score

    wanted = set(keys)
    values: dict[str, np.ndarray] = {}
    if wanted & set(DESCRIPTORS):
        values |= dict(zip(DESCRIPTORS, descriptor_matrix(psmiles).T.astype(float), strict=True))
    if "sa_score" in wanted:
        values["sa_score"] = np.array([sa_score(text) for text in psmiles])
    return {key: values[key] for key in COMPUTED if key in wanted}
