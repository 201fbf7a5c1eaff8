"""Name the infinite chain: one key for every way of cutting, turning, repeating and numbering a polymer.

Method (our own). In the endless head-to-tail chain, the bonds that lie on the backbone and in no ring
divide it into blocks: a CH2, an oxygen, a phenylene, a ladder-like fused ring system. Each block is
described by its canonical SMILES with the incoming and the outgoing bond labelled; the chain is then
a cyclic word of blocks and joining bonds. Its smallest period is the shortest repeat unit, and the
least rotation of the word, read in both directions, says where that unit is cut. The key is the
canonical SMILES of the unit so cut. No ring is ever closed, hence aromaticity is never perceived on
anything larger than what was given.

What the key keeps: constitution, charges, isotopes and radicals; cis/trans marks of double bonds in the
backbone and within side groups; tetrahedral marks of side groups. What it drops, because it turns
into its mirror image when the chain is read backwards and tacticity is not represented: tetrahedral
marks of backbone atoms (chain atoms and rings that the chain runs through) and cis/trans marks of
double bonds that branch off the backbone. Labels on stars and atom maps are dropped too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rdkit import Chem

from polydesign.chem.notation import psmiles as notation
from polydesign.chem.notation.backbone import CIS, TRANS, backbone_atoms, backbone_path, stars
from polydesign.core.errors import ChemistryError

# Within what counts as valid (400 heavy atoms, 80 rings) a key takes at most about 50 ms, unless many
# double bonds of a long unit bear marks: canonical ranking then takes some 12 µs a mark and atom.
MAX_MARKS_TIMES_ATOMS = 4000
WEAK_PREFIX = "weak:"

_IN, _OUT = 1, 2
_ORDER = {Chem.BondType.SINGLE: 1, Chem.BondType.DOUBLE: 2, Chem.BondType.TRIPLE: 3}
_CIS_TRANS = CIS | TRANS
_CACHE = 1 << 14


def chain_key(psmiles: str) -> str:
    """Return the name of the infinite chain, itself a p-SMILES of the shortest repeat unit.

    Equal for two texts exactly when they describe one chain (see the module for what is kept); the key
    of a key is the key. Where cis/trans marks times heavy atoms exceed 4,000 (60 marked bonds
    in a polyene) the key is weaker: ``weak:`` and the canonical SMILES of the unit as cut, blind to
    atom order and direction only. Raises `ChemistryError` with the
    reason when `psmiles` is not a valid repeat unit.
    """
    return _identity_of(psmiles).key


def shortest_unit(psmiles: str) -> str:
    """Return the canonical SMILES of the shortest repeat unit, cut where `psmiles` is cut.

    Marks of stereo stay as written unless the unit is shortened; then the backbone's tetrahedral
    marks, which may differ between the repeats, are dropped. Raises `ChemistryError` as `chain_key`.
    """
    return _identity_of(psmiles).shortest


def molecule_key(smiles: str) -> str:
    """Return the name of a star-free molecule: its canonical SMILES without atom maps, stereo marks kept.

    Raises `ChemistryError` with the reason when `smiles` is not one molecule without stars.
    """
    return Chem.MolToSmiles(notation.read_molecule(smiles))


def cut_elsewhere(mol: Chem.Mol, shares: Sequence[float]) -> list[Chem.Mol]:
    """Return a repeat unit of the same chain for each share, cut at another joint of the backbone.

    Args:
        mol: a repeat unit as `psmiles.read` returns it.
        shares: in [0, 1), which of the joints of the lowest bond order is cut, counted along the unit.

    The period is not looked for: a unit that is twice the shortest stays so.
    """
    mol = _perceived_as_in_chain(mol)
    joints = _joints(mol, backbone_path(mol))
    cuts = _cuts([joint.order for joint in joints])
    return [_unit(mol, joints, cuts[int(share * len(cuts))], len(joints)) for share in shares]


def chain_hash(key: str) -> int:
    """Return the 32-bit unsigned BLAKE2b digest of a chain key, the form in which keys are shipped."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=4).digest(), "little")


@dataclass(frozen=True)
class _Identity:
    key: str
    shortest: str


@dataclass(frozen=True)
class _Joint:
    """A backbone bond between two blocks, from atom `left` to atom `right` in writing direction.

    `bond` is its index. The joint between the two ends of the unit has the last star as `left`, the
    first star as `right` and no index (-1).
    """

    left: int
    right: int
    order: int
    bond: int


