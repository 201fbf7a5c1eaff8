"""Sort polymers into families by what links their backbone, for splits that hold out whole kinds of chemistry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from polydesign.chem.describe.fingerprints import QUICK_DESCRIPTOR_NAMES

_Test = Callable[[Mapping[str, float]], bool]

# The first that holds names the family. The descriptors are those of the infinite chain.
_FAMILIES: tuple[tuple[str, _Test], ...] = (
    ("silicon in the backbone", lambda d: d["path_Si"] > 0),
    ("other elements", lambda d: d["fraction_other_elements"] > 1e-6 or d["fraction_P"] > 0),
    ("imides", lambda d: d["imides_per_atom"] > 0 and d["path_N"] > 0 and d["path_in_ring"] > 0),
    ("amides, urethanes and ureas", lambda d: d["path_N"] > 0 and d["path_carbonyl"] > 0),
    ("esters and carbonates", lambda d: d["path_O"] > 0 and d["path_carbonyl"] > 0),
    ("sulfur in the backbone", lambda d: d["path_S"] > 0),
    ("nitrogen in the backbone", lambda d: d["path_N"] > 0),
    ("aromatic ethers", lambda d: d["path_O"] > 0 and d["backbone_aromatic"] > 0),
    ("aliphatic ethers", lambda d: d["path_O"] > 0),
    ("aromatic backbones", lambda d: d["backbone_aromatic"] > 0),
    ("conjugated carbon chains", lambda d: d["path_double_bonds"] > 0 or d["path_triple_bonds"] > 0),
    ("carbon chains with aromatic side groups", lambda d: d["side_aromatic"] > 0),
    ("carbon chains with polar side groups", lambda d: d["side_heteroatoms"] > 0),
    ("hydrocarbons", lambda d: True),
)


def families(descriptors: np.ndarray) -> list[str]:
    """Return the family of each of the (N, M) rows of quick descriptors."""
    rows = (dict(zip(QUICK_DESCRIPTOR_NAMES, row, strict=True)) for row in descriptors.tolist())
    return [next(name for name, holds in _FAMILIES if holds(row)) for row in rows]


def family_folds(names: Sequence[str], n_folds: int) -> np.ndarray:
    """Return (N,) int64 folds of whole families, each family put where there are fewest polymers, largest first."""
    filled, fold_of = [0] * n_folds, {}
    for name, count in sorted(Counter(names).items(), key=lambda item: (-item[1], item[0])):
        fold_of[name] = filled.index(min(filled))
        filled[fold_of[name]] += count
    return np.array([fold_of[name] for name in names], dtype=np.int64)
