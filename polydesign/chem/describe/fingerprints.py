"""Describe the infinite chain by numbers that no cut, direction, repetition or atom order changes.

Everything here is a function of the chain key alone: the shortest unit is taken from the key, set
between copies of itself, and only the atoms of the middle unit are counted, which see the same
neighbourhood that they have inside the chain.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator

from polydesign.chem.describe.chain_descriptors import describe
from polydesign.chem.notation.backbone import backbone_path
from polydesign.chem.notation.identity import WEAK_PREFIX, chain_key
from polydesign.chem.notation.oligomer import Chain, chained
from polydesign.chem.notation.psmiles import read_molecule
from polydesign.core.errors import ChemistryError

RADIUS = 3
N_BITS = 2048


def chain_counts(psmiles: str, *, radius: int = RADIUS, n_bits: int = N_BITS) -> np.ndarray:
    """Return (n_bits,) uint8 counts of the atom environments of one shortest repeat unit inside the chain.

    Each atom of the unit adds one environment for every radius 0 … `radius` (Morgan invariants, folded
    to `n_bits`; Rogers and Hahn, J. Chem. Inf. Model. 50:742, 2010). Unlike in the usual fingerprint,
    environments that cover the same bonds are all counted, so that counts per unit are exact. Counts
    stop at 255. Raises `ChemistryError` when `psmiles` is not a valid repeat unit.
    """
    return _counts(*_surrounded(psmiles, radius), radius, n_bits)


def molecule_counts(smiles: str, *, radius: int = RADIUS, n_bits: int = N_BITS) -> np.ndarray:
    """Return (n_bits,) uint8 counts of the atom environments of a molecule, by the rules of `chain_counts`."""
    counts = _generator(radius, n_bits).GetCountFingerprintAsNumPy(read_molecule(smiles))
    return np.minimum(counts, 255).astype(np.uint8)


def features(psmiles: str, *, radius: int = RADIUS, n_bits: int = N_BITS) -> tuple[np.ndarray, np.ndarray]:
    """Return `chain_counts` and (M,) float32 descriptors of the chain, named by `QUICK_DESCRIPTOR_NAMES`.

    Raises `ChemistryError` when `psmiles` is not a valid repeat unit.
    """
    surrounded = _surrounded(psmiles, radius)
    return _counts(*surrounded, radius, n_bits), _quick(*surrounded)


def chain_count_matrix(psmiles: Sequence[str], *, radius: int = RADIUS, n_bits: int = N_BITS) -> np.ndarray:
    """Return (N, n_bits) uint8 counts; a zero row marks a text that is no valid repeat unit."""
    matrix = np.zeros((len(psmiles), n_bits), dtype=np.uint8)
    for row, text in enumerate(psmiles):
        try:
            matrix[row] = chain_counts(text, radius=radius, n_bits=n_bits)
        except ChemistryError:
            continue
    return matrix


def _surrounded(psmiles: str, radius: int) -> tuple[Chem.Mol, Chain, int]:
    """Return the shortest unit, a chain in which it sees `radius` bonds of neighbours on either side, its number."""
    unit = Chem.MolFromSmiles(chain_key(psmiles).removeprefix(WEAK_PREFIX))
    if unit is None:  # about one generated polymer in ten thousand: aromatic only where it was cut before
        raise ChemistryError(
            "The shortest repeat unit of this chain cannot be read back; draw it with single and double bonds."
        )
    n_path = len(backbone_path(unit)) - 2
    each_side = max(1, -(-radius // n_path))
    return unit, chained(unit, 2 * each_side + 1), each_side


def _counts(unit: Chem.Mol, chain: Chain, middle: int, radius: int, n_bits: int) -> np.ndarray:
    atoms = [place for place in chain.units[middle] if place >= 0]
    counts = _generator(radius, n_bits).GetCountFingerprintAsNumPy(chain.mol, fromAtoms=atoms)
    return np.minimum(counts, 255).astype(np.uint8)


def _quick(unit: Chem.Mol, chain: Chain, middle: int) -> np.ndarray:
    return np.array(list(describe(unit, chain, middle).values()), dtype=np.float32)


@lru_cache(maxsize=8)
def _generator(radius: int, n_bits: int) -> rdFingerprintGenerator.FingerprintGenerator64:
    return rdFingerprintGenerator.GetMorganGenerator(radius=radius, fpSize=n_bits, includeRedundantEnvironments=True)


QUICK_DESCRIPTOR_NAMES: tuple[str, ...] = tuple(describe(*_surrounded("*C*", RADIUS)))
