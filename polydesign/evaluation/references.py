"""The real polymers that generations are compared with: held-out ones and those trained on.

Held-out polymers are the reported ones (not those enumerated by a program) on the test side of the
split by chain of a prepared corpus, or the polymers of a file that nobody here trained on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from polydesign.core.errors import ChemistryError, DataError
from polydesign.core.properties import DESCRIPTORS, POLYMER_KEYS

PREPARED = Path("prepared")
_REPORTED = ("reported", "demo")


@dataclass(frozen=True)
class HeldOut:
    """Real polymers outside the training set.

    Attributes:
        psmiles: one shortest repeat unit a chain, cut as in the source.
        source: where they come from, as a sentence for the notes.
        valued: property key -> (N,) bool, which of them have a measured or computed value of it, where the
            source says so.
    """

    psmiles: list[str]
    source: str
    valued: Mapping[str, np.ndarray] = field(default_factory=dict)

    def some(self, n: int | None, seed: int) -> list[str]:
        """Return `n` of them drawn at random, in their order; all when there are no more or `n` is None."""
        if n is None or n >= len(self.psmiles):
            return self.psmiles
        drawn = np.random.default_rng(seed).choice(len(self.psmiles), size=n, replace=False)
        return [self.psmiles[i] for i in sorted(drawn)]


def prepared_table(corpus: str, folder: Path | None = None) -> pd.DataFrame:
    """Return the table of a prepared corpus: psmiles, chain_key, group, split, descriptors, values.

    Raises `DataError` when it has not been prepared on this machine.
    """
    path = table_file(corpus, folder)
    if not path.is_file():
        raise DataError(
            f"There is no {path}. Run: python -m polydesign.data prepare {corpus}, or give the held-out polymers as "
            "a file with --held-out FILE."
        )
    return pd.read_parquet(path)


def held_out_of_table(table: pd.DataFrame) -> HeldOut:
    """Return the reported polymers on the test side of a prepared table."""
    chosen = reported(table[table["split"] == "test"])
    if chosen.empty:
        raise DataError("The prepared table has no reported polymer on the test side of its split.")
    source = f"{len(chosen):,} reported polymers on the test side of the split"
    return HeldOut(chosen["psmiles"].tolist(), source, _valued(chosen))


def held_out_of_file(path: Path) -> HeldOut:
    """Return the polymers of a .csv or .parquet file with a column psmiles, one a chain.

    Raises `DataError` when the file cannot be read, or has no such column or no valid polymer.
    """
    from polydesign.chem.notation.identity import chain_key, shortest_unit

    table = read_file(path, ("psmiles",))
    chains: dict[str, tuple[int, str]] = {}  # chain key -> first row, shortest unit
    for row, text in enumerate(table["psmiles"]):
        try:
            chains.setdefault(chain_key(text), (row, shortest_unit(text)))
        except ChemistryError:
            continue  # counted in the sentence below
    if not chains:
        raise DataError(f"{path} has no valid polymer in its column psmiles.")
    rows, units = zip(*chains.values(), strict=True)
    source = f"{len(chains):,} chains in the {len(table):,} rows of {path.name}"
    return HeldOut(list(units), source, _valued(table.iloc[list(rows)]))


def read_file(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """Return the table of a .csv or .parquet file; raise `DataError` when it cannot be read or lacks a column."""
    try:
        table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise DataError(f"{path} is not a readable .csv or .parquet file ({error}).") from error
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise DataError(f"{path} has no column {', '.join(missing)}; it has {', '.join(map(str, table.columns))}.")
    return table


def is_prepared(corpus: str, folder: Path | None = None) -> bool:
    """Say whether `prepared_table` would find a table."""
    return table_file(corpus, folder).is_file()


def _valued(table: pd.DataFrame) -> dict[str, np.ndarray]:
    return {key: table[key].notna().to_numpy() for key in POLYMER_KEYS if key in table.columns}


def table_file(corpus: str, folder: Path | None) -> Path:
    """Return where the table of a prepared corpus is looked for."""
    return (folder or PREPARED / corpus) / "table.parquet"


def reported(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that somebody reported, as opposed to those a program enumerated."""
    return table[table["group"].isin(_REPORTED)]


def training_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a prepared table that models train on."""
    return table[table["split"] == "train"].reset_index(drop=True)


def nearest_by_descriptors(requests: np.ndarray, library: np.ndarray, *, block: int = 64) -> np.ndarray:
    """Return (N,) the row of the (M, 15) library nearest to each of the (N, 15) requests.

    Distance is Euclidean with each descriptor divided by its standard deviation in the library.
    """
    scale = library.std(axis=0)
    scale[scale == 0] = 1.0
    centre = library.mean(axis=0)
    rows, columns = (((values - centre) / scale).astype(np.float32) for values in (requests, library))
    squares = (columns**2).sum(axis=1)
    blocks = [
        (squares[None, :] - 2 * rows[start : start + block] @ columns.T).argmin(axis=1)
        for start in range(0, len(rows), block)
    ]
    return np.concatenate(blocks) if blocks else np.zeros(0, dtype=np.int64)


def descriptor_columns(table: pd.DataFrame) -> np.ndarray:
    """Return the (N, 15) descriptors of a prepared table as float64."""
    return table[list(DESCRIPTORS)].to_numpy(dtype=np.float64)
