"""Kekulé graphs of heavy atoms, attachment points as atoms, in the order of the string.

atoms.npy (N, A) uint8       1 + place in the elements, 0 where there is no atom
bonds.npy (N, A, A) uint8    0 none, 1 single, 2 double, 3 triple
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from polydesign.data.encodings.encoding import Encoded, Encoding
from polydesign.data.encodings.stream import Batch

MOST = 24
_ARRAYS = ("atoms", "bonds", "conditions", "split", "weight")


@dataclass(frozen=True)
class GraphRows:
    """A prepared folder in memory."""

    folder: Path
    meta: Mapping[str, Any]
    atoms: np.ndarray
    bonds: np.ndarray
    conditions: np.ndarray
    split: np.ndarray
    weight: np.ndarray
    padded: bool = True

    def __len__(self) -> int:
        return len(self.atoms)

    @property
    def sizes(self) -> np.ndarray:
        """Number of atoms of each graph, (N,)."""
        return (self.atoms > 0).sum(axis=1)

    @property
    def files(self) -> dict[str, Path]:
        """What a checkpoint carries."""
        return {"joint.json": self.folder / "joint.json"}

    def batch(self, index: np.ndarray) -> dict[str, np.ndarray]:
        """Return ``atoms`` (B, A) and ``bonds`` (B, A, A), int64."""
        return {"atoms": self.atoms[index].astype(np.int64), "bonds": self.bonds[index].astype(np.int64)}

    def count(self, batch: Batch) -> float:
        """Return the number of graphs."""
        return float(len(batch["atoms"]))


class GraphEncoding(Encoding):
    """Small graphs; larger ones and those with charges are left out and counted."""

    name: ClassVar[str] = "toygraph"

    def encode(
        self, psmiles: Sequence[str], is_train: np.ndarray, conditions: Sequence[str], like: Path | None
    ) -> Encoded:
        """See `Encoding`."""
        from rdkit import Chem

        molecules = [Chem.MolFromSmiles(text) for text in psmiles]
        symbols = {a.GetSymbol() for m, train in zip(molecules, is_train, strict=True) if train for a in m.GetAtoms()}
        elements = ["*", *sorted(symbols - {"*"})]
        kept, atoms, bonds = [], [], []
        for row, molecule in enumerate(molecules):
            known = all(a.GetSymbol() in elements and not a.GetFormalCharge() for a in molecule.GetAtoms())
            if molecule.GetNumAtoms() > MOST or not known:
                continue
            Chem.Kekulize(molecule, clearAromaticFlags=True)
            kept.append(row)
            atoms.append(np.zeros(MOST, dtype=np.uint8))
            bonds.append(np.zeros((MOST, MOST), dtype=np.uint8))
            for i, atom in enumerate(molecule.GetAtoms()):
                atoms[-1][i] = 1 + elements.index(atom.GetSymbol())
            for bond in molecule.GetBonds():
                i, j = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
                bonds[-1][i, j] = bonds[-1][j, i] = int(bond.GetBondTypeAsDouble())
        meta = {"elements": elements, "too_large_or_charged": len(psmiles) - len(kept)}
        return Encoded(np.array(kept, dtype=np.int64), {"atoms": np.stack(atoms), "bonds": np.stack(bonds)}, meta)

    def load(self, folder: Path) -> GraphRows:
        """See `Encoding`."""
        meta = json.loads((folder / "meta.json").read_text())
        return GraphRows(
            folder, meta, **{name: np.load(folder / f"{name}.npy", allow_pickle=False) for name in _ARRAYS}
        )
