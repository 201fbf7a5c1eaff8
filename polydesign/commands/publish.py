"""Put a checkpoint on the Hugging Face Hub, with a card whose metadata the Hub understands.

    python -m polydesign.publish checkpoints/polygpt OWNER/NAME --dry-run
    python -m polydesign.publish checkpoints/polygpt OWNER/NAME --private

Log in first (``hf auth login``) or set HF_TOKEN. The Models page and ``python -m polydesign.store download`` load
what was published.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from polydesign.commands import cli


def parser() -> argparse.ArgumentParser:
    """Return the command line of this command."""
    command = argparse.ArgumentParser(
        prog="python -m polydesign.publish",
        description="Check a checkpoint folder and upload it to the Hugging Face Hub.",
    )
    add = command.add_argument
    add("folder", type=Path, metavar="DIR", help="folder of the checkpoint")
    add("repo", metavar="OWNER/NAME", help="repository on the Hub; made where there is none")
    add("--private", action="store_true", help="make the repository private")
    add("--dry-run", action="store_true", help="show what would be uploaded, and do nothing else; needs no network")
    add(
        "--results",
        type=Path,
        metavar="DIR",
        default=Path(__file__).resolve().parent.parent.parent / "benchmarks" / "results",
        help="result files whose figures of these very weights go into the card (benchmarks/results)",
    )
    return command


@cli.command
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    args = parser().parse_args(argv)

    from polydesign import store
    from polydesign.evaluation.model_index import model_index
    from polydesign.store import files
    from polydesign.store.catalog import check_repository
    from polydesign.store.publish import pack, upload

    check_repository(args.repo)
    checkpoint = store.open_folder(args.folder)
    path = checkpoint.folder / files.METRICS
    metrics = files.read_json(path) if path.is_file() else {}
    results = model_index(checkpoint, metrics, sorted(args.results.glob("*.json")))
    parcel = pack(checkpoint, args.repo, results)
    for name, content in parcel.contents.items():
        print(f"{len(content):>12,}  {name}")
    n_bytes = sum(map(len, parcel.contents.values()))
    print(f"{n_bytes:>12,}  bytes in {len(parcel.contents)} files, every sha256 verified")
    if args.dry_run:
        where = f"{args.repo} ({'private' if args.private else 'public'})"
        print(f"\n{parcel.front_matter}\n\nNothing was uploaded. Without --dry-run this goes to {where}.")
        return cli.OK
    done = upload(parcel, private=args.private)
    print(f"Published at {done.address}, commit {done.commit}")
    print(f"Load it: python -m polydesign.store download {args.repo} --revision {done.commit}")
    return cli.OK
