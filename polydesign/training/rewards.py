"""What a generated string is worth to a request: valid, near the requested properties, and new.

Reads the guide, never the checker, which has to stay an independent witness.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from polydesign.core.goal import graded, log_score
from polydesign.core.properties import DESCRIPTORS, property_spec
from polydesign.core.protocols import PropertyPredictor
from polydesign.core.targets import Target, Targets

_COMPUTED = (*DESCRIPTORS, "sa_score")


@dataclass
class PolymerReward:
    """Reward in [0, 1]: 0 when invalid, otherwise a share for validity and a share for closeness.

    The closeness is what the engine ranks by: each request is a set of targets, with the properties' own tolerances,
    and the score of `core.goal` is graded so that it has a slope for a bad miss, too. A polymer known to the training
    data, or written more than once in the batch for the same request, keeps `repeated` of its reward.

    Attributes:
        conditions, mean, std: names and standardisation of the request's columns.
        guide: predicts the properties that are not computed from the structure; None leaves them out.
        trained_chains: sorted (M,) uint32 hashes of training chains.
        validity: share of the reward for being valid at all.
        repeated: factor for polymers that are not new.
        molecules: whether the strings are star-free molecules instead of repeat units.
    """

    conditions: Sequence[str]
    mean: np.ndarray
    std: np.ndarray
    guide: PropertyPredictor | None
    trained_chains: np.ndarray
    validity: float = 0.3
    repeated: float = 0.5
    molecules: bool = False

    def __call__(self, strings: Sequence[str], values: np.ndarray, given: np.ndarray) -> np.ndarray:
        """Return (B,) rewards of strings for (B, C) standardised requests with (B, C) flags."""
        from polydesign.chem.notation.identity import chain_hash, chain_key, molecule_key
        from polydesign.chem.notation.psmiles import validate, validate_molecule

        judge, key_of = (validate_molecule, molecule_key) if self.molecules else (validate, chain_key)
        verdicts = [judge(text) for text in strings]
        valid = [i for i, verdict in enumerate(verdicts) if verdict.valid]
        rewards = np.zeros(len(strings))
        if not valid:
            return rewards
        psmiles = [str(verdicts[i].psmiles) for i in valid]
        requests = [np.where(given[i], values[i], np.nan).tobytes() for i in valid]
        rewards[valid] = self.validity + (1 - self.validity) * self._closeness(
            psmiles, values[valid], given[valid], requests
        )
        hashes = np.array([chain_hash(key_of(p)) for p in psmiles], dtype=np.uint32)
        place = np.searchsorted(self.trained_chains, hashes).clip(max=max(len(self.trained_chains) - 1, 0))
        old = self.trained_chains[place] == hashes if len(self.trained_chains) else np.zeros(len(hashes), dtype=bool)
        seen: set[tuple[int, bytes]] = set()
        for row, i in enumerate(valid):
            answer = (int(hashes[row]), requests[row])
            if old[row] or answer in seen:
                rewards[i] *= self.repeated
            seen.add(answer)
        return rewards

    def _closeness(
        self, psmiles: Sequence[str], values: np.ndarray, given: np.ndarray, requests: Sequence[bytes]
    ) -> np.ndarray:
        """Return (N,) graded scores of valid strings, those of one request together; 0 where a property is unknown."""
        means, stds = self._properties(psmiles, given)
        closeness = np.zeros(len(psmiles))
        for request in set(requests):
            rows = np.array([row for row, other in enumerate(requests) if other == request])
            targets = self._targets(values[rows[0]], given[rows[0]] & np.isfinite(means[rows]).any(axis=0))
            columns = {key: self.conditions.index(key) for key in targets}
            score = log_score(
                targets,
                {key: means[rows, column] for key, column in columns.items()},
                {key: stds[rows, column] for key, column in columns.items()},
            )
            closeness[rows] = np.nan_to_num(graded(score))
        return closeness

    def _targets(self, values: np.ndarray, asked: np.ndarray) -> Targets:
        """Return the (C,) standardised values that are asked for as targets in their units."""
        scaled = values * self.std + self.mean
        return {
            key: Target(value=float(property_spec(key).from_scale(scaled[column])))
            for column, key in enumerate(self.conditions)
            if asked[column]
        }

    def _properties(self, psmiles: Sequence[str], given: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (N, C) properties of valid strings on their scales and their standard deviations.

        NaN where nobody asked or nobody knows.
        """
        from polydesign.chem.describe.descriptors import descriptor_matrix, sa_score

        means, stds = np.full(given.shape, np.nan), np.zeros(given.shape)
        computed = descriptor_matrix(psmiles)
        for column, key in enumerate(self.conditions):
            if key in DESCRIPTORS:
                means[:, column] = computed[:, DESCRIPTORS.index(key)]
            elif key == "sa_score":
                asked = np.flatnonzero(given[:, column]).tolist()
                means[asked, column] = [sa_score(psmiles[i]) for i in asked]
        predicted = [c for c, key in enumerate(self.conditions) if key not in _COMPUTED]
        asked = np.flatnonzero(given[:, predicted].any(axis=1)).tolist()
        if self.guide is not None and asked:
            columns = self.guide.predict([psmiles[i] for i in asked])
            for column in predicted:
                key = self.conditions[column]
                if key in columns:
                    means[asked, column] = property_spec(key).to_scale(columns[key].mean)
                    stds[asked, column] = columns[key].std
        return means, stds
