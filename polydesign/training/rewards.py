"""What a generated string is worth to a request: valid, near the requested properties, and new.

Reads the guide, never the checker, which has to stay an independent witness.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from polydesign.core.properties import DESCRIPTORS, property_spec
from polydesign.core.protocols import PropertyPredictor

_COMPUTED = (*DESCRIPTORS, "sa_score")


@dataclass
class PolymerReward:
    """Reward in [0, 1]: 0 when invalid, otherwise a share for validity and a share for closeness.

    Closeness is 1 / (1 + m) of the mean square m, over the given properties, of the distance in units of
    `reach` standard deviations of the training data: what R2 asks for, with a slope that does not vanish
    for a bad miss and does not explode either. A polymer known to the training data, or written more
    than once in the batch for the same request, keeps `repeated` of its reward.

    Attributes:
        conditions, mean, std: names and standardisation of the request's columns.
        guide: predicts the properties that are not computed from the structure; None leaves them out.
        known: sorted (M,) uint32 hashes of training chains.
        validity: share of the reward for being valid at all.
        reach: distance, in standard deviations, at which closeness is one half.
        repeated: factor for polymers that are not new.
        molecules: whether the strings are star-free molecules instead of repeat units.
    """

    conditions: Sequence[str]
    mean: np.ndarray
    std: np.ndarray
    guide: PropertyPredictor | None
    known: np.ndarray
    validity: float = 0.3
    reach: float = 0.5
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
        reached = self._properties(psmiles, given[valid])
        squared = np.square((reached - values[valid]) / self.reach)
        counted = given[valid] & np.isfinite(squared)
        far = np.where(counted, squared, 0.0).sum(axis=1) / np.maximum(counted.sum(axis=1), 1)
        rewards[valid] = self.validity + (1 - self.validity) / (1 + far)

        hashes = np.array([chain_hash(key_of(p)) for p in psmiles], dtype=np.uint32)
        place = np.searchsorted(self.known, hashes).clip(max=max(len(self.known) - 1, 0))
        old = self.known[place] == hashes if len(self.known) else np.zeros(len(hashes), dtype=bool)
        seen: set[tuple[int, bytes]] = set()
        for row, i in enumerate(valid):
            request = (int(hashes[row]), np.where(given[i], values[i], np.nan).tobytes())
            if old[row] or request in seen:
                rewards[i] *= self.repeated
            seen.add(request)
        return rewards

    def _properties(self, psmiles: Sequence[str], given: np.ndarray) -> np.ndarray:
        """Return (N, C) standardised properties of valid strings; NaN where nobody asked or nobody knows."""
        from polydesign.chem.describe.descriptors import descriptor_matrix, sa_score

        result = np.full(given.shape, np.nan)
        computed = descriptor_matrix(psmiles)
        for column, key in enumerate(self.conditions):
            if key in DESCRIPTORS:
                result[:, column] = computed[:, DESCRIPTORS.index(key)]
            elif key == "sa_score":
                asked = np.flatnonzero(given[:, column]).tolist()
                result[asked, column] = [sa_score(psmiles[i]) for i in asked]
        predicted = [c for c, key in enumerate(self.conditions) if key not in _COMPUTED]
        asked = np.flatnonzero(given[:, predicted].any(axis=1)).tolist()
        if self.guide is not None and asked:
            columns = self.guide.predict([psmiles[i] for i in asked])
            for column in predicted:
                key = self.conditions[column]
                if key in columns:
                    result[asked, column] = property_spec(key).to_scale(columns[key].mean)
        return (result - self.mean) / self.std
