"""Those rows of a prepared folder whose known values meet conditions, such as all polymers with Tg of at least 250 °C.

Conditions are written as people write them, separated by commas:

    tg_exp_c>=250                     in the property's unit, as in the catalog
    selectivity_co2_n2_exp>=30        derived properties too
    egc_dft_ev>=3,egc_dft_ev<=4

Values are those that the corpus was prepared with: what was reported, and where it was labelled what a property model
predicts. A row whose value is not known meets no condition.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from polydesign.core.errors import DataError
from polydesign.core.properties import SELECTIVITIES, property_spec
from polydesign.data.encodings.encoding import PreparedRows
from polydesign.data.encodings.meta import CorpusMeta
from polydesign.data.encodings.stream import Batch

_CONDITION = re.compile(r"\s*(\w+)\s*(>=|<=)\s*(-?[\d.]+(?:e-?\d+)?)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Chosen:
    """Rows of others, as `PreparedRows`.

    Attributes:
        rows: all of them.
        index: (n,) which of them are there.
    """

    rows: PreparedRows
    index: np.ndarray

    def __len__(self) -> int:
        return len(self.index)

    @property
    def folder(self) -> Path:
        """See `PreparedRows`, as the following."""
        return self.rows.folder

    @property
    def meta(self) -> CorpusMeta:  # noqa: D102
        return self.rows.meta

    @property
    def files(self) -> Mapping[str, Path]:  # noqa: D102
        return self.rows.files

    @property
    def padded(self) -> bool:  # noqa: D102
        return self.rows.padded

    @property
    def conditions(self) -> np.ndarray:  # noqa: D102
        return self.rows.conditions[self.index]

    @property
    def split(self) -> np.ndarray:  # noqa: D102
        return self.rows.split[self.index]

    @property
    def weight(self) -> np.ndarray:  # noqa: D102
        return self.rows.weight[self.index]

    @property
    def sizes(self) -> np.ndarray:  # noqa: D102
        return self.rows.sizes[self.index]

    def batch(self, index: np.ndarray) -> Batch:  # noqa: D102
        return self.rows.batch(self.index[index])

    def count(self, batch: Batch) -> float:  # noqa: D102
        return self.rows.count(batch)


def choose_rows(rows: PreparedRows, where: str) -> Chosen:
    """Return the rows whose values meet all conditions of `where`.

    Raises `DataError` for what is no condition, for a property that the data do not have, and where no training row
    is left.
    """
    inside = np.ones(len(rows), dtype=bool)
    for text in where.split(","):
        inside &= _meets(rows, text)
    if not (inside & (rows.split == 0)).any():
        raise DataError(f"No training row of {rows.folder} has values of which {where} is known. Ask for less.")
    return Chosen(rows, np.flatnonzero(inside))


def _meets(rows: PreparedRows, text: str) -> np.ndarray:
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise DataError(
            f"'{text}' is not a condition. Write PROPERTY>=NUMBER or PROPERTY<=NUMBER, as in tg_exp_c>=250."
        )
    key, sign, number = match.groups()
    spec = property_spec(key)
    values = _on_scale(rows, spec.key)
    bound = float(spec.to_scale(float(number)))
    return values >= bound if sign == ">=" else values <= bound


def _on_scale(rows: PreparedRows, key: str) -> np.ndarray:
    """Return (N,) values of a property on its scale, NaN where unknown; a selectivity is a ratio of two others."""
    if key in SELECTIVITIES:
        first, second = SELECTIVITIES[key]
        return _on_scale(rows, first) - _on_scale(rows, second)
    keys = rows.meta["conditions"]
    if key not in keys:
        raise DataError(f"{rows.folder} has no values of {key}. It has: {', '.join(keys)}.")
    return rows.conditions[:, keys.index(key)]
