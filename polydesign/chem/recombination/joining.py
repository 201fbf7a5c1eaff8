"""New repeat units from counted fragments of known chains, joined as often as they were seen.

Units are taken apart as in `fragments`, and side groups off the backbone blocks: what is kept is how often a bare
block, a side group at an environment, a bond between two environments and a number of blocks occur. A new unit is a
cycle of blocks, each drawn by how often its environment was bonded to that of the one before it, with a side group or a
hydrogen at each place, drawn by how often it stood at that environment:

    b_1 ~ p(block),   b_i ~ p(environment | end of b_(i-1)) p(block | environment),   b_n -> b_1 a bond that was seen

After the combinatorial generator of MOSES (Polykovskiy et al., Front. Pharmacol. 11, 565644, 2020), which joins BRICS
fragments; `recombine` changes known units instead. No chain is kept: a block counts only where it is part of its chain
and not the whole of it, and a fragment of fewer than `min_chains` chains is left out. Marks of stereo are dropped.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from rdkit import Chem

from polydesign.chem.notation import psmiles as notation
from polydesign.chem.notation.backbone import stars
from polydesign.chem.recombination.environments import Reading
from polydesign.chem.recombination.fragments import Block, Site, cut
from polydesign.core.errors import ChemistryError

T = TypeVar("T")
BARE = ""  # the side group that is a hydrogen
_SEVERAL_VALENCES = (15, 16)
_LARGEST = 0.995  # share of the units that are no larger than what is made


class BareBlock(NamedTuple):
    """A piece of backbone without its side groups.

    Attributes:
        text: SMILES of its atoms with open valences; atoms are numbered as written.
        right: number of the atom bonded to the next block; the one bonded to the block before is written first.
        left_environment, right_environment: of these atoms, seen from those blocks.
        places: number and environment of each atom that has, or may have, a side group.
    """

    text: str
    right: int
    left_environment: str
    right_environment: str
    places: tuple[tuple[int, str], ...]


class Taken(NamedTuple):
    """What one unit was taken into: blocks, (environment, side group) pairs, bonds, and its heavy atoms."""

    blocks: tuple[BareBlock, ...]
    filled: tuple[tuple[str, str], ...]
    bonds: tuple[tuple[str, str], ...]
    n_atoms: int


@dataclass
class Counts:
    """How often fragments occur, each chain counted with its weight.

    Attributes:
        blocks, filled, bonds: thing -> weight.
        lengths: number of blocks of a chain -> weight.
        max_atoms: heavy atoms that nearly all units stay within.
    """

    blocks: dict[BareBlock, float] = field(default_factory=dict)
    filled: dict[tuple[str, str], float] = field(default_factory=dict)
    bonds: dict[tuple[str, str], float] = field(default_factory=dict)
    lengths: dict[int, float] = field(default_factory=dict)
    max_atoms: int = 0


def take_apart(unit: str) -> Taken | None:
    """Return what a repeat unit is made of; None where its ends are no single bonds or it cannot be read."""
    try:
        mol = notation.read(unit)
    except ChemistryError:
        return None
    if stars(mol)[0].GetBonds()[0].GetBondType() != Chem.BondType.SINGLE:
        return None
    Chem.RemoveStereochemistry(mol)
    reading = Reading(mol)
    blocks, filled = [], []
    for block in cut(reading)[0]:
        bare, groups = _bared(block)
        blocks.append(bare)
        filled += groups
    return Taken(tuple(blocks), tuple(filled), tuple(reading.pairs()), mol.GetNumHeavyAtoms())


def count(taken: Sequence[Taken], weights: Sequence[float], min_chains: int) -> Counts:
    """Count what chains were taken into; see the module for what is left out.

    Args:
        taken: N chains, one unit each.
        weights: (N,) of each.
        min_chains: a block, a filled place or a bond of fewer chains is left out.
    """
    counts = Counts()
    for parts, weight in zip(taken, weights, strict=True):
        counts.lengths[len(parts.blocks)] = counts.lengths.get(len(parts.blocks), 0.0) + weight
    counts.blocks = _frequent([p.blocks if len(p.blocks) > 1 else () for p in taken], weights, min_chains)
    counts.filled = _frequent([p.filled for p in taken], weights, min_chains)
    counts.bonds = _frequent([p.bonds for p in taken], weights, min_chains)
    sizes = sorted(parts.n_atoms for parts in taken)
    counts.max_atoms = sizes[int(_LARGEST * (len(sizes) - 1))] if sizes else 0
    return counts


def _frequent(things: Sequence[Sequence[T]], weights: Sequence[float], min_chains: int) -> dict[T, float]:
    """Return thing -> weight, in their order, of those that at least so many chains have."""
    chains: Counter[T] = Counter()
    weighed: dict[T, float] = defaultdict(float)
    for found, weight in zip(things, weights, strict=True):
        chains.update(set(found))
        for thing in found:
            weighed[thing] += weight
    return {thing: weighed[thing] for thing in sorted(weighed) if chains[thing] >= min_chains}  # type: ignore[type-var]


def block_of(bare: BareBlock) -> Block:
    """Return a bare block as `assembly` puts it together."""
    sites = tuple(Site(atom, environment, ()) for atom, environment in bare.places)
    mol = read_piece(bare.text)
    ends = (bare.left_environment, bare.right_environment)
    return Block(mol, 0, bare.right, *ends, sites, bare.text, has_marks=False)


def read_piece(text: str) -> Chem.Mol:
    """Return the atoms of a fragment in the order in which they are written, valences open.

    Raises `ChemistryError` for a text that is none.
    """
    mol = Chem.MolFromSmiles(text, sanitize=False)
    if mol is None:
        raise ChemistryError(f"'{text[:80]}' is no fragment that can be read.")
    for atom in mol.GetAtoms():
        # Of P and S with an open valence the writer makes hydrogens in brackets, which would stand in a bond's place.
        if atom.GetAtomicNum() in _SEVERAL_VALENCES and not (atom.GetIsAromatic() or atom.GetFormalCharge()):
            atom.SetNoImplicit(False)
            atom.SetNumExplicitHs(0)
    return mol


def _bared(block: Block) -> tuple[BareBlock, list[tuple[str, str]]]:
    """Return a block without its side groups, and the environment and side group of each of its places."""
    inner = {atom for site in block.sites for atom in site.group}
    outer = [site for site in block.sites if site.atom not in inner]
    gone = {atom for site in outer for atom in site.group}
    filled = [(site.environment, _group_text(block.mol, site)) for site in outer]
    bare = Chem.RWMol(block.mol)
    bare.BeginBatchEdit()
    for atom in gone:
        bare.RemoveAtom(atom)
    bare.CommitBatchEdit()
    kept = [atom for atom in range(block.mol.GetNumAtoms()) if atom not in gone]
    new = {atom: i for i, atom in enumerate(kept)}
    text, number = _written(bare.GetMol(), new[block.left])
    places = sorted({(number[new[site.atom]], site.environment) for site in outer})
    ends = (block.left_environment, block.right_environment)
    return BareBlock(text, number[new[block.right]], *ends, tuple(places)), filled


def _group_text(mol: Chem.Mol, site: Site) -> str:
    """Return the SMILES of a side group, begun at the atom that is bonded; `BARE` for a hydrogen."""
    if not site.group:
        return BARE
    bonded = next(n.GetIdx() for n in mol.GetAtomWithIdx(site.atom).GetNeighbors() if n.GetIdx() in site.group)
    piece = Chem.RWMol(mol)
    piece.BeginBatchEdit()
    for atom in set(range(mol.GetNumAtoms())) - set(site.group):
        piece.RemoveAtom(atom)
    piece.CommitBatchEdit()
    return _written(piece.GetMol(), sum(atom < bonded for atom in site.group))[0]


def _written(mol: Chem.Mol, root: int) -> tuple[str, Mapping[int, int]]:
    """Return the SMILES of a piece, begun at `root`, and index of an atom -> its number as written."""
    mol.UpdatePropertyCache(strict=False)
    text = Chem.MolToSmiles(mol, rootedAtAtom=root)
    order = mol.GetProp("_smilesAtomOutputOrder").strip("[],").split(",")
    return text, {int(index): number for number, index in enumerate(order)}
