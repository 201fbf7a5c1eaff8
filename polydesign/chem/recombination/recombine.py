"""Assemble new polymers from blocks and side groups of known ones.

A unit is taken as a cycle of backbone blocks (see `fragments`). One to three times, a run of blocks is
exchanged for a run of another polymer, or a side group or hydrogen for another side group. What comes
in is drawn by how often its environment is bonded to that of its new neighbour in the known polymers;
the finished unit is kept only if every bond at a seam is between environments that are seen bonded
there, if it is no larger and no harder to make than the known ones, and if it is a valid repeat unit.

Frequencies are tempered (square roots), so that rare blocks come up more often than in the data.
"""

from __future__ import annotations

from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from math import exp
from random import Random
from typing import Generic, TypeVar

from rdkit import Chem, rdBase

from polydesign.chem.notation import psmiles as notation
from polydesign.chem.notation.backbone import stars
from polydesign.chem.recombination.assembly import Assembly
from polydesign.chem.recombination.environments import HYDROGEN, Reading, ordered
from polydesign.chem.recombination.fragments import Block, SideGroup, cut
from polydesign.core.errors import ChemistryError

T = TypeVar("T")
MIN_SEEN = 3  # a pair of environments that fewer bonds of known polymers have is not made
MAX_RUN = 6  # blocks exchanged at once
_N_CHANGES, _CHANGE_WEIGHTS = (1, 2, 3), (3, 4, 2)
_P_RUN = 0.65  # share of changes of the backbone; the others are of side groups
_P_RUN_SINGLE = 0.15  # the same where the unit is one block, to which another is added
_P_INSERT = 0.04  # a run is put between two blocks and none taken out
_P_HYDROGEN_SITE = 0.15  # share of new side groups that take the place of a hydrogen
_P_TO_HYDROGEN = 0.15
_TEMPER = 0.6
_RUN_ATOMS, _GROUP_ATOMS = 25.0, 10.0  # the weight of what comes in falls by e over so many atoms
_BIN, _N_TRIALS = 4, 3000  # heavy atoms a bin and proposals by which sizes are adjusted


class _Draw(Generic[T]):
    """Things to be drawn by weight."""

    def __init__(self, things: Sequence[T], weights: Sequence[float]) -> None:
        self.things = things
        self.upper = list(accumulate(weights))

    def __call__(self, random: Random) -> T:
        return self.things[bisect(self.upper, random.random() * self.upper[-1])]


