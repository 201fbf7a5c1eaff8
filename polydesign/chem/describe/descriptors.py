"""Compute the descriptors that are conditions and targets, and the synthetic accessibility score.

Conventions. The 15 descriptors are RDKit's own, of the string as written: a star weighs nothing, is no
heavy atom, yet counts as a heteroatom and as a neighbour. They depend on where a chain is cut;
those of `fingerprints.features` do not.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import numpy as np
from rdkit import Chem
from rdkit.Chem import RDConfig, rdMolDescriptors

from polydesign.chem.notation import psmiles as notation
from polydesign.chem.notation.oligomer import capped
from polydesign.core.errors import ChemistryError
from polydesign.core.properties import DESCRIPTORS

_FUNCTIONS: dict[str, Callable[[Chem.Mol], float]] = {
    "MolWt": rdMolDescriptors._CalcMolWt,
    "HeavyAtomCount": Chem.Mol.GetNumHeavyAtoms,
    "NHOHCount": rdMolDescriptors.CalcNumLipinskiHBD,
    "NOCount": rdMolDescriptors.CalcNumLipinskiHBA,
    "NumAliphaticCarbocycles": rdMolDescriptors.CalcNumAliphaticCarbocycles,
    "NumAliphaticHeterocycles": rdMolDescriptors.CalcNumAliphaticHeterocycles,
    "NumAliphaticRings": rdMolDescriptors.CalcNumAliphaticRings,
    "NumAromaticCarbocycles": rdMolDescriptors.CalcNumAromaticCarbocycles,
    "NumAromaticHeterocycles": rdMolDescriptors.CalcNumAromaticHeterocycles,
    "NumAromaticRings": rdMolDescriptors.CalcNumAromaticRings,
    "NumHAcceptors": rdMolDescriptors.CalcNumHBA,
    "NumHDonors": rdMolDescriptors.CalcNumHBD,
    "NumHeteroatoms": rdMolDescriptors.CalcNumHeteroatoms,
    "NumRotatableBonds": rdMolDescriptors.CalcNumRotatableBonds,
    "RingCount": rdMolDescriptors.CalcNumRings,
}


def descriptors(psmiles: str | Chem.Mol) -> dict[str, float]:
    """Return the 15 descriptors of `core.properties.DESCRIPTORS`, of the string (or the molecule read) as written.

    Needs a text that parses, whatever its stars; raises `ChemistryError` with the reason otherwise.
    """
    mol = notation.parse(psmiles) if isinstance(psmiles, str) else psmiles
    return {name: float(_FUNCTIONS[name](mol)) for name in DESCRIPTORS}


def descriptor_matrix(psmiles: Sequence[str]) -> np.ndarray:
    """Return (N, 15) float32 descriptors in the order of `DESCRIPTORS`; NaN rows for texts that do not parse."""
    matrix = np.full((len(psmiles), len(DESCRIPTORS)), np.nan, dtype=np.float32)
    for row, text in enumerate(psmiles):
        try:
            matrix[row] = list(descriptors(text).values())
        except ChemistryError:
            continue
    return matrix


def sa_score(psmiles: str | Chem.Mol, *, ends: str = "H") -> float:
    """Return the synthetic accessibility score, 1 (easy) to 10 (hard).

    Method: Ertl and Schuffenhauer, J. Cheminform. 1:8 (2009), RDKit's Contrib implementation, fitted to
    drug-like molecules. The score knows no stars, so by convention (``ends="H"``) they are replaced by
    hydrogen. ``ends="*"`` scores the string as written, as the published permeability task does: about
    1.2 higher on average. Raises `ChemistryError` when `psmiles` does not parse or is stars alone.
    """
    mol = notation.parse(psmiles) if isinstance(psmiles, str) else psmiles
    if ends == "H":
        mol = capped(mol)
    elif ends != "*":
        raise ChemistryError(f"ends must be 'H' or '*'; got {ends!r}.")
    if mol.GetNumHeavyAtoms() == 0:
        raise ChemistryError(f"'{notation.canonical(psmiles)}' has no atom that could be scored.")
    return float(_sa_module().calculateScore(mol))


@lru_cache(maxsize=1)
def _sa_module() -> ModuleType:
    """Load RDKit's SA score, which lies beside the package and is no importable module (about 0.4 s)."""
    path = Path(RDConfig.RDContribDir) / "SA_Score" / "sascorer.py"
    spec = importlib.util.spec_from_file_location("sascorer", path)
    if spec is None or spec.loader is None or not path.exists():
        raise ChemistryError(f"RDKit's SA score is not installed: {path} is missing. Reinstall the rdkit package.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
