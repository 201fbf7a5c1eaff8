"""Join repeat units head to tail."""

from __future__ import annotations

from dataclasses import dataclass

from rdkit import Chem

from polydesign.chem.backbone import backbone_path


@dataclass(frozen=True)
class Chain:
    """A piece of chain of several equal units, outer stars kept.

    `units[u][i]` is the index in `mol` of atom i of unit u (None for the stars that were joined).
    """

    mol: Chem.Mol
    units: list[list[int | None]]


def chained(unit: Chem.Mol, n: int) -> Chain:
    """Join `n` units head to tail.

    Rings are found but nothing is sanitised, so that aromaticity stays as given; stereo marks beside a
    joint are lost (`nmer` keeps them).
    """
    path = backbone_path(unit)
    first, head, tail, last = path[0], path[1], path[-2], path[-1]
    order = unit.GetBondBetweenAtoms(first, head).GetBondType()
    size = unit.GetNumAtoms()
    chain = Chem.RWMol(unit)
    for _ in range(n - 1):
        chain.InsertMol(unit)
    joined = set()
    for offset in range(0, (n - 1) * size, size):
        chain.AddBond(offset + tail, offset + size + head, order)
        joined |= {offset + last, offset + size + first}
    chain.BeginBatchEdit()
    for star in joined:
        chain.RemoveAtom(star)
    chain.CommitBatchEdit()
    chain.UpdatePropertyCache(strict=False)
    Chem.FastFindRings(chain)
    numbers = iter(range(n * size))
    index = [None if atom in joined else next(numbers) for atom in range(n * size)]
    return Chain(chain.GetMol(), [index[start : start + size] for start in range(0, n * size, size)])
