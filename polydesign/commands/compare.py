"""Try one request on every installed generator and set what comes out side by side.

python -m polydesign.compare --target tg_exp_c=180:20 --target 'egc_dft_ev>=4@2' --n 100 --json compared.json
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from polydesign.commands import cli
from polydesign.commands.design import add_request, read_request


def parser() -> argparse.ArgumentParser:
    """Return the command line of this command."""
    command = argparse.ArgumentParser(prog="python -m polydesign.compare", description=__doc__.split("\n")[0])
    command.add_argument("ids", nargs="*", metavar="ID", help="generators to try (all installed ones)")
    add_request(command)
    command.add_argument("--json", type=Path, metavar="FILE", help="write every figure and request here")
    return command


@cli.command
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    args = parser().parse_args(argv)

    from polydesign.engine.session import Session
    from polydesign.evaluation.trial import NOTES, table, try_all

    checkpoints = [cli.find_checkpoint(id) for id in args.ids] or None
    with cli.stop_on_interrupt() as should_stop:
        try:
            trials = try_all(
                read_request(args, ""), session=Session(), checkpoints=checkpoints, on_progress=cli.progress_line(),
                should_stop=should_stop,
            )  # fmt: skip
        finally:
            cli.end_progress()
    if args.json is not None:
        text = json.dumps({"trials": [trial.to_dict() for trial in trials]}, indent=1, allow_nan=False)
        args.json.write_text(text + "\n", encoding="utf-8")
    print(table(trials).markdown(), end="\n\n")
    for note in NOTES:
        print(f"- {note}")
    for trial in trials:
        for text in (trial.problem, *trial.warnings):
            if text:
                cli.warn(f"{trial.name}: {text}")
        if trial.state in ("stopped", "not run"):
            cli.warn(f"{trial.name}: {trial.state}")
    return cli.OK
