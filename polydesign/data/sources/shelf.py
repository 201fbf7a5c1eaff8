"""The data sets that can be looked at on this machine: our own first, then those of the catalog that are at hand."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

import numpy as np
import pandas as pd

from polydesign.chem.common import COMMON_POLYMERS
from polydesign.core.errors import DataError
from polydesign.core.properties import PROPERTIES
from polydesign.data.corpora import library
from polydesign.data.sources.catalog import CATALOG, Dataset
from polydesign.data.sources.load import locate, table

COMMON = "common"
MOST_ROWS = 400_000  # what a page holds in memory without harm
_COMMON_UNITS = {"tg_c": "degC", "tm_c": "degC", "density_g_cm3": "g/cm3", "refractive_index": "1"}


def shelf() -> dict[str, Dataset]:
    """Return name -> entry of every set that `rows` can read here; our library and the common polymers come first."""
    return {entry.name: entry for entry in (*_own(), *filter(_at_hand, CATALOG.values()))}


@lru_cache(maxsize=2)
def rows(name: str) -> pd.DataFrame:
    """Return a set as a table, rows without a structure left out, a fresh index; to be read only.

    Raises `DataError` when it is not here or cannot be read.
    """
    if name == library.NAME:
        return library.library()
    if name == COMMON:
        fields = ("name", "abbreviation", "polymer_class", "psmiles", *_COMMON_UNITS)
        frame = pd.DataFrame([{field: getattr(polymer, field) for field in fields} for polymer in COMMON_POLYMERS])
        frame.insert(2, "synonyms", ["; ".join(polymer.synonyms) for polymer in COMMON_POLYMERS])
        return frame.astype(dict.fromkeys(_COMMON_UNITS, float))
    if name not in shelf():
        raise DataError(f"The data set '{name}' is not at hand. Choose one of {', '.join(shelf())}.")
    frame = table(name)
    return frame[frame[structures(frame)].notna()].reset_index(drop=True)


def structures(frame: pd.DataFrame) -> str:
    """Return the name of the column that holds the structures."""
    for column in ("psmiles", "smiles"):
        if column in frame:
            return column
    raise DataError(f"There is no column psmiles or smiles; the table has {', '.join(map(str, frame.columns[:20]))}.")


def measures(frame: pd.DataFrame, units: Mapping[str, str]) -> dict[str, str]:
    """Return column -> label with unit, of the columns of numbers that have a value."""
    labels = {}
    for column in frame.select_dtypes("number"):
        if frame[column].notna().any():
            spec = PROPERTIES.get(column)
            unit = units.get(column, "1") if spec is None else (spec.unit_text or "1")
            label = spec.label if spec else str(column).replace("_", " ")
            labels[str(column)] = label if unit == "1" else f"{label}, {unit.replace('degC', '°C')}"
    return labels


def search(frame: pd.DataFrame, text: str = "", ranges: Mapping[str, tuple[float, float]] | None = None) -> np.ndarray:
    """Return the places of the rows that hold `text` and whose values lie within all `ranges`, ends included.

    A text is looked for letter by letter: in structures as it is, in other columns of text in either case.
    A row without a value of a property in `ranges` does not pass.
    """
    keep = np.ones(len(frame), dtype=bool)
    if text := text.strip():
        own = structures(frame)
        keep = frame[own].str.contains(text, regex=False).to_numpy(dtype=bool, na_value=False)
        for column in frame.select_dtypes(include=["object", "string"]).columns.difference([own]):
            words = frame[column].astype("string").str.lower()
            keep = keep | words.str.contains(text.lower(), regex=False).to_numpy(dtype=bool, na_value=False)
    for column, (low, high) in (ranges or {}).items():
        keep &= frame[column].between(low, high).to_numpy()
    return np.flatnonzero(keep)


def _own() -> tuple[Dataset, Dataset]:
    made = library.origin()
    ours = Dataset(
        library.NAME,
        "Our own library: polymers that our models generated, with predicted properties",
        "polymers",
        library.LICENCE,
        MappingProxyType({"psmiles": "text", "sa_score": "1", "in_domain": "1"}),
        rows=made["n"],
        note=(
            f"Sampled from {made['generator']} without targets (seed {made['seed']}, {made['date']}); none is among "
            f"its training chains. Values are predictions of {made['guide']}; in_domain is the share of properties for "
            f"which the structure lies near its training chains. Written by python -m polydesign.library."
        ),
    )
    common = Dataset(
        COMMON,
        "Common polymers by name, with literature values",
        "polymers",
        "Apache-2.0, as polydesign itself: written by hand",
        MappingProxyType(_COMMON_UNITS),
        rows=len(COMMON_POLYMERS),
        note="Rounded values from handbooks; the table in the package names the source of each row.",
    )
    return ours, common


def _at_hand(entry: Dataset) -> bool:
    if not {"psmiles", "smiles"} & set(entry.columns) or (entry.rows or 0) > MOST_ROWS:
        return False
    try:
        locate(entry)
    except DataError:
        return False
    return True
