"""Train variants of PolyGPT equally long: ``python -m benchmarks.variants notations PREPARED --json FILE``.

Each is trained from nothing on the polymers of one prepared table and asked without targets, for the
descriptors and for the glass transition of validation polymers. Nothing here sees the test side.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from polydesign import cli, store
from polydesign.core.properties import DESCRIPTORS
from polydesign.core.types import Target
from polydesign.evaluation import chemnet
from polydesign.evaluation.machine import hardware, versions
from polydesign.evaluation.result import Column, Result, Row, Table
from polydesign.evaluation.run import write_results
from polydesign.evaluation.samples import basic_figures, judge
from polydesign.evaluation.statistics import Figure, r2_figures, rate
from polydesign.evaluation.tasks.descriptors import requests


@dataclass(frozen=True)
class Variant:
    """A notation, the phases of training, and what differs from the preset."""

    notation: str = "smiles"
    phases: tuple[str, ...] = ("pretrain", "finetune")
    overrides: Mapping[str, str] = field(default_factory=dict)


COMPARISONS: Mapping[str, Mapping[str, Variant]] = {
    "notations": {
        "aromatic SMILES": Variant(),
        "Kekulé SMILES": Variant("kekule"),
        "SELFIES": Variant("selfies"),
    },
    "ablation": {
        "pre-training alone": Variant("kekule", ("pretrain",), {"beta": "0", "tally": "false"}),
        "and fine-tuning": Variant("kekule", overrides={"beta": "0", "tally": "false"}),
        "and auxiliary heads": Variant("kekule", overrides={"tally": "false"}),
        "and the tally": Variant("kekule"),
    },
}
TG = "tg_exp_c"
COLUMNS = (
    Column("valid", "valid", "percent", 1),
    Column("unique", "unique", "percent", 1),
    Column("novel", "novel", "percent", 1),
    Column("fcd", "FCD", digits=1),
    Column("requested_valid", "valid when 15 descriptors are asked", "percent", 1),
    Column("r2_mean", "mean R2"),
    Column("r2_tg", "R2 when Tg is asked"),
    Column("per_second", "valid unique polymers a second", digits=0),
    Column("steps", "training steps", "count"),
)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    p = argparse.ArgumentParser(prog="python -m benchmarks.variants", description=__doc__.split("\n")[0])
    p.add_argument("comparison", choices=COMPARISONS)
    p.add_argument("prepared", type=Path, help="a prepared corpus of polymers, with its table.parquet")
    p.add_argument("--max-minutes", type=float, default=3.0, help="training minutes of each (3)")
    p.add_argument("--steps", type=int, help="training steps of each instead: fair on a machine that does other work")
    p.add_argument("--n", type=int, default=10_000, help="samples without targets (10,000)")
    p.add_argument("--vocab-size", type=int, default=192)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--json", type=Path, metavar="FILE", help="write every figure here")
    return p


@cli.command
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    args = parser().parse_args(argv)
    rows = []
    for name, variant in COMPARISONS[args.comparison].items():
        print(f"{name} ...", file=sys.stderr)
        rows.append(Row(name, measure(variant, args)))
        result = _result(rows, args)
        if args.json is not None:  # after each, so that an interruption loses one at most
            write_results([result], args.json)
    print(result.markdown())
    return cli.OK


def measure(variant: Variant, args: argparse.Namespace) -> dict[str, Figure]:
    """Prepare, train and ask one variant."""
    from polydesign.training.recipes import Recipe, train_generator

    with TemporaryDirectory() as temporary:
        data, out = Path(temporary) / "data", Path(temporary) / "model"
        _prepare(args.prepared, data, variant.notation, args.vocab_size)
        recipe = Recipe(
            "polygpt", str(data), out, minutes=None if args.steps else args.max_minutes, steps=args.steps,
            seed=args.seed, phases=variant.phases, overrides=variant.overrides,
        )  # fmt: skip
        generator = store.load_model(train_generator(recipe))
        known = np.load(out / "known_chains.npy", allow_pickle=False)
        steps = store.find(out).config["trained"]["steps"]
    table = pd.read_parquet(args.prepared / "table.parquet", columns=["psmiles", "group", "split", TG, *DESCRIPTORS])
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
    figures |= _requested(generator, held_out[list(DESCRIPTORS)].to_numpy(dtype=float), args.seed)
    return figures | _requested_tg(generator, held_out[TG].dropna().to_numpy(dtype=float), args.seed)


def _requested(generator: Any, wanted: np.ndarray, seed: int) -> dict[str, Figure]:
    from polydesign.chem.descriptors import descriptor_matrix

    samples = judge(generator.sample(requests(wanted), len(wanted), seed=seed))
    reached = descriptor_matrix(samples.valid_psmiles)
    _, mean = r2_figures(wanted[samples.valid], reached, seed=seed)
    return {"requested_valid": rate(int(samples.valid.sum()), len(wanted)), "r2_mean": mean}


def _requested_tg(generator: Any, wanted: np.ndarray, seed: int) -> dict[str, Figure]:
    targets = [{TG: Target(value=float(value))} for value in wanted]
    samples = judge(generator.sample(targets, len(targets), seed=seed))
    reached = store.load_model("checker").predict(samples.valid_psmiles)[TG].mean
    _, mean = r2_figures(wanted[samples.valid][:, None], np.asarray(reached)[:, None], seed=seed)
    return {"r2_tg": mean}


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
    table = Table(
        args.comparison,
        f"{args.steps} training steps each" if args.steps else f"{args.max_minutes:g} training minutes each",
        COLUMNS,
        rows,
    )
    notes = (
        f"{args.n:,} samples without targets, one for the descriptors of each reported validation polymer and one for "
        "each measured Tg of theirs (R2 by the checker, of valid answers), at temperature 1. FCD is against those "
        "validation polymers, fewer than the samples: it ranks, no more.",
    )
    manifest = {
        "n": args.n,
        "seed": args.seed,
        "minutes": None if args.steps else args.max_minutes,
        "steps": args.steps,
        "vocab_size": args.vocab_size,
        "hardware": hardware(),
        "versions": versions(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return Result(args.comparison, [table], notes, manifest)


if __name__ == "__main__":
    raise SystemExit(main())
