"""The command line of benchmarks that measure generators against one aim."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from polydesign.commands import cli
from polydesign.core.goal import Goal
from polydesign.evaluation.result import Result, write_results


def parser(module: str, about: str, *, target: str, ids: str) -> argparse.ArgumentParser:
    """Return it; `target` and `ids` are the help of the two positional arguments."""
    p = argparse.ArgumentParser(prog=f"python -m {module}", description=about.split("\n")[0])
    p.add_argument("target", help=target)
    p.add_argument("id", nargs="+", help=ids)
    p.add_argument("--n", type=int, default=1000, help="strings of each (1000)")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--json", type=Path, metavar="FILE", help="write every figure here")
    return p


def run(args: argparse.Namespace, measure: Callable[[Goal, Sequence[str], int, int], Result]) -> int:
    """Measure what is asked for, print it and write it down."""
    ((key, target),) = cli.read_targets([args.target]).items()
    result = measure(Goal(key, target), args.id, args.n, args.seed)
    print(result.markdown())
    if args.json is not None:
        write_results([result], args.json)
    return cli.OK