def _identity_of(psmiles: str) -> _Identity:
    if not isinstance(psmiles, str):
        raise ChemistryError(notation.validate(psmiles).reason)
    return _identify(psmiles.removeprefix(WEAK_PREFIX))


@lru_cache(maxsize=_CACHE)
def _identify(psmiles: str) -> _Identity:
    mol = notation.read(psmiles)
    written = Chem.MolToSmiles(mol)
    if _count_cis_trans(mol) * mol.GetNumHeavyAtoms() > MAX_MARKS_TIMES_ATOMS:
        return _Identity(WEAK_PREFIX + written, written)
    if _has_marks(written):
        mol = _without_tacticity(mol)
    mol = _perceived_as_in_chain(mol)
    path = backbone_path(mol)
    joints = _joints(mol, path)
    forward, backward = _words(mol, joints)
    period = _period(forward)
    start = _best_start(forward, backward, [joint.order for joint in joints], period)
    key = _written(_unit(mol, joints, start, period))
    if period == len(joints):
        return _Identity(key, written)
    return _Identity(key, _written(_unit(mol, joints, 0, period)))


def _written(mol: Chem.Mol) -> str:
    """Return the canonical SMILES, read anew if it bears marks: stereo of rings is canonical only after reading."""
    text = Chem.MolToSmiles(mol)
    return notation.canonical(text) if _has_marks(text) else text


def _has_marks(smiles: str) -> bool:
    return any(mark in smiles for mark in "@/\\")


def _count_cis_trans(mol: Chem.Mol) -> int:
    return sum(bond.GetStereo() in _CIS_TRANS for bond in mol.GetBonds())


def _perceived_as_in_chain(mol: Chem.Mol) -> Chem.Mol:
    """Return `mol` with the aromaticity it has inside the chain.

    A ring with an exocyclic multiple bond to a star is judged by RDKit without knowing which element
    stands beyond. So the stars play the elements they will be joined to while rings are perceived.
    """
    if stars(mol)[0].GetBonds()[0].GetBondType() == Chem.BondType.SINGLE:
        return mol
    mol = Chem.Mol(mol)
    Chem.Kekulize(mol, clearAromaticFlags=True)
    ends = stars(mol)
    beyond = [star.GetNeighbors()[0].GetAtomicNum() for star in reversed(ends)]
    for star, element in zip(ends, beyond, strict=True):
        star.SetAtomicNum(element)
    mol.UpdatePropertyCache(strict=False)
    Chem.SetAromaticity(mol)
    for atom in mol.GetAtoms():
        # What has become aromatic has to name its hydrogens ([nH]), or the text could not be read back.
        if atom.GetIsAromatic() and atom.GetAtomicNum() != 6:
            atom.SetNumExplicitHs(atom.GetTotalNumHs())
    for star in ends:
        star.SetAtomicNum(0)
    mol.UpdatePropertyCache(strict=False)
    return mol


def _without_tacticity(mol: Chem.Mol) -> Chem.Mol:
    """Return `mol` without the stereo marks that say how successive units face each other.

    These are the tetrahedral marks of backbone atoms, and the cis/trans marks of double bonds that
    branch off the backbone. Marks that lose their sense with them go too, which RDKit sees to when it
    reads the structure anew.
    """
    mol = Chem.Mol(mol)
    backbone = backbone_atoms(mol, backbone_path(mol))
    for index in backbone:
        mol.GetAtomWithIdx(index).SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
    for bond in mol.GetBonds():
        branches_off = (bond.GetBeginAtomIdx() in backbone) != (bond.GetEndAtomIdx() in backbone)
        if branches_off and bond.GetStereo() in _CIS_TRANS:
            bond.SetStereo(Chem.BondStereo.STEREONONE)
    return notation.read(Chem.MolToSmiles(mol))


def _joints(mol: Chem.Mol, path: tuple[int, ...]) -> list[_Joint]:
    """Return the joints in writing order, the one between the stars last.

    Double bonds with a cis/trans mark stay inside a block, which keeps their mark whole.
    """
    joints = []
    for left, right in pairwise(path[1:-1]):
        bond = mol.GetBondBetweenAtoms(left, right)
        if not bond.IsInRing() and bond.GetBondType() in _ORDER and bond.GetStereo() not in _CIS_TRANS:
            joints.append(_Joint(left, right, _ORDER[bond.GetBondType()], bond.GetIdx()))
    star_bond = mol.GetBondBetweenAtoms(path[0], path[1])
    joints.append(_Joint(path[-1], path[0], _ORDER[star_bond.GetBondType()], -1))
    return joints


