"""Other ways to write the same chain: its unit cut elsewhere, its atoms in another order."""

from __future__ import annotations

import random

from rdkit import Chem, rdBase

from polydesign.chem.notation.identity import chain_key, cut_elsewhere
from polydesign.chem.notation.psmiles import read
from polydesign.core.errors import ChemistryError

_SEEDS = 1 << 30


def spellings(psmiles: str, n: int, *, kekule: bool = False) -> list[str]:
    """Return up to `n` different strings of the chain of a repeat unit, none of them its canonical one.

    By turns the unit is cut at a joint of its backbone drawn at random and written in random atom order (as Bjerrum,
    2017, https://arxiv.org/abs/1703.07076, does with molecules), and cut so and written in canonical order. The same
    string always has the same spellings; one of a few atoms has fewer than `n`.

    Args:
        psmiles: a valid repeat unit.
        n: how many.
        kekule: write alternating double bonds in the place of aromatic atoms.

    Raises `ChemistryError` when `psmiles` is not valid.
    """
    chance = random.Random(psmiles)
    mol = read(psmiles)
    own = {psmiles, _written(mol, kekule)}
    found: dict[str, None] = {}
    with rdBase.BlockLogs():  # marks that lose their sense where the chain is cut
        units = cut_elsewhere(mol, [chance.random() for _ in range(n)])
    for turn, unit in enumerate(units):
        text = _written(unit, kekule) if turn % 2 else _shuffled(unit, kekule, chance)
        if text in own or text in found:
            text = _shuffled(unit, kekule, chance)
        if text not in own:
            found[text] = None
    if any(mark in psmiles for mark in "@/\\"):  # a mark may read otherwise beside another star
        return [text for text in found if _same_chain(text, psmiles)]
    return list(found)


def _written(mol: Chem.Mol, kekule: bool) -> str:
    if not kekule:
        return Chem.MolToSmiles(mol)
    mol = Chem.Mol(mol)
    Chem.Kekulize(mol, clearAromaticFlags=True)
    return Chem.MolToSmiles(mol, kekuleSmiles=True)


def _shuffled(mol: Chem.Mol, kekule: bool, chance: random.Random) -> str:
    if kekule:
        mol = Chem.Mol(mol)
        Chem.Kekulize(mol, clearAromaticFlags=True)
    seed = chance.randrange(1, _SEEDS)
    return Chem.MolToRandomSmilesVect(mol, 1, randomSeed=seed, kekuleSmiles=kekule)[0]


def _same_chain(text: str, psmiles: str) -> bool:
    try:
        return chain_key(text) == chain_key(psmiles)
    except ChemistryError:
        return False
