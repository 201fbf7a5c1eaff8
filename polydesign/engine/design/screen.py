"""Strain raw strings: valid repeat units, each chain once, new ones, those that pass the filters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from polydesign.engine.design.novelty import is_known

if TYPE_CHECKING:
    from polydesign.chem.filters import CompiledFilters

DUPLICATE, KNOWN = "duplicate chain", "known polymer"


@dataclass(frozen=True)
class Accepted:
    """A repeat unit that came through; `novel` is None when nobody can say."""

    psmiles: str
    chain_key: str
    novel: bool | None


class Screen:
    """Judge every string once and keep account of it.

    Args:
        filters: what a candidate must and must not contain.
        known: ``(M,)`` sorted uint32 hashes of known chains, None when there is no list.
        novel_only: reject known chains.

    Attributes:
        counts: generated, parses, valid, unique (chains) and, when there is a list of known chains, novel.
        rejected: reason -> count; together with the accepted ones, all that was generated.
    """

    def __init__(self, filters: CompiledFilters, known: np.ndarray | None, *, novel_only: bool = True) -> None:
        self._filters = filters
        self._novel_only = novel_only
        self._known = known
        self._seen: set[str] = set()
        self.counts = dict.fromkeys(("generated", "parses", "valid", "unique"), 0)
        if known is not None:
            self.counts["novel"] = 0
        self.rejected: Counter[str] = Counter()

    def accept(self, raw: Iterable[str]) -> list[Accepted]:
        """Return what is left of `raw`, in order."""
        accepted = []
        for text in raw:
            judged = self._judge(text)
            if isinstance(judged, Accepted):
                accepted.append(judged)
            else:
                self.rejected[judged] += 1
        return accepted

    def _judge(self, text: str) -> Accepted | str:
        """Return the accepted unit or the reason of its rejection."""
        from polydesign.chem.notation.identity import chain_key
        from polydesign.chem.notation.psmiles import parses, validate

        self.counts["generated"] += 1
        verdict = validate(text)
        self.counts["parses"] += verdict.valid or parses(text)
        if verdict.psmiles is None:
            return verdict.code.replace("_", " ")
        self.counts["valid"] += 1
        key = chain_key(verdict.psmiles)
        if key in self._seen:
            return DUPLICATE
        self._seen.add(key)
        self.counts["unique"] += 1
        novel = None
        if self._known is not None:
            novel = not is_known([key], self._known)[0]
            self.counts["novel"] += novel
            if self._novel_only and not novel:
                return KNOWN
        return self._filters.reason_to_reject(verdict.psmiles) or Accepted(verdict.psmiles, key, novel)
