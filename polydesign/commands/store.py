"""Look after checkpoints: ``python -m polydesign.store list | download OWNER/NAME | verify ID | copy ID DIR``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from polydesign.core.errors import PolydesignError
from polydesign.core.progress import Progress
from polydesign.store import broken_checkpoints, copy, find, hub, list_checkpoints, verify
from polydesign.store.checkpoint import Checkpoint


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return the exit code: 0, or 2 with a message when something is not as it should be."""
    parser = argparse.ArgumentParser(prog="python -m polydesign.store", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="show the checkpoints on this machine")
    for name, text in (
        ("download", "load OWNER/NAME from the Hugging Face Hub"),
        ("verify", "check every file"),
        ("copy", "write it whole to another folder"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("id")
        if name == "copy":
            command.add_argument("folder", metavar="DIR")
        command.add_argument("--revision", help="commit, branch or tag on the Hub (default: main)")
    given = parser.parse_args(arguments)
    try:
        if given.command == "list":
            return _list()
        if given.command == "download":
            checkpoint = hub.download(given.id, given.revision, _report)
        else:
            checkpoint = find(given.id, given.revision)
            verify(checkpoint)
            if given.command == "copy":
                checkpoint = copy(checkpoint, given.folder)
    except PolydesignError as error:
        print(error, file=sys.stderr)
        return 2
    print(_line(checkpoint), checkpoint.folder, "verified")
    return 0


def _list() -> int:
    for checkpoint in list_checkpoints():
        print(_line(checkpoint))
    broken = broken_checkpoints()
    for entry in broken:
        print(f"BROKEN {entry.id}: {entry.reason}", file=sys.stderr)
    return 2 if broken else 0


def _line(checkpoint: Checkpoint) -> str:
    revision = f" @ {checkpoint.revision}" if checkpoint.revision else ""
    return f"{checkpoint.id}{revision}  {checkpoint.kind}  {checkpoint.family}  {checkpoint.label}"


def _report(progress: Progress) -> None:
    print(f"{progress.done / 1e6:.1f} of {progress.total / 1e6:.1f} MB: {progress.message}", file=sys.stderr)
