"""Turn star-free molecules into the numbers that fingerprint models read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator, rdMolDescriptors

from polydesign.chem.notation.psmiles import read_molecule
from polydesign.core.errors import ChemistryError
from polydesign.predictors.features import FINE_BITS, Features

_ELEMENTS = (1, 6, 7, 8, 9)  # those of QM9; the others only show in the fingerprint
N_MOLECULE_DESCRIPTORS = len(_ELEMENTS) + 15
_RING_SIZES = (3, 4, 5, 6)


def featurise_molecules(smiles: Sequence[str], radius: int) -> Features:
    """Return counts of atom environments of up to `radius` bonds and descriptors of molecules; never raises.

    The descriptors are the composition, counts of rings, bonds and charges, and additive estimates of
    refractivity, partition, polar surface and surface from contributions of atoms.
    """
    counts = np.zeros((len(smiles), FINE_BITS), dtype=np.uint8)
    quick = np.zeros((len(smiles), N_MOLECULE_DESCRIPTORS), dtype=np.float32)
    readable = np.zeros(len(smiles), dtype=bool)
    for row, text in enumerate(smiles):
        try:
            mol = read_molecule(text)
        except ChemistryError:
            continue
        counts[row] = np.minimum(_generator(radius).GetCountFingerprintAsNumPy(mol), 255)
        quick[row] = _describe(mol)
        readable[row] = True
    return Features(counts, quick, readable, np.zeros(len(smiles)))


@cache
def _generator(radius: int) -> rdFingerprintGenerator.FingerprintGenerator64:
    return rdFingerprintGenerator.GetMorganGenerator(radius=radius, fpSize=FINE_BITS, includeRedundantEnvironments=True)


def _describe(mol: Chem.Mol) -> list[float]:
    atoms, bonds = list(mol.GetAtoms()), list(mol.GetBonds())
    numbers = [atom.GetAtomicNum() for atom in atoms]
    n_hydrogens = sum(atom.GetTotalNumHs() for atom in atoms)
    rings = [len(ring) for ring in mol.GetRingInfo().AtomRings()]
    log_p, refractivity = rdMolDescriptors.CalcCrippenDescriptors(mol)
    return [
        n_hydrogens,
        *(numbers.count(element) for element in _ELEMENTS[1:]),
        len(atoms),
        len(bonds),
        sum(atom.GetIsAromatic() for atom in atoms),
        sum(bond.GetBondTypeAsDouble() - 1 for bond in bonds),
        sum(bond.GetIsConjugated() for bond in bonds),
        sum(abs(atom.GetFormalCharge()) for atom in atoms),
        *(rings.count(size) for size in _RING_SIZES),
        rdMolDescriptors.CalcNumRotatableBonds(mol),
        refractivity,
        log_p,
        rdMolDescriptors.CalcTPSA(mol),
        rdMolDescriptors.CalcLabuteASA(mol),
    ]