def _words(mol: Chem.Mol, joints: list[_Joint]) -> tuple[list[str], list[str]]:
    """Return the blocks of the unit as text, in writing order: read forwards, and each read backwards."""
    *inner, ends = joints
    first, last = ends.right, ends.left
    blocks, labels = mol, []
    for joint in inner:
        forwards = mol.GetBondWithIdx(joint.bond).GetBeginAtomIdx() == joint.left
        labels.append((_IN, _OUT) if forwards else (_OUT, _IN))
    blocks = Chem.FragmentOnBonds(mol, [joint.bond for joint in inner], dummyLabels=labels) if inner else Chem.Mol(mol)
    blocks.GetAtomWithIdx(first).SetIsotope(_IN)
    blocks.GetAtomWithIdx(last).SetIsotope(_OUT)
    fragments = Chem.GetMolFrags(blocks)
    fragment_of = {atom: number for number, fragment in enumerate(fragments) for atom in fragment}
    order = [fragment_of[atom] for atom in (first, *(joint.right for joint in inner))]

    forward = _fragment_texts(blocks, fragments, fragment_of)
    for atom in stars(blocks):
        atom.SetIsotope(_OUT if atom.GetIsotope() == _IN else _IN)
    backward = _fragment_texts(blocks, fragments, fragment_of)
    return [forward[number] for number in order], [backward[number] for number in order]


def _fragment_texts(
    blocks: Chem.Mol, fragments: Sequence[Sequence[int]], fragment_of: dict[int, int]
) -> dict[int, str]:
    """Return fragment number -> canonical SMILES, from one SMILES of all fragments."""
    texts = Chem.MolToSmiles(blocks).split(".")
    atoms = blocks.GetProp("_smilesAtomOutputOrder").strip("[],").split(",")
    named, position = {}, 0
    for text in texts:
        number = fragment_of[int(atoms[position])]
        named[number] = text
        position += len(fragments[number])
    return named


def _period(word: list[str]) -> int:
    """Return the length of the shortest word of which the cyclic `word` is a repetition."""
    n = len(word)
    return next(p for p in range(1, n + 1) if n % p == 0 and word == word[p:] + word[:p])


def _cuts(orders: list[int]) -> list[int]:
    """Return the blocks before which a chain may be cut: at joints of the lowest bond order."""
    lowest = min(orders)
    return [start for start in range(len(orders)) if orders[start - 1] == lowest]


def _best_start(forward: list[str], backward: list[str], orders: list[int], period: int) -> int:
    """Return the block with which the unit begins in the least rotation, over both directions.

    Only joints of the lowest bond order are cut. `orders[i]` is the bond after block i.
    """
    n = period
    forward, backward = forward[:n], backward[:n][::-1]
    cuts = [start for start in _cuts(orders) if start < n]
    # The backward word that begins beyond the joint before block `start` begins at n - start.
    candidates = [(forward[start:] + forward[:start], start) for start in cuts]
    candidates += [(backward[n - start :] + backward[: n - start], start) for start in cuts]
    return min(candidates)[1]


def _unit(mol: Chem.Mol, joints: list[_Joint], start: int, period: int) -> Chem.Mol:
    """Return the repeat unit of `period` blocks that begins with block `start`, with plain stars."""
    n = len(joints)
    if period < n:
        cuts = [joints[index].bond for index in (start - 1, start + period - 1) if 0 <= index < n - 1]
        pieces = Chem.FragmentOnBonds(mol, cuts, dummyLabels=[(0, 0)] * len(cuts))
        inside = joints[start - 1].right if start else joints[-1].right
        atoms: list = []
        molecules = Chem.GetMolFrags(pieces, asMols=True, sanitizeFrags=False, fragsMolAtomMapping=atoms)
        return next(m for m, members in zip(molecules, atoms, strict=True) if inside in members)
    if start == 0:
        return mol
    pieces = Chem.FragmentOnBonds(mol, [joints[start - 1].bond], dummyLabels=[(0, 0)])
    for star in (joints[-1].left, joints[-1].right):
        pieces.GetAtomWithIdx(star).SetAtomMapNum(1)
    return Chem.molzip(pieces)
