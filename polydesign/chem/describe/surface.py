"""Divide the surface of the chain by lipophilicity and polarisability: what neighbouring chains feel of each other.

Approximate surface areas of atoms are summed in bins of their contributions to log P and to molar
refractivity (Labute, J. Mol. Graph. Model. 18:464, 2000; contributions of Wildman and Crippen, J. Chem. Inf.
Comput. Sci. 39:868, 1999), per heavy atom of the unit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

_LOG_P = (-0.4, -0.2, 0.0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6)
_REFRACTIVITY = (1.29, 1.82, 2.24, 2.45, 2.75, 3.05, 3.63, 3.8, 4.0)
_NAMES = (
    *(f"surface_log_p_{number}" for number in range(len(_LOG_P) + 1)),
    *(f"surface_refractivity_{number}" for number in range(len(_REFRACTIVITY) + 1)),
)


def surface(mol: Chem.Mol, atoms: Sequence[int], crippen: Sequence[tuple[float, float]]) -> dict[str, float]:
    """Return name -> square angstrom per atom for the `atoms` of `mol`; `crippen` are contributions of all atoms."""
    every = rdMolDescriptors._CalcLabuteASAContribs(mol)[0]
    area = np.array([every[atom] for atom in atoms]) / len(atoms)
    values = np.array([crippen[atom] for atom in atoms])
    bins = [
        np.bincount(np.searchsorted(edges, values[:, column], side="right"), area, len(edges) + 1)
        for column, edges in enumerate((_LOG_P, _REFRACTIVITY))
    ]
    return dict(zip(_NAMES, np.concatenate(bins).tolist(), strict=True))
