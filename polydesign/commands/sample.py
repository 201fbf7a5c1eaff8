"""Write a generator's raw strings, invalid ones included: one a line, nothing judged.

    python -m polydesign.sample polygpt --n 10000 --seed 0 --out raw.txt
    python -m polydesign.sample polygpt --requests wanted.csv --out raw.txt

In a requests file the columns are property keys or descriptor names, each row is one request, and an
empty cell means "don't care"; line i of the output answers row i.
"""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Sequence
from pathlib import Path

from polydesign.commands import cli
from polydesign.core.errors import DataError, TargetError
from polydesign.core.properties import property_spec
from polydesign.core.targets import Target, Targets

MAX_N = 10_000_000


def parser() -> argparse.ArgumentParser:
    """Return the command line of this command."""
    command = argparse.ArgumentParser(
        prog="python -m polydesign.sample",
        description="Write a generator's raw strings, invalid ones included, one a line.",
    )
    add = command.add_argument
    add("checkpoint", metavar="ID", help="checkpoint id, OWNER/NAME on the Hub, or a folder")
    add("--n", type=int, help="number of strings")
    add(
        "--requests",
        type=Path,
        metavar="FILE.csv",
        help="one string for each row; columns are property keys or descriptor names, empty = don't care",
    )
    add("--target", action="append", default=[], metavar="TARGET", help="a target for all strings, e.g. tg_exp_c=180")
    add("--seed", type=int, default=0, help="seed of the generator (0)")
    add("--option", action="append", default=[], metavar="NAME=VALUE", help="an option of the generator")
    add("--revision", help="revision of a checkpoint on the Hub")
    add("--out", type=Path, metavar="FILE", required=True, help="text file to write")
    return command  # fmt: skip


@cli.command
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    command = parser()
    args = command.parse_args(argv)

    from polydesign.core import registry
    from polydesign.engine.design import export
    from polydesign.engine.goals import feasibility
    from polydesign.engine.session import Session

    if (args.n is None) == (args.requests is None):
        command.error("give either --n or --requests")
    if args.requests is not None and args.target:
        command.error("give the targets in the requests file, not as --target")
    export.check_path(args.out, endings=(args.out.suffix.lower(),))
    targets: Targets | list[Targets] = cli.read_targets(args.target)
    if args.requests is not None:
        targets = read_requests(args.requests)
    n = args.n if args.requests is None else len(targets)
    if not 1 <= n <= MAX_N:
        raise TargetError(f"The number of strings must lie between 1 and {MAX_N:,}; got {n:,}.")
    feasibility.check_seed(args.seed)

    session = Session()
    checkpoint = session.checkpoint(cli.find_checkpoint(args.checkpoint, args.revision))
    spec = registry.specs("generators")[checkpoint.family]
    asked = set(targets) if isinstance(targets, dict) else {key for row in targets for key in row}
    told = set(checkpoint.properties) if "conditional" in spec.abilities else set()
    if asked - told:
        cli.warn(f"{checkpoint.label} cannot be told {', '.join(sorted(asked - told))}; these have no influence.")
    options = spec.check_options(cli.read_options(args.option))
    with cli.stop_on_interrupt() as should_stop:
        try:
            strings = session.generator(checkpoint).sample(
                targets, n, seed=args.seed, options=options,
                on_progress=cli.progress_line(), should_stop=should_stop,
            )  # fmt: skip
        finally:
            cli.end_progress()
    export.write_text("".join(f"{text}\n" for text in strings), args.out)
    print(f"Wrote {n:,} strings to {args.out}")
    return cli.OK


def read_requests(path: Path) -> list[Targets]:
    """Return one `Targets` for each row of a CSV file.

    Raises:
        DataError: the file cannot be read or has no rows.
        TargetError: an unknown column, or a cell that is no finite number; names row and column.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            columns = [name.strip() for name in next(reader, [])]
            # A line without any cell is a request without any wish in a file of one column, blank otherwise.
            rows = [row for row in reader if row or len(columns) == 1]
    except OSError as error:
        raise DataError(f"Cannot read {path}: {error.strerror}. Give a CSV file of requests.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is not a CSV file in UTF-8 ({error}).") from None
    for name in columns:
        property_spec(name)
    if len(set(columns)) < len(columns) or not rows:
        problem = "names a column twice" if rows else "has no rows below its header"
        raise DataError(f"{path} {problem}. Write a header of property keys and one row for each request.")
    return [_request(path, number, columns, row) for number, row in enumerate(rows, start=1)]


def _request(path: Path, number: int, columns: list[str], row: list[str]) -> Targets:
    if len(row) > len(columns):
        raise DataError(f"{path}, row {number} has {len(row)} cells; the header has {len(columns)}.")
    targets = {}
    for key, cell in zip(columns, row, strict=False):
        if not cell.strip():
            continue
        try:
            value = float(cell)
        except ValueError:
            value = math.nan
        if not math.isfinite(float(property_spec(key).to_scale(value))):
            raise TargetError(f"{path}, row {number}, column {key}: '{cell[:40]}' is not a value it can have.")
        targets[key] = Target(value=value)
    return targets
