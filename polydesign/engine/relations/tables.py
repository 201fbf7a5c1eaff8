"""Tables of property values that pages and commands compare: library, known values, results."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from polydesign.core.properties import POLYMER_KEYS, PROPERTIES
from polydesign.core.results import DesignResult
from polydesign.data.corpora.labels import repeat_unit_labels
from polydesign.data.corpora.library import library


def library_values() -> pd.DataFrame:
    """Return ``psmiles`` and the guide's predictions for our own library, in units."""
    frame = library()
    return frame[["psmiles", *(key for key in POLYMER_KEYS if key in frame)]]


@lru_cache(maxsize=1)
def known_values() -> pd.DataFrame:
    """Return ``psmiles`` and the measured, DFT and MD values of the label table, in units; NaN for none.

    Raises `DataError` when the label table is not on this machine.
    """
    return repeat_unit_labels()


def result_values(result: DesignResult, *, checker: bool = False) -> pd.DataFrame:
    """Return ``psmiles`` and the values of a run's candidates, best first: the guide's, or the checker's."""
    rows = []
    for candidate in result.candidates:
        values = {key: found.get("mean") for key, found in candidate.checker.items()} if checker else {
            key: found.mean for key, found in candidate.predictions.items()
        }  # fmt: skip
        rows.append({"psmiles": candidate.psmiles, **values})
    frame = pd.DataFrame(rows)
    return frame[["psmiles", *(key for key in PROPERTIES if key in frame)]] if len(frame) else frame
