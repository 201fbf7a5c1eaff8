"""Bring labelled tables to one row a chain, with the property keys as columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from polydesign.core.errors import DataError
from polydesign.core.properties import MOLECULE_KEYS, POLYMER_KEYS, PROPERTIES
from polydesign.data.sources.load import table


def polymer_labels(keys: Sequence[str] = POLYMER_KEYS) -> pd.DataFrame:
    """Return measured, DFT and MD values of polymers, one row a chain.

    Returns:
        Columns ``psmiles`` (the shortest repeat unit listed for the chain), ``chain_key``, then `keys`
        in their units, NaN where there is no value. Rows are in the order of ``chain_key``; chains
        without any value of `keys` are left out. Strings that the chemistry refuses are left out too:
        ``result.attrs["refused"]`` holds them.

    Computing the chain keys takes a while (see `merge_by_chain` to reuse known ones).
    """
    from polydesign.chem.notation.identity import chain_key
    from polydesign.core.errors import ChemistryError

    merged = table("labels_merged")
    chain_keys: list[str | None] = []
    refused: list[str] = []
    for psmiles in merged["psmiles"]:
        try:
            chain_keys.append(chain_key(psmiles))
        except ChemistryError:
            chain_keys.append(None)
            refused.append(psmiles)
    result = merge_by_chain(merged, chain_keys, keys)
    result.attrs["refused"] = refused
    return result


def repeat_unit_labels(keys: Sequence[str] = POLYMER_KEYS) -> pd.DataFrame:
    """Return the label table with ``psmiles`` and `keys` in their units, one row a repeat unit as listed.

    Unlike `polymer_labels`, repeat units of one chain stay apart, which takes no time. Rows without any value
    of `keys` are left out.
    """
    merged = table("labels_merged")
    values = _on_scale(merged, keys)
    for key in keys:
        values[key] = PROPERTIES[key].from_scale(values[key].to_numpy())
    values.insert(0, "psmiles", merged["psmiles"])
    return values.dropna(subset=list(keys), how="all").reset_index(drop=True)


def merge_by_chain(
    labelled: pd.DataFrame, chain_keys: Sequence[str | None], keys: Sequence[str] = POLYMER_KEYS
) -> pd.DataFrame:
    """Merge rows of one chain: the median of each property on its own scale, in its own unit.

    Args:
        labelled: (N, ...) with ``psmiles`` and the label columns named by the property specs.
        chain_keys: (N,) key of each row; None leaves the row out.
        keys: property keys wanted.

    Returns the table that `polymer_labels` describes. The median of a log10 property is taken over
    logarithms, where values that are not positive do not count.
    """
    if len(chain_keys) != len(labelled):
        raise ValueError(f"Got {len(chain_keys)} chain keys for {len(labelled)} rows.")
    scaled = _on_scale(labelled, keys)
    scaled.insert(0, "chain_key", pd.Series(chain_keys, index=labelled.index, dtype=object))
    scaled.insert(0, "psmiles", labelled["psmiles"])
    scaled = scaled.dropna(subset=["chain_key"]).dropna(subset=list(keys), how="all")
    scaled = scaled.sort_values("psmiles").sort_values("psmiles", key=lambda column: column.str.len(), kind="stable")
    by_chain = scaled.groupby("chain_key", sort=True)
    result = by_chain[list(keys)].median()
    for key in keys:
        result[key] = PROPERTIES[key].from_scale(result[key].to_numpy())
    result.insert(0, "psmiles", by_chain["psmiles"].first())
    return result.reset_index()[["psmiles", "chain_key", *keys]]


def molecule_labels(keys: Sequence[str] = MOLECULE_KEYS) -> pd.DataFrame:
    """Return the QM9 molecules with `keys` in their units: columns ``smiles`` and `keys`, NaN where unknown."""
    molecules = table("qm9")
    values = _on_scale(molecules, keys)
    for key in keys:
        values[key] = PROPERTIES[key].from_scale(values[key].to_numpy())
    values.insert(0, "smiles", molecules["smiles"])
    return values


def on_scale(frame: pd.DataFrame, keys: Sequence[str]) -> np.ndarray:
    """Return (N, K) values of a table in units on the properties' scales (decades for log10), NaN where unknown."""
    columns = [PROPERTIES[key].to_scale(frame[key].to_numpy(dtype=float)) for key in keys]
    return np.stack(columns, axis=1) if columns else np.zeros((len(frame), 0))


def _on_scale(labelled: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Return (N, len(keys)) values on the modelling scale of each key."""
    wanted = {key: PROPERTIES[key].column for key in keys}
    missing = sorted({column for column in wanted.values() if column not in labelled.columns})
    if missing:
        raise DataError(f"The label table lacks {', '.join(missing)}; it has {', '.join(map(str, labelled.columns))}.")
    return pd.DataFrame(
        {
            key: PROPERTIES[key].to_scale(labelled[column].to_numpy(dtype=np.float64) * PROPERTIES[key].factor)
            for key, column in wanted.items()
        },
        index=labelled.index,
    )
