"""List, fetch, prepare and look into data sets: ``python -m polydesign.data list | fetch | prepare | show``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from polydesign.core.errors import PolydesignError
from polydesign.core.progress import Progress


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0, 2 after an error with a message, 130 when interrupted."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except PolydesignError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; run the same command again to go on", file=sys.stderr)
        return 130
    return 0


def _list(options: argparse.Namespace) -> None:
    from polydesign.data.sources.catalog import dataset
    from polydesign.data.sources.listing import card, catalog_table

    print("\n\n".join(card(dataset(name)) for name in options.name) if options.name else catalog_table())


def _fetch(options: argparse.Namespace) -> None:
    from polydesign.data.sources.catalog import dataset
    from polydesign.data.sources.fetch import fetch
    from polydesign.data.sources.listing import POLYINFO_TERMS

    for name in options.name:
        entry = dataset(name)
        with _bar(unit="B", unit_scale=True) as show:
            path = fetch(name, again=options.again, max_bytes=int(options.max_gb * 1e9), on_progress=show)
        print(f"{name}: {path}\nlicence: {entry.licence}")
        if entry.polyinfo:
            print(f"terms: {POLYINFO_TERMS.removeprefix('* ')}")


def _prepare(options: argparse.Namespace) -> None:
    from polydesign.data.corpora.prepare import prepare

    out = options.out or Path("prepared") / options.name
    with _bar() as show:
        path = prepare(
            options.name,
            out,
            notation=options.notation,
            vocab_size=options.vocab_size,
            limit=options.limit,
            recombined=options.recombined,
            seed=options.seed,
            like=options.like,
            on_progress=show,
        )
    print(f"{options.name}: prepared in {path}")


def _show(options: argparse.Namespace) -> None:
    import json

    from polydesign.data.encodings.dissect import dissect
    from polydesign.data.sources.shelf import rows, search, structures

    if options.structure:
        print(json.dumps(dissect(options.structure).to_dict()))
        return
    frame = rows(options.name)
    places = search(frame, options.search)
    column = structures(frame)
    for text in frame[column].iloc[places[: options.limit]]:
        print(text)
    print(f"{min(options.limit, len(places)):,} of {len(places):,} rows that pass", file=sys.stderr)


@contextmanager
def _bar(**settings) -> Iterator[Callable[[Progress], None]]:
    """Give a callback that shows progress as a bar on the terminal, one bar a stage."""
    from tqdm import tqdm

    bars: dict[str, tqdm] = {}

    def show(progress: Progress) -> None:
        if progress.stage not in bars:
            bars[progress.stage] = tqdm(**settings)
        bar = bars[progress.stage]
        bar.set_description_str(progress.message or progress.stage, refresh=False)
        bar.total = progress.total or None
        bar.update(progress.done - bar.n)

    try:
        yield show
    finally:
        for bar in bars.values():
            bar.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m polydesign.data",
        description="List, fetch, prepare and look into data sets.",
        epilog="POLYDESIGN_DATA names a folder with copies of data sets, which are used before anything fetched. "
        "Downloads go to POLYDESIGN_CACHE/data, by default ~/.cache/polydesign/data.",
    )
    verbs = parser.add_subparsers(title="commands", required=True, metavar="list | fetch | prepare | show")

    verb = verbs.add_parser("list", help="show the catalog, or all of a data set")
    verb.add_argument("name", nargs="*", metavar="NAME", help="data set to show in full")
    verb.set_defaults(run=_list)

    verb = verbs.add_parser(
        "fetch",
        help="download data sets, checked and resumed",
        description="Download data sets into the cache. A broken download goes on where it stopped; a file with "
        "another checksum than the catalog's (or than at the first download) is refused.",
    )
    verb.add_argument("name", nargs="+", metavar="NAME", help="data set, see list")
    verb.add_argument("--again", action="store_true", help="download even though an intact copy is there")
    verb.add_argument("--max-gb", type=_positive, default=20.0, metavar="N", help="refuse larger files (default: 20)")
    verb.set_defaults(run=_fetch)

    verb = verbs.add_parser(
        "prepare",
        help="bring a corpus into the arrays that training reads",
        description="Canonicalise, split by chain, describe and tokenise a corpus into plain arrays.",
    )
    verb.add_argument(
        "name",
        metavar="NAME",
        help="corpus, such as polymers, polyinfo, qm9, zinc or demo; another word is answered with all",
    )
    verb.add_argument("--out", type=Path, metavar="DIR", help="folder to write (default: prepared/NAME)")
    verb.add_argument("--notation", choices=("smiles", "kekule", "selfies"), default="smiles", help="default: smiles")
    verb.add_argument("--vocab-size", type=_count, default=192, metavar="N", help="tokens in all (default: 192)")
    verb.add_argument("--limit", type=_count, metavar="N", help="at most N rows of each gathered group of the corpus")
    verb.add_argument(
        "--recombined",
        type=_count_or_none,
        metavar="N",
        help="polymers to be assembled from fragments of the training chains; 0 for none (default: as many as a "
        "table that is there has; else for polymers 300000, or --limit if that is less, and none for others)",
    )
    verb.add_argument("--seed", type=int, default=0, metavar="S", help="seed of all draws (default: 0)")
    verb.add_argument(
        "--like",
        type=Path,
        metavar="DIR",
        help="take tokenizer, notation and standardisation from these prepared data or this generator's checkpoint, "
        "so that its training can go on (train --init DIR)",
    )
    verb.set_defaults(run=_prepare)
    verb = verbs.add_parser(
        "show",
        help="print structures of a set at hand, or one structure as the networks see it",
        description="Print structures of a set, one a line; or with --structure the tokens, atoms, bonds, adjacency "
        "and fingerprint of one as JSON.",
    )
    verb.add_argument("name", nargs="?", default="library", metavar="NAME", help="data set (default: library)")
    verb.add_argument("--search", default="", metavar="TEXT", help="only rows that hold this text")
    verb.add_argument("--limit", type=_count, default=20, metavar="N", help="at most N rows (default: 20)")
    verb.add_argument("--structure", metavar="SMILES", help="one structure, taken apart")
    verb.set_defaults(run=_show)
    return parser


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number above 0; got '{text}'")
    return number


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"expected a whole number above 0; got '{text}'")
    return int(text)


def _count_or_none(text: str) -> int:
    return 0 if text == "0" else _count(text)
