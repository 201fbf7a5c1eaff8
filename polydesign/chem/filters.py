"""Judge a repeat unit by what its chain must and must not contain.

A substructure is looked for in the chain, not in the unit as cut: the unit is set between copies of
itself until the pattern fits, so that the answer does not depend on the cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rdkit import Chem, rdBase

from polydesign.chem.notation import psmiles as notation
from polydesign.chem.notation.backbone import backbone_path
from polydesign.chem.notation.oligomer import Chain, chained
from polydesign.chem.notation.smiles_text import printable
from polydesign.core.errors import ChemistryError
from polydesign.core.request import Filters

MAX_PATTERN_CHARACTERS = 300
MAX_PATTERN_ATOMS = 40
MAX_NESTED = 30  # atoms of a pattern with recursive parts, whose search cannot be stopped
_MAX_CHAIN_ATOMS = 2000
_MAX_STEPS = 200_000  # pairs of atoms compared in one search, about 0.1 s

# OECD (2021), Reconciling Terminology of the Universe of PFAS: a fully fluorinated methyl or methylene
# carbon, without any H, Cl, Br or I on it.
_PFAS = "[CX4;H0;!$(C[Cl,Br,I])](F)F"

_ELEMENTS = frozenset(Chem.GetPeriodicTable().GetElementSymbol(number) for number in range(1, 119))


@dataclass(frozen=True)
class _Pattern:
    """A compiled SMARTS, the text it came from and how many bonds it can reach from any of its atoms."""

    smarts: str
    query: Chem.Mol
    reach: int


class _TooManyWays(Exception):
    """A pattern of wildcards on a symmetric structure, whose search would not end in reasonable time."""


@dataclass(frozen=True)
class CompiledFilters:
    """Filters ready for use; built by `compile_filters`.

    Novelty needs the training chains and is judged by the engine, not here.
    """

    must_contain: tuple[_Pattern, ...]
    exclude: tuple[_Pattern, ...]
    exclude_elements: tuple[str, ...]
    max_atoms: int | None
    pfas: _Pattern | None

    def reason_to_reject(self, psmiles: str) -> str | None:
        """Return why the unit is rejected, in words that can be counted, or None when it passes all filters.

        Raises `ChemistryError` when `psmiles` is not a valid repeat unit.
        """
        unit = notation.read(psmiles)
        try:
            return self._first_objection(unit)
        except _TooManyWays as objection:
            return str(objection)

    def _first_objection(self, unit: Chem.Mol) -> str | None:
        if self.max_atoms is not None and unit.GetNumHeavyAtoms() > self.max_atoms:
            return f"more than {self.max_atoms} heavy atoms"
        for symbol in self.exclude_elements:
            if _has_element(unit, symbol):
                return f"contains {symbol}"
        if self.pfas is not None and _occurs(self.pfas, unit):
            return "fully fluorinated carbon (PFAS)"
        for pattern in self.exclude:
            if _occurs(pattern, unit):
                return f"contains {pattern.smarts}"
        for pattern in self.must_contain:
            if not _occurs(pattern, unit):
                return f"does not contain {pattern.smarts}"
        return None


def compile_filters(filters: Filters) -> CompiledFilters:
    """Read the patterns and elements of `filters`; raise `ChemistryError` naming the one that is wrong."""
    if filters.max_atoms is not None and filters.max_atoms < 1:
        raise ChemistryError(f"max_atoms must be at least 1; got {filters.max_atoms}.")
    return CompiledFilters(
        must_contain=_patterns(filters.must_contain),
        exclude=_patterns(filters.exclude),
        exclude_elements=tuple(_element(symbol) for symbol in filters.exclude_elements),
        max_atoms=filters.max_atoms,
        pfas=_pattern(_PFAS) if filters.pfas_free else None,
    )


def occurs(smarts: str, psmiles: str) -> bool:
    """Tell whether a SMARTS pattern occurs in the chain that a repeat unit stands for.

    A search that would take too long counts as no. Raises `ChemistryError` for a malformed pattern or unit.
    """
    try:
        return _occurs(_cached(smarts), notation.read(psmiles))
    except _TooManyWays:
        return False


def _patterns(texts: Iterable[str]) -> tuple[_Pattern, ...]:
    return tuple(_pattern(text) for text in texts)


@lru_cache(maxsize=256)
def _cached(text: str) -> _Pattern:
    return _pattern(text)


def _pattern(text: str) -> _Pattern:
    text = text.strip()
    if not text or len(text) > MAX_PATTERN_CHARACTERS or not text.isascii() or not text.isprintable():
        raise ChemistryError(
            f"A substructure is a SMARTS pattern of 1 to {MAX_PATTERN_CHARACTERS} plain characters, "
            f"such as c1ccccc1 or C(=O)N; got '{printable(text)}'."
        )
    with rdBase.BlockLogs():
        query = Chem.MolFromSmarts(text)
    if query is None:
        raise ChemistryError(
            f"The substructure '{text}' is not a SMARTS pattern; check brackets, ring labels and element symbols."
        )
    if not 1 <= query.GetNumAtoms() <= MAX_PATTERN_ATOMS or len(Chem.GetMolFrags(query)) > 1:
        raise ChemistryError(
            f"The substructure '{text}' must be one connected pattern of 1 to {MAX_PATTERN_ATOMS} atoms; "
            "give several patterns one by one."
        )
    # Atoms inside recursive parts reach further than the pattern's own; every atom takes a bracket or a letter.
    nested = len(re.findall(r"\[|[A-Za-z*]", text)) if "$(" in text else 0
    if nested > MAX_NESTED:
        raise ChemistryError(f"The substructure '{text}' is too long for one with $(...) parts; write a shorter one.")
    return _Pattern(text, query, max(query.GetNumAtoms(), nested))


def _element(symbol: str) -> str:
    symbol = symbol.strip()
    if symbol not in _ELEMENTS:
        raise ChemistryError(
            f"'{printable(symbol)}' is not an element symbol; write for example F, Cl or Si, separated by commas."
        )
    return symbol


def _has_element(unit: Chem.Mol, symbol: str) -> bool:
    if symbol == "H":
        return any(atom.GetTotalNumHs() or atom.GetAtomicNum() == 1 for atom in unit.GetAtoms())
    return any(atom.GetSymbol() == symbol for atom in unit.GetAtoms())


def _occurs(pattern: _Pattern, unit: Chem.Mol) -> bool:
    """Tell whether `pattern` occurs anywhere in the endless chain of `unit`; raise `_TooManyWays` when in doubt.

    The chain repeats, so any occurrence can be moved until it touches the middle unit.
    """
    chain, middle = _reaching(unit, pattern.reach)
    inside = {index for index in chain.units[middle] if index >= 0}
    steps = 0

    def may_match(_query_atom: Chem.Atom, atom: Chem.Atom) -> bool:
        nonlocal steps
        steps += 1
        return steps <= _MAX_STEPS and atom.GetAtomicNum() != 0  # the outer stars are no part of the chain

    def touches_middle(_mol: Chem.Mol, match: Sequence[int]) -> bool:
        return not inside.isdisjoint(match)

    parameters: Any = Chem.SubstructMatchParameters()
    parameters.maxMatches = 1
    parameters.setExtraAtomCheckFunc(may_match)
    parameters.setExtraFinalCheck(touches_middle)
    present = bool(chain.mol.GetSubstructMatches(pattern.query, parameters))
    if not present and steps > _MAX_STEPS:
        raise _TooManyWays(f"too many ways to search for {pattern.smarts}")
    return present


def _reaching(unit: Chem.Mol, reach: int) -> tuple[Chain, int]:
    """Return a chain whose middle unit has at least `reach` backbone atoms on either side, and its number."""
    n_path = len(backbone_path(unit)) - 2
    most = max(1, _MAX_CHAIN_ATOMS // unit.GetNumAtoms() // 2)
    each_side = min(-(-reach // n_path), most)
    return chained(unit, 2 * each_side + 1), each_side
