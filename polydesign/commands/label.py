"""Add the guide's predictions to a corpus; measured values win.

    python -m polydesign.label prepared/polymers/table.parquet prepared/polymers/labelled.parquet

CSV or Parquet in and out. Every row gains, for each property: ``KEY`` (the known value of its chain, else
the prediction, in the unit), ``KEY_std`` (of a prediction, on the scale; empty for a known value),
``KEY_measured`` (whether the value is known: measured, DFT or MD) and ``KEY_in_domain``. Known are values in
a column KEY of the input and those of the label table.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from polydesign.commands import cli
from polydesign.core.errors import ChemistryError, DataError

if TYPE_CHECKING:
    import pandas as pd

    from polydesign.core.progress import OnProgress, ShouldStop
    from polydesign.core.protocols import PropertyPredictor

_ENDINGS = (".csv", ".parquet")


def parser() -> argparse.ArgumentParser:
    """Return the command line of this command."""
    command = argparse.ArgumentParser(
        prog="python -m polydesign.label", description="Add the guide's predictions to a corpus; measured values win."
    )
    command.add_argument("input", type=Path, metavar="INPUT", help="CSV or Parquet file")
    command.add_argument("out", type=Path, metavar="OUT", help="CSV or Parquet file to write")
    command.add_argument("--column", default="psmiles", help="column that holds the repeat units (psmiles)")
    command.add_argument(
        "--predicted-only", action="store_true", help="do without the label table (it need not be on this machine)"
    )
    return command


@cli.command
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    args = parser().parse_args(argv)

    from polydesign.data.corpora.labels import polymer_labels
    from polydesign.engine.design import export
    from polydesign.engine.session import Session

    export.check_path(args.out, endings=_ENDINGS)
    corpus = _read(args.input, args.column)
    guide = Session().guide()
    known = None if args.predicted_only else polymer_labels(guide.keys).set_index("chain_key")
    with cli.stop_on_interrupt() as should_stop:
        try:
            labelled = label(
                corpus, args.column, guide, known, on_progress=cli.progress_line(), should_stop=should_stop
            )
        finally:
            cli.end_progress()
    if args.out.suffix == ".csv":
        export.write_text(labelled.to_csv(index=False), args.out)
    else:
        labelled.to_parquet(args.out, index=False)
    print(f"Labelled {len(labelled):,} rows with {len(guide.keys)} properties; wrote {args.out}")
    return cli.OK


def label(
    corpus: pd.DataFrame,
    column: str,
    guide: PropertyPredictor,
    known: pd.DataFrame | None,
    *,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> pd.DataFrame:
    """Return `corpus` with the columns that the module describes.

    Args:
        corpus: one row a repeat unit; a column ``chain_key`` saves working it out.
        column: the column of repeat units.
        guide: predicts.
        known: indexed by chain key, columns are property keys in their units; None for no values.
        on_progress, should_stop: as everywhere.

    A row that is no valid repeat unit keeps empty cells. Raises `Stopped`.
    """
    import numpy as np
    import pandas as pd

    psmiles = corpus[column].astype(object).where(corpus[column].notna(), "").tolist()
    predicted = guide.predict(psmiles, on_progress=on_progress, should_stop=should_stop)
    values = None
    if known is not None:
        chains = corpus["chain_key"] if "chain_key" in corpus else pd.Series(map(_chain_key, psmiles), dtype=object)
        values = known.reindex(chains.to_numpy())
    added: dict[str, np.ndarray] = {}
    for key, columns in predicted.items():
        value = np.full(len(corpus), np.nan)
        if key in corpus:
            value = pd.to_numeric(corpus[key], errors="coerce").to_numpy(dtype=float)
        if values is not None and key in values:
            value = np.where(np.isfinite(value), value, values[key].to_numpy(dtype=float))
        measured = np.isfinite(value)
        added[key] = np.where(measured, value, columns.mean)
        added[f"{key}_std"] = np.where(measured, np.nan, columns.std)
        added[f"{key}_measured"] = measured
        added[f"{key}_in_domain"] = columns.in_domain
    kept = corpus.drop(columns=[name for name in added if name in corpus])
    return pd.concat([kept.reset_index(drop=True), pd.DataFrame(added)], axis=1)


def _chain_key(psmiles: str) -> str | None:
    from polydesign.chem.notation.identity import chain_key

    try:
        return chain_key(psmiles)
    except ChemistryError:
        return None


def _read(path: Path, column: str) -> pd.DataFrame:
    import pandas as pd

    if path.suffix not in _ENDINGS:
        raise DataError(f"Cannot read '{path}': the name must end in {' or '.join(_ENDINGS)}.")
    try:
        table = pd.read_csv(path, low_memory=False) if path.suffix == ".csv" else pd.read_parquet(path)
    except (OSError, ValueError) as error:  # what pandas and pyarrow raise for damaged files are ValueErrors
        raise DataError(f"Cannot read {path}: {error}.") from None
    if column not in table:
        raise DataError(
            f"{path} has no column '{column}'; it has {', '.join(map(str, table.columns[:20]))}. "
            "Name the column of repeat units with --column."
        )
    return table
