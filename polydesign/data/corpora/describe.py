"""Bring strings to their canonical form with key, descriptors and synthetic accessibility."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from polydesign.core.errors import ChemistryError
from polydesign.core.properties import DESCRIPTORS

COMPUTED = (*DESCRIPTORS, "sa_score")


def describe_polymers(strings: list[str]) -> list[tuple]:
    """Return (shortest unit, chain key, *`COMPUTED`) of each string; None and NaN where it is no repeat unit."""
    from polydesign.chem.notation.identity import chain_key, shortest_unit

    return [_described(text, shortest_unit, chain_key) for text in strings]


def describe_molecules(strings: list[str]) -> list[tuple]:
    """Return (canonical SMILES, the same, *`COMPUTED`) of each string; None and NaN where it is no molecule."""
    from polydesign.chem.notation.identity import molecule_key

    return [_described(text, molecule_key, molecule_key) for text in strings]


def _described(text: str, written: Callable[[str], str], key: Callable[[str], str]) -> tuple:
    from polydesign.chem.describe.descriptors import descriptors, sa_score
    from polydesign.chem.notation.psmiles import parse

    try:
        unit = written(text)
        mol = parse(unit)
        return unit, key(text), *descriptors(mol).values(), sa_score(mol)
    except ChemistryError:
        return None, None, *[np.nan] * len(COMPUTED)
