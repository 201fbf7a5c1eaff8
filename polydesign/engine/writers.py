"""Write rows of cells as a table or as structures, and files whole or not at all."""

from __future__ import annotations

import csv
import io
import math
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np


def cell(value: Any) -> str:
    """Return what stands in a table for a value: six digits of a number, nothing for None and NaN."""
    if value is None or (isinstance(value, float | np.floating) and math.isnan(value)):
        return ""
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    return f"{value:.6g}" if isinstance(value, float | np.floating) else str(value)


def csv_text(rows: Sequence[Mapping[str, Any]], columns: Sequence[str] = ()) -> str:
    """Return rows of column -> value as CSV, with all columns that any row has; with `columns` when there is no row."""
    names = list(dict.fromkeys(name for row in rows for name in row)) or list(columns)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([cell(row.get(name)) for name in names] for row in rows)
    return text.getvalue()


def sdf_text(records: Iterable[tuple[str, str, Mapping[str, Any]]]) -> str:
    """Return a 2D structure a record of title, p-SMILES and cells; attachment points as dummy atoms, cells as data."""
    from rdkit import Chem
    from rdkit.Chem import rdDepictor

    text = io.StringIO()
    writer = Chem.SDWriter(text)
    for title, psmiles, cells in records:
        mol = Chem.MolFromSmiles(psmiles)
        rdDepictor.Compute2DCoords(mol)
        mol.SetProp("_Name", title)
        for name, value in cells.items():
            if content := cell(value):
                mol.SetProp(name, " ".join(content.split()))  # a blank line would end the record's field
        writer.write(mol)
    writer.close()
    return text.getvalue()


def write_text(text: str | Iterable[str], path: Path) -> None:
    """Write a file that is there whole or not at all; a long text may come in parts."""
    handle, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
    try:
        with open(handle, "w", encoding="utf-8", newline="") as file:
            file.writelines([text] if isinstance(text, str) else text)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)  # mkstemp's files are private
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
