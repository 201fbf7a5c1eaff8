"""Measure checkpoints: ``python -m polydesign.evaluate ID [ID ...] --task NAME --json FILE``.

Prints the tables as Markdown and writes every figure to FILE. ``python -m polydesign.evaluate --readme``
writes the tables of README.md, docs and the models' cards anew from the result files in benchmarks/results.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from polydesign.commands import cli
from polydesign.core.errors import DataError
from polydesign.evaluation.result import Result, Table, merge_tables, write_results

ROOT = Path()
RESULTS = Path("benchmarks") / "results"


def parser() -> argparse.ArgumentParser:
    """Return the argument parser."""
    p = argparse.ArgumentParser(prog="python -m polydesign.evaluate", description=__doc__.split("\n")[0])
    p.add_argument("ids", nargs="*", metavar="ID", help="checkpoints to measure, side by side")
    p.add_argument(
        "--task",
        help="common, descriptors, latent, molecules, moses, polyinfo, predictors, properties or unconditional",
    )
    p.add_argument("--n", type=int, help="number of generations (predictors: of labelled chains)")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--option", action="append", default=[], metavar="NAME=VALUE", help="option of the generator")
    p.add_argument("--held-out", type=Path, metavar="FILE", help=".csv or .parquet of held-out polymers (psmiles)")
    p.add_argument("--prepared", type=Path, metavar="DIR", help="prepared corpus (default: prepared/NAME)")
    p.add_argument("--json", type=Path, metavar="FILE", help="write every figure here")
    p.add_argument(
        "--picture", type=Path, metavar="FILE.svg", help="task latent, one checkpoint: draw codes and a path"
    )
    p.add_argument(
        "--positions", type=Path, metavar="FILE.svg", help="task latent: draw what comes back by position in the string"
    )
    p.add_argument(
        "--readme",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="write the tables of these pages anew (default: README.md, docs and the models' cards)",
    )
    p.add_argument("--results", type=Path, default=RESULTS, metavar="DIR", help=f"result files (default: {RESULTS})")
    return p


@cli.command
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    args = parser().parse_args(argv)
    if bool(args.ids) != bool(args.task) or (not args.ids and args.readme is None):
        raise DataError("Give checkpoints and a task (polygpt --task descriptors), or --readme, or both.")
    if args.picture is not None and (args.task != "latent" or len(args.ids) != 1 or args.picture.suffix != ".svg"):
        raise DataError("--picture FILE.svg goes with one checkpoint and --task latent.")
    if args.positions is not None and (args.task != "latent" or args.positions.suffix != ".svg"):
        raise DataError("--positions FILE.svg goes with --task latent.")
    if args.ids:
        _measure(args)
    if args.readme is not None:
        from polydesign.evaluation.documents import pages, update

        for path in update(args.readme or pages(ROOT), args.results):
            print(f"{path}: tables written anew")
        print("The tables are up to date.")
    return cli.OK


def _measure(args: argparse.Namespace) -> None:
    from polydesign.engine.session import Session
    from polydesign.evaluation.run import evaluate
    from polydesign.evaluation.spread import over_trainings

    session, results = Session(), []
    options = cli.read_options(args.option)
    checkpoints = [cli.find_checkpoint(id) for id in args.ids]
    for checkpoint in checkpoints:
        results.append(
            evaluate(
                checkpoint, args.task, session=session, n=args.n, seed=args.seed, options=options,
                held_out=args.held_out, prepared=args.prepared, show_progress=True,
            )
        )  # fmt: skip
        if args.json is not None:  # after each checkpoint, so that an interruption loses one at most
            write_results(results, args.json)
    if (together := over_trainings(results, checkpoints)) is not None:
        results.append(together)
        if args.json is not None:
            write_results(results, args.json)
    if args.picture is not None:
        _draw(results[0], args.picture)
    if args.positions is not None:
        _draw_positions(results, args.positions)
    tables: dict[str, list[Table]] = {}
    for table in (table for result in results for table in result.tables):
        tables.setdefault(table.name, []).append(table)
    for same in tables.values():
        print(merge_tables(same).markdown(), end="\n\n")
    notes = [note for result in results for note in (*result.notes, result.manifest.measured_on)]
    for note in dict.fromkeys(notes):
        print(f"- {note}")


def _draw(result: Result, path: Path) -> None:
    from polydesign.viz.latent import latent_svg

    id = result.manifest.checkpoint
    if "path" not in result.details:
        raise DataError(f"Every named polymer was in the training set of {id}: there is no path to draw.")
    title = f"Codes of named polymers by {id}, and a straight path between two of them"
    path.write_text(latent_svg(title, result.details["named"], result.details["path"]), encoding="utf-8")
    print(f"Wrote {path}")


def _draw_positions(results: Sequence[Result], path: Path) -> None:
    from polydesign.viz.positions import positions_svg

    found = {run.tables[0].rows[0].subject: run.details["positions"] for run in results if "positions" in run.details}
    if not found:
        raise DataError("None of these generators says token by token what comes back of its codes.")
    path.write_text(positions_svg("What comes back of a code, by position in the string", found), encoding="utf-8")
    print(f"Wrote {path}")
