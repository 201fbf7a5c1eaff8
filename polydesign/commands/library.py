"""Write our own library anew: polymers of a generator, novel and valid, with the guide's predictions.

    python -m polydesign.library --n 2000

The structures are sampled without targets and with constrained decoding, where the generator offers it. A
chain that the generator was trained on, or that came before, is left out: no row of a gathered data set gets in.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from polydesign.commands import cli


def parser() -> argparse.ArgumentParser:
    """Return the command line of this command."""
    command = argparse.ArgumentParser(
        prog="python -m polydesign.library", description="Write the library of polymers that ships with the package."
    )
    command.add_argument("checkpoint", nargs="?", default="polygpt", help="generator with known chains (polygpt)")
    command.add_argument("--n", type=int, default=2000, help="number of polymers (2000)")
    command.add_argument("--seed", type=int, default=0, help="seed of the generator (0)")
    command.add_argument("--out", type=Path, metavar="FILE.parquet", help="file to write (default: the shipped one)")
    return command


@cli.command
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    args = parser().parse_args(argv)

    from polydesign.data.corpora import library
    from polydesign.engine.design import export
    from polydesign.engine.design.library import generate

    out = args.out or library.FILE
    export.check_path(out, endings=(".parquet",))
    with cli.stop_on_interrupt() as should_stop:
        try:
            table, origin = generate(
                args.checkpoint, args.n, args.seed, on_progress=cli.progress_line(), should_stop=should_stop
            )
        finally:
            cli.end_progress()
    library.write(table, origin, out)
    print(f"Wrote {len(table):,} polymers of {origin['generator']} to {out} ({out.stat().st_size / 1000:.0f} kB)")
    return cli.OK
