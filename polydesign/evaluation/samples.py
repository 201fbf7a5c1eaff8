"""Judge raw generations once: what parses, what is a repeat unit, which chain it is, whether that chain is new."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from polydesign.evaluation.statistics import Figure, rate


@dataclass(frozen=True)
class Samples:
    """N raw generations with the verdict on each.

    Attributes:
        raw: what the generator returned, invalid strings included.
        parses: (N,) bool, RDKit reads the string.
        valid: (N,) bool, the string is one repeat unit by the strict rules.
        psmiles: canonical p-SMILES of each valid generation, None for the others.
        keys: chain key (of molecules: molecule key) of each valid generation, None for the others.
        reasons: short name of the first rule that each generation breaks, "ok" for the valid ones.
    """

    raw: list[str]
    parses: np.ndarray
    valid: np.ndarray
    psmiles: list[str | None]
    keys: list[str | None]
    reasons: list[str]

    def __len__(self) -> int:
        return len(self.raw)

    def rows(self, index: np.ndarray) -> Samples:
        """Return the generations at `index`, in that order."""
        raw, reasons = ([part[i] for i in index] for part in (self.raw, self.reasons))
        psmiles, keys = ([part[i] for i in index] for part in (self.psmiles, self.keys))
        return Samples(raw, self.parses[index], self.valid[index], psmiles, keys, reasons)

    @property
    def valid_psmiles(self) -> list[str]:
        """Canonical p-SMILES of the valid generations, in order."""
        return [psmiles for psmiles in self.psmiles if psmiles is not None]

    @property
    def valid_keys(self) -> list[str]:
        """Chain keys of the valid generations, in order."""
        return [key for key in self.keys if key is not None]


def judge(raw: Sequence[str], *, molecules: bool = False, on_each: Callable[[], object] | None = None) -> Samples:
    """Validate and identify `raw`, as repeat units or as star-free `molecules`; each distinct string once.

    `on_each` is called after each string, for a progress bar.
    """
    from polydesign.chem.notation.identity import chain_key, molecule_key
    from polydesign.chem.notation.psmiles import parses, validate, validate_molecule

    verdict_of, key_of = (validate_molecule, molecule_key) if molecules else (validate, chain_key)
    seen: dict[str, tuple[bool, str | None, str | None, str]] = {}
    for text in raw:
        if text not in seen:
            verdict = verdict_of(text)
            key = key_of(verdict.psmiles) if verdict.psmiles is not None else None
            seen[text] = (verdict.valid or parses(text), verdict.psmiles, key, verdict.code)
        if on_each is not None:
            on_each()
    verdicts = [seen[text] for text in raw]
    return Samples(
        raw=list(raw),
        parses=np.array([read for read, *_ in verdicts], dtype=bool),
        valid=np.array([psmiles is not None for _, psmiles, *_ in verdicts], dtype=bool),
        psmiles=[psmiles for _, psmiles, *_ in verdicts],
        keys=[key for _, _, key, _ in verdicts],
        reasons=[code for *_, code in verdicts],
    )


def novelty(keys: Sequence[str], trained_chains: np.ndarray | None) -> Figure:
    """Return the share of chain keys outside `trained_chains` ((M,) sorted uint32 hashes; None: nobody knows)."""
    from polydesign.engine.design.novelty import is_known

    if trained_chains is None:
        return Figure(math.nan, len(keys))
    return rate(int((~is_known(keys, trained_chains)).sum()), len(keys))


def unique_at(samples: Samples, k: int | None = None) -> Figure:
    """Return distinct chains / valid generations, among the first `k` valid ones (all when None).

    NaN when there are fewer than `k` valid generations: a smaller set would flatter the figure.
    """
    keys = samples.valid_keys
    if k is not None and len(keys) < k:
        return Figure(math.nan, len(keys))
    keys = keys[:k]
    return rate(len(set(keys)), len(keys))


def basic_figures(samples: Samples, trained_chains: np.ndarray | None) -> dict[str, Figure]:
    """Return the rates that every task reports; the last two are NaN when `trained_chains` is None.

    - parses, valid: of all generations;
    - unique: distinct chains, of the valid generations;
    - novel: chains outside `trained_chains`, of the distinct chains;
    - usable: distinct, valid and novel chains, of all generations.
    """
    distinct = sorted(set(samples.valid_keys))
    novel = novelty(distinct, trained_chains)
    new = 0 if math.isnan(novel.value) else round(novel.value * novel.n)
    return {
        "parses": rate(int(samples.parses.sum()), len(samples)),
        "valid": rate(int(samples.valid.sum()), len(samples)),
        "unique": unique_at(samples),
        "novel": novel,
        "usable": Figure(math.nan, len(samples)) if trained_chains is None else rate(new, len(samples)),
    }
