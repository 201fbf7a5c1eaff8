"""Compare the notations at equal training minutes: ``python -m benchmarks.notations PREPARED --json FILE``.

For each of aromatic SMILES, Kekulé SMILES and SELFIES (and SMILES without the tally of what is written) a
PolyGPT is trained from nothing on the polymers of one prepared table and asked without targets and for the
descriptors of validation polymers. Nothing here sees the test side.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from polydesign import cli, store
from polydesign.core.properties import DESCRIPTORS
from polydesign.evaluation import chemnet
from polydesign.evaluation.machine import hardware, versions
from polydesign.evaluation.result import Column, Result, Row, Table
from polydesign.evaluation.run import write_results
from polydesign.evaluation.samples import basic_figures, judge
from polydesign.evaluation.statistics import Figure, r2_figures, rate
from polydesign.evaluation.tasks.descriptors import requests

VARIANTS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "aromatic SMILES": ("smiles", {}),
    "Kekulé SMILES": ("kekule", {}),
    "SELFIES": ("selfies", {}),
    "aromatic SMILES, no tally": ("smiles", {"tally": "false"}),
}
COLUMNS = (
    Column("valid", "valid", "percent", 1),
    Column("unique", "unique", "percent", 1),
    Column("novel", "novel", "percent", 1),
    Column("fcd", "FCD", digits=1),
    Column("requested_valid", "valid when 15 descriptors are asked", "percent", 1),
    Column("r2_mean", "mean R2"),
    Column("per_second", "valid unique polymers a second", digits=0),
    Column("steps", "training steps", "count"),
)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    p = argparse.ArgumentParser(prog="python -m benchmarks.notations", description=__doc__.split("\n")[0])
    p.add_argument("prepared", type=Path, help="a prepared corpus of polymers, with its table.parquet")
    p.add_argument("--max-minutes", type=float, default=8.0, help="training minutes of each (8)")
    p.add_argument("--n", type=int, default=10_000, help="samples without targets (10,000)")
    p.add_argument("--vocab-size", type=int, default=192)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--only", nargs="*", choices=VARIANTS, metavar="NAME", help="some of the variants")
    p.add_argument("--json", type=Path, metavar="FILE", help="write every figure here")
    return p


@cli.command
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    args = parser().parse_args(argv)
    rows = []
    for name in args.only or VARIANTS:
        print(f"{name} ...", file=sys.stderr)
        rows.append(Row(name, measure(name, args)))
        result = _result(rows, args)
        if args.json is not None:  # after each, so that an interruption loses one at most
            write_results([result], args.json)
    print(result.markdown())
    return cli.OK


def measure(name: str, args: argparse.Namespace) -> dict[str, Figure]:
    """Prepare, train and ask one variant."""
    from polydesign.training.recipes import Recipe, train_generator

    notation, overrides = VARIANTS[name]
    with TemporaryDirectory() as temporary:
        data, out = Path(temporary) / "data", Path(temporary) / "model"
        _prepare(args.prepared, data, notation, args.vocab_size)
        recipe = Recipe(
            "polygpt", str(data), out, minutes=args.max_minutes, seed=args.seed, phases=("pretrain", "finetune"),
            overrides=overrides,
        )  # fmt: skip
        generator = store.load_model(train_generator(recipe))
        known = np.load(out / "known_chains.npy", allow_pickle=False)
        steps = store.find(out).config["trained"]["steps"]
    table = pd.read_parquet(args.prepared / "table.parquet", columns=["psmiles", "group", "split", *DESCRIPTORS])
    held_out = table[(table["split"] == "valid") & (table["group"] == "reported")]

    began = time.perf_counter()
    raw = generator.sample({}, args.n, seed=args.seed)
    seconds = time.perf_counter() - began
    samples = judge(raw)
    figures = basic_figures(samples, known)
    n_unique = len({key for key in samples.keys if key is not None})
    figures |= {"per_second": Figure(n_unique / seconds, args.n), "steps": Figure(steps, 1)}
    if chemnet.available() and args.n >= chemnet.MIN_SAMPLES:
        figures["fcd"] = chemnet.frechet_chemnet_distance(samples.valid_psmiles, held_out["psmiles"].tolist())
    return figures | _requested(generator, held_out[list(DESCRIPTORS)].to_numpy(dtype=float), args.seed)


def _requested(generator, wanted: np.ndarray, seed: int) -> dict[str, Figure]:
    from polydesign.chem.descriptors import descriptor_matrix

    samples = judge(generator.sample(requests(wanted), len(wanted), seed=seed))
    reached = descriptor_matrix(samples.valid_psmiles)
    _, mean = r2_figures(wanted[samples.valid], reached, seed=seed)
    return {"requested_valid": rate(int(samples.valid.sum()), len(wanted)), "r2_mean": mean}


def _prepare(prepared: Path, out: Path, notation: str, vocab_size: int) -> None:
    """Write the arrays of the same table in another notation."""
    from polydesign.data.corpora import CORPORA
    from polydesign.data.prepare import write_arrays

    out.mkdir(parents=True)
    table = pd.read_parquet(prepared / "table.parquet")
    labelled = prepared / "labelled.parquet"
    predicted = pd.read_parquet(labelled) if labelled.exists() else None
    write_arrays(table, predicted, CORPORA["polymers"], out, notation, vocab_size)
    shutil.copy(prepared / "table.parquet", out)


def _result(rows: Sequence[Row], args: argparse.Namespace) -> Result:
    table = Table("notations", f"{args.max_minutes:g} training minutes each", COLUMNS, rows)
    notes = (
        f"{args.n:,} samples without targets and one for the descriptors of each reported validation polymer, at "
        "temperature 1. FCD is against those validation polymers, fewer than the samples: it ranks, no more.",
    )
    manifest = {
        "n": args.n,
        "seed": args.seed,
        "minutes": args.max_minutes,
        "vocab_size": args.vocab_size,
        "hardware": hardware(),
        "versions": versions(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return Result("notations", [table], notes, manifest)


if __name__ == "__main__":
    raise SystemExit(main())
