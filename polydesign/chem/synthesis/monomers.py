"""Common names of monomers, from a table written by hand; stereo marks do not count."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from rdkit import Chem

_FILE = Path(__file__).with_name("monomers.csv")


def monomer_name(smiles: str) -> str:
    """Return the common name of a monomer, "" when the table has none or `smiles` cannot be read."""
    mol = Chem.MolFromSmiles(smiles)
    return "" if mol is None else _names().get(Chem.MolToSmiles(mol, isomericSmiles=False), "")


@cache
def _names() -> dict[str, str]:
    """Return canonical SMILES -> name."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {Chem.MolToSmiles(Chem.MolFromSmiles(row["smiles"]), isomericSmiles=False): row["name"] for row in rows}
