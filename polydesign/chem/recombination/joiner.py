"""Draw new repeat units from counted fragments; see `joining`."""

from __future__ import annotations

from bisect import bisect
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

from rdkit import Chem, rdBase

from polydesign.chem.recombination.assembly import Assembly
from polydesign.chem.recombination.environments import Reading, ordered
from polydesign.chem.recombination.fragments import Block, SideGroup
from polydesign.chem.recombination.joining import BARE, Counts, block_of, read_piece

T = TypeVar("T")


class _Draw(Generic[T]):
    """Things to be drawn by weights to the power 1 / temperature; at temperature 0 the first of the heaviest."""

    def __init__(self, weighted: Sequence[tuple[T, float]], temperature: float) -> None:
        self.things = [thing for thing, _ in weighted]
        heaviest = max(weight for _, weight in weighted)
        self.first = [weight for _, weight in weighted].index(heaviest)
        self.upper = list(accumulate((w / heaviest) ** (1 / temperature) for _, w in weighted)) if temperature else []

    def __call__(self, random: Random) -> T:
        if not self.upper:
            return self.things[self.first]
        return self.things[min(bisect(self.upper, random.random() * self.upper[-1]), len(self.things) - 1)]


class Joiner:
    """Counted fragments, ready to be joined.

    Args:
        counts: of `joining.count`; with at least one number of blocks that some blocks can be joined to.
        temperature: below 1 common fragments come up more often than they were seen, above 1 rare ones.
    """

    def __init__(self, counts: Counts, temperature: float = 1.0) -> None:
        self.max_atoms = counts.max_atoms
        self._temperature = temperature
        self._bonds = counts.bonds
        self._lengths = _Draw(list(counts.lengths.items()), temperature)
        self._starting: dict[str, list[tuple[Block, float]]] = defaultdict(list)
        for bare, weight in counts.blocks.items():
            block = block_of(bare)
            for way in (block, block.reversed()):
                self._starting[way.left_environment].append((way, weight))
        every = [entry for entries in self._starting.values() for entry in entries]
        self._any = _Draw(every, temperature) if every else None
        self._partners: dict[str, dict[str, float]] = defaultdict(dict)
        for (one, other), weight in counts.bonds.items():
            self._partners[one][other] = self._partners[other][one] = weight
        by_place: dict[str, list[tuple[str, float]]] = defaultdict(list)
        for (environment, text), weight in counts.filled.items():
            by_place[environment].append((text, weight))
        self._filling = {environment: _Draw(texts, temperature) for environment, texts in by_place.items()}
        self._groups = {text: self._side_group(text) for _, text in counts.filled if text != BARE}
        self._next = lru_cache(maxsize=4096)(self._find_next)

    def one(self, random: Random) -> tuple[str, bool]:
        """Return one attempt: its SMILES with two stars, and whether it is a unit all of whose bonds were seen.

        What came of a failed attempt is written as it is, "" where no blocks could be joined at all.
        """
        word = self._word(random)
        if not word:
            return "", False
        assembly = Assembly(word)
        for site in assembly.sites()[1]:
            text = self._filling[site.environment](random) if site.environment in self._filling else BARE
            if text != BARE:
                assembly.put(site, self._groups[text])
        small_enough = assembly.n_heavy_atoms() <= self.max_atoms
        with rdBase.BlockLogs():
            try:
                mol = assembly.sanitised()
            except (RuntimeError, ValueError):  # RDKit's ways of saying that this cannot be
                return _unsanitised(assembly.mol), False
            return Chem.MolToSmiles(mol), small_enough and self._all_seen(mol)

    def _word(self, random: Random) -> list[Block]:
        """Return blocks that form a cycle of bonds that were seen; [] where the first ones led nowhere."""
        length = self._lengths(random)
        if self._any is None:
            return []
        word = [self._any(random)]
        first = word[0].left_environment
        for position in range(1, length):
            draw = self._next(word[-1].right_environment, first if position == length - 1 else None)
            if draw is None:
                return []
            word.append(draw(random))
        return word if ordered(word[-1].right_environment, first) in self._bonds else []

    def _find_next(self, before: str, closing: str | None) -> _Draw[Block] | None:
        """Return a draw of the blocks that may follow an end; where `closing` is given, that can be bonded to it."""
        weighted = []
        for environment, seen in self._partners.get(before, {}).items():
            entries = self._starting.get(environment, [])
            total = sum(weight for _, weight in entries)
            weighted += [
                (block, seen * weight / total)
                for block, weight in entries
                if closing is None or ordered(block.right_environment, closing) in self._bonds
            ]
        return _Draw(weighted, self._temperature) if weighted else None

    def _all_seen(self, mol: Chem.Mol) -> bool:
        return all(pair in self._bonds for pair in Reading(mol).pairs())

    @staticmethod
    def _side_group(text: str) -> SideGroup:
        return SideGroup(read_piece(text), 0, "", text, has_marks=False)


def _unsanitised(mol: Chem.Mol) -> str:
    """Write an assembly that is no possible structure, as it stands."""
    mol = Chem.Mol(mol)
    mol.UpdatePropertyCache(strict=False)
    return Chem.MolToSmiles(mol)