class Recombiner:
    """Blocks, side groups and seen bonds of known polymers, ready to be assembled anew.

    Args:
        polymers: group -> p-SMILES. Each group gives parents and fragments by its share.
        shares: group -> share of parents.
        like: the group whose distribution of heavy atoms the new units are to have.
        min_seen: pairs of environments that fewer bonds have are not made.
    """

    def __init__(
        self,
        polymers: Mapping[str, Sequence[str]],
        shares: Mapping[str, float],
        like: str,
        *,
        min_seen: int = MIN_SEEN,
    ) -> None:
        words: dict[str, list[list[Block]]] = {}
        seen: Counter[tuple[str, str]] = Counter()
        groups: dict[str, SideGroup] = {}
        group_counts: dict[str, Counter[str]] = defaultdict(Counter)
        sizes: list[int] = []
        for name, units in polymers.items():
            words[name] = []
            for unit in units:
                reading = _reading(unit)
                if reading is None:
                    continue
                blocks, side_groups = cut(reading)
                words[name].append(blocks)
                for group in side_groups:
                    groups.setdefault(f"{group.environment} {group.key}", group)
                    group_counts[name][f"{group.environment} {group.key}"] += 1
                seen.update(reading.pairs())
                seen.update(ordered(environment, HYDROGEN) for _, environment in reading.hydrogens())
                if name == like:
                    sizes.append(reading.mol.GetNumHeavyAtoms())
        self.max_atoms = sorted(sizes)[int(0.995 * len(sizes))] if sizes else 0
        bonds = [pair for pair, count in seen.items() if count >= min_seen]
        self._seen = frozenset(bonds)
        self._partners: dict[str, dict[str, float]] = defaultdict(dict)
        for pair in bonds:  # in the order of reading: that of a set differs from process to process
            for one, other in (pair, pair[::-1]):
                self._partners[one][other] = seen[pair] ** _TEMPER
        kept = {name: share for name, share in shares.items() if words.get(name)}
        self._parents = _Draw(
            [word for name in kept for word in words[name]],
            [kept[name] / len(words[name]) for name in kept for _ in words[name]],
        )
        self._groups = self._pool_groups(groups, group_counts, kept)
        self._runs = self._pool_runs(words, kept)
        self._runs_between = lru_cache(maxsize=4096)(self._find_runs_between)
        self._groups_at = lru_cache(maxsize=4096)(self._find_groups_at)
        self._accept = self._acceptance(sizes, Random(0))

    def polymers(self, seed: int) -> Iterator[str]:
        """Yield new units without end, as SMILES with two stars; chains may repeat, and may be known ones."""
        random = Random(seed)
        while True:
            unit = self.one(random)
            if unit is not None:
                yield unit

    def one(self, random: Random) -> str | None:
        """Return one new unit, or None where the attempt came to nothing."""
        assembly = self._proposed(random)
        if assembly is None or random.random() >= self._accept.get(assembly.n_heavy_atoms() // _BIN, 0.0):
            return None
        return self._finished(assembly)

    def _proposed(self, random: Random) -> Assembly | None:
        """Return a parent with its changes, not yet judged; None where no change came about."""
        word: list[Block] = self._parents(random)
        n_changes = random.choices(_N_CHANGES, _CHANGE_WEIGHTS)[0]
        n_runs = sum(random.random() < (_P_RUN if len(word) > 1 else _P_RUN_SINGLE) for _ in range(n_changes))
        changed = False
        for _ in range(n_runs):
            exchanged = self._exchange_run(word, random)
            if exchanged is not None:
                word, changed = exchanged, True
        if sum(block.mol.GetNumAtoms() for block in word) > self.max_atoms:
            return None
        assembly = Assembly(word)
        for _ in range(n_changes - n_runs):
            changed |= self._exchange_group(assembly, random)
        return assembly if changed else None

    def _acceptance(self, sizes: Sequence[int], random: Random) -> dict[int, float]:
        """Return bin of heavy atoms -> probability that a proposal is kept, which gives them the wanted sizes.

        Proposals of the commonest shortage are all kept; the few bins in which proposals lack most stay short.
        """
        proposed = Counter(
            assembly.n_heavy_atoms() // _BIN
            for assembly in (self._proposed(random) for _ in range(_N_TRIALS))
            if assembly is not None
        )
        wanted = Counter(size // _BIN for size in sizes)
        ratios = {size: n / max(proposed[size], 1) for size, n in wanted.items()}
        full = sorted(ratio for size, ratio in ratios.items() for _ in range(wanted[size]))
        scale = full[int(0.9 * (len(full) - 1))] if full else 1.0
        return {size: min(1.0, ratio / scale) for size, ratio in ratios.items()}

    def _exchange_run(self, word: list[Block], random: Random) -> list[Block] | None:
        n = len(word)
        inserts = n == 1 or random.random() < _P_INSERT
        length = 0 if inserts else min(random.randint(1, n - 1), random.randint(1, n - 1))
        start = random.randrange(n if inserts else n - length + 1)
        before, after = word[start - 1].right_environment, word[(start + length) % n].left_environment
        draw = self._runs_between(before, after)
        if draw is None:
            return None
        donor, first, n_blocks, turned = draw(random)(random)
        run = [donor[(first + i) % len(donor)] for i in range(n_blocks)]
        if turned:
            run = [block.reversed() for block in reversed(run)]
        return [*word[:start], *run, *word[start + length :]]

    def _exchange_group(self, assembly: Assembly, random: Random) -> bool:
        heavy, light = assembly.sites()
        if light and (not heavy or random.random() < _P_HYDROGEN_SITE):
            site = random.choice(light)
        elif heavy:
            site = random.choice(heavy)
            may_be_bare = (HYDROGEN in self._partners[site.environment]) and assembly.may_bear_hydrogen(site.atom)
            if may_be_bare and random.random() < _P_TO_HYDROGEN:
                assembly.remove(site)
                return True
        else:
            return False
        draw = self._groups_at(site.environment)
        if draw is None:
            return False
        assembly.put(site, draw(random)(random))
        return True

    def _finished(self, assembly: Assembly) -> str | None:
        """Return the unit as text if it is a structure all of whose bonds are of a kind that is seen, else None."""
        with rdBase.BlockLogs():
            try:
                mol = assembly.sanitised()
            except (RuntimeError, ValueError):  # RDKit's ways of saying that this cannot be
                return None
        return Chem.MolToSmiles(mol) if self._seen.issuperset(Reading(mol).pairs()) else None

    def _find_runs_between(self, before: str, after: str) -> _Draw | None:
        """Return a draw of draws of runs (word, first block, number of blocks, whether turned) that fit between."""
        draws, weights = [], []
        rights = self._partners.get(after, {})
        for left, seen_left in self._partners.get(before, {}).items():
            for right, (draw, weight) in self._runs.get(left, {}).items():
                if right in rights:
                    draws.append(draw)
                    weights.append((seen_left * rights[right] * weight) ** 0.5)
        return _Draw(draws, weights) if draws else None

    def _find_groups_at(self, environment: str) -> _Draw | None:
        weighted = [(self._groups[e], w) for e, w in self._partners.get(environment, {}).items() if e in self._groups]
        return _Draw(*zip(*weighted, strict=True)) if weighted else None

    @staticmethod
    def _pool_groups(
        groups: Mapping[str, SideGroup], counts: Mapping[str, Counter[str]], shares: Mapping[str, float]
    ) -> dict[str, _Draw]:
        """Return environment -> draw of side groups."""
        atoms = {key: group.mol.GetNumAtoms() for key, group in groups.items()}
        weights = _tempered(counts, shares, atoms, _GROUP_ATOMS)
        pooled: dict[str, list[str]] = defaultdict(list)
        for key, group in groups.items():
            if key in weights:
                pooled[group.environment].append(key)
        return {e: _Draw([groups[k] for k in keys], [weights[k] for k in keys]) for e, keys in pooled.items()}

    @staticmethod
    def _pool_runs(
        words: Mapping[str, list[list[Block]]], shares: Mapping[str, float]
    ) -> dict[str, dict[str, tuple[_Draw, float]]]:
        """Return left environment -> right environment -> draw of runs and its weight."""
        runs: dict[tuple[str, ...], tuple] = {}
        counts: dict[str, Counter[tuple[str, ...]]] = {}
        atoms: dict[tuple[str, ...], int] = {}
        for name in shares:
            counts[name] = Counter()
            for word in words[name]:
                for n_blocks in range(1, min(len(word), MAX_RUN) + 1):
                    for first in range(len(word)):
                        run = [word[(first + i) % len(word)] for i in range(n_blocks)]
                        key: tuple[str, ...] = (
                            run[0].left_environment,
                            *(block.key for block in run),
                            run[-1].right_environment,
                        )
                        runs.setdefault(key, (word, first, n_blocks))
                        atoms[key] = sum(block.mol.GetNumAtoms() for block in run)
                        counts[name][key] += 1
        weights = _tempered(counts, shares, atoms, _RUN_ATOMS)
        pooled: dict[str, dict[str, list]] = defaultdict(lambda: defaultdict(list))
        for key, found_run in runs.items():
            pooled[key[0]][key[-1]].append(((*found_run, False), weights[key]))
            pooled[key[-1]][key[0]].append(((*found_run, True), weights[key]))
        return {
            left: {
                right: (_Draw([run for run, _ in found], [w for _, w in found]), sum(w for _, w in found))
                for right, found in ends.items()
            }
            for left, ends in pooled.items()
        }


def _reading(unit: str) -> Reading | None:
    """Read a unit whose ends are single bonds; None for others."""
    try:
        mol = notation.read(unit)
    except ChemistryError:
        return None
    if stars(mol)[0].GetBonds()[0].GetBondType() != Chem.BondType.SINGLE:
        return None
    return Reading(mol)


def _tempered(counts: Mapping[str, Counter], shares: Mapping[str, float], atoms: Mapping, falls_over: float) -> dict:
    """Return key -> weight: powers of the counts that fall with size, each group's scaled to its share."""
    weights: dict = defaultdict(float)
    for name, share in shares.items():
        of_group = {k: count**_TEMPER * exp(-atoms[k] / falls_over) for k, count in counts.get(name, {}).items()}
        total = sum(of_group.values())
        for key, weight in of_group.items():
            weights[key] += share * weight / total
    return weights
