"""``polydesign VERB ...`` and ``python -m polydesign VERB ...``: hand over to the command of that name."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module

from polydesign import __version__

VERBS = {
    "design": "design repeat units for target properties",
    "predict": "predict the properties of a file of repeat units",
    "sample": "write a generator's raw strings, nothing judged",
    "compare": "try one request on every installed generator",
    "latent": "map the latent space of a generator and walk through it",
    "properties": "correlate properties; ask whether targets are possible",
    "data": "list, fetch, prepare and look into data sets",
    "train": "train a model family",
    "evaluate": "measure checkpoints and print the tables",
    "label": "add the guide's predictions to a corpus",
    "library": "write the library of polymers that ships with the package",
    "store": "list, download and verify checkpoints",
    "publish": "put a checkpoint on the Hugging Face Hub",
}
"""Name of each module of polydesign.commands that is a verb -> what it does, in a line."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that the first argument names; return its exit code, 2 when there is no such command."""
    verb, *rest = [*(sys.argv[1:] if argv is None else argv)] or ["--help"]
    if verb in ("-h", "--help"):
        print(_help())
        return 0
    if verb == "--version":
        print(f"polydesign {__version__}")
        return 0
    if verb not in VERBS:
        near = get_close_matches(verb.lower(), VERBS, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(VERBS)}."
        print(f"error: There is no command '{verb[:40]}'. {hint} All of them: polydesign --help", file=sys.stderr)
        return 2
    return import_module(f"polydesign.commands.{verb}").main(rest)


def _help() -> str:
    width = max(map(len, VERBS))
    return "\n".join(
        [
            "usage: polydesign [-h] [--version] VERB ...",
            "",
            "From target properties to new, makeable polymer repeat units.",
            "",
            *(f"  {verb:{width}}  {text}" for verb, text in VERBS.items()),
            "",
            "What a verb takes: polydesign VERB --help. Each is python -m polydesign.VERB too.",
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main())
