"""How properties go together: correlations, and whether a combination of targets is possible.

    python -m polydesign.properties correlations --out correlations.csv
    python -m polydesign.properties possible --target 'tg_exp_c>=250' --target 'egc_dft_ev>=5'

``--set library`` compares the predictions for our own library, ``--set known`` the values of the label table.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from polydesign.commands import cli

if TYPE_CHECKING:
    import pandas as pd


def parser() -> argparse.ArgumentParser:
    """Return the command line of this command."""
    command = argparse.ArgumentParser(
        prog="python -m polydesign.properties", description="Compare the properties of many polymers."
    )
    verbs = command.add_subparsers(title="commands", required=True, metavar="correlations | possible")
    verb = verbs.add_parser("correlations", help="write the correlation matrix as CSV")
    verb.add_argument("--out", type=Path, metavar="FILE.csv", required=True, help="file to write")
    verb.set_defaults(run=_correlations)
    verb = verbs.add_parser("possible", help="print, as JSON, what data there is around targets")
    verb.add_argument("--target", action="append", required=True, metavar="TARGET", help="as for design; repeatable")
    verb.set_defaults(run=_possible)
    for verb in verbs.choices.values():
        verb.add_argument("--set", choices=("library", "known"), default="library", help="polymers (library)")
    return command


@cli.command
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    args = parser().parse_args(argv)
    args.run(args)
    return cli.OK


def _frame(name: str) -> pd.DataFrame:
    from polydesign.engine.relations.tables import known_values, library_values

    return library_values() if name == "library" else known_values()


def _correlations(args: argparse.Namespace) -> None:
    import pandas as pd

    from polydesign.engine.design import export
    from polydesign.engine.relations.correlation import correlations

    export.check_path(args.out, endings=(".csv",))
    frame = _frame(args.set)
    found = correlations(frame, [key for key in frame if key != "psmiles"])
    export.write_text(pd.DataFrame(found.r, index=found.keys, columns=found.keys).to_csv(), args.out)
    print(f"Wrote the correlations of {len(found.keys)} properties of {len(frame):,} polymers to {args.out}")


def _possible(args: argparse.Namespace) -> None:
    from polydesign.engine.goals.possible import possible

    answer = possible(cli.read_targets(args.target), _frame(args.set))
    print(json.dumps(asdict(answer), indent=1, ensure_ascii=False))
