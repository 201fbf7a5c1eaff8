"""Train variants of one family equally long: ``python -m benchmarks.variants notations PREPARED --json FILE``.

Each is trained from nothing on the polymers of one prepared table and asked without targets, for the descriptors and
for the glass transition of validation polymers. Nothing here sees the test side. What is compared stands in
comparisons.py. Variants of PolyLDM share one PolyVAE: that of ``--autoencoder``, or one trained here as long as each.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.comparisons import COMPARISONS, Variant
from polydesign import store
from polydesign.commands import cli
from polydesign.core.properties import DESCRIPTORS
from polydesign.core.protocols import LatentGenerator
from polydesign.core.targets import Target
from polydesign.evaluation import chemnet
from polydesign.evaluation.machine import hardware, now, versions
from polydesign.evaluation.result import Column, Manifest, Result, Row, Table, write_results
from polydesign.evaluation.samples import basic_figures, judge
from polydesign.evaluation.statistics import Figure, r2_figures
from polydesign.evaluation.tasks.descriptors import generator_figures, requests

TG = "tg_exp_c"
_OF_CODES = ("conditioning", "priors")
# Those that no row has are left out of the table.
COLUMNS = (
    Column("valid", "valid", "percent", 1),
    Column("unique", "unique", "percent", 1),
    Column("novel", "novel", "percent", 1),
    Column("fcd", "FCD", digits=1),
    Column("requested_valid", "valid when 15 descriptors are asked", "percent", 1),
    Column("r2_mean", "mean R2"),
    Column("requested_exact", "all 15 met exactly", "percent", 1),
    Column("r2_tg", "R2 when Tg is asked"),
    Column("reconstructed", "same chain after encoding and decoding", "percent", 1),
    Column("active", "active units", "count"),
    Column("dimensions", "of dimensions", "count"),
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
    p.add_argument(
        "--trained", type=Path, metavar="DIR", help="folder with model-0, model-1, ... trained before, in order"
    )
    p.add_argument("--n", type=int, default=10_000, help="samples without targets (10,000)")
    p.add_argument("--preset", default="small", help="settings of the family that the variants differ from (small)")
    p.add_argument("--device", default="cpu", choices=("cpu", "cuda"), help="where they are trained (cpu)")
    p.add_argument("--autoencoder", metavar="ID", help="denoisers: the PolyVAE (id or folder) that they share")
    p.add_argument("--vocab-size", type=int, default=192, help="tokens, where the notation changes (192)")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--json", type=Path, metavar="FILE", help="write every figure here")
    return p


@cli.command
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    args = parser().parse_args(argv)
    rows: list[Row] = []
    with TemporaryDirectory() as temporary:
        for number, (name, variant) in enumerate(COMPARISONS[args.comparison].items()):
            print(f"{name} ...", file=sys.stderr)
            rows += measure(name, variant, args, Path(temporary), number)
            result = _result(rows, args)
            if args.json is not None:  # after each, so that an interruption loses one at most
                write_results([result], args.json)
    print(result.markdown())
    return cli.OK


def measure(name: str, variant: Variant, args: argparse.Namespace, folder: Path, number: int) -> list[Row]:
    """Prepare and train one variant, and ask it in each of its ways; `folder` is for files."""
    data = args.prepared
    if variant.notation is not None:
        data = folder / f"data-{number}"
        _prepare(args.prepared, data, variant.notation, args.vocab_size)
    autoencoder = _autoencoder(args, folder) if variant.family == "polyldm" else None
    out = folder / f"model-{number}" if args.trained is None else args.trained / f"model-{number}"
    if args.trained is None:
        _train(variant.family, variant, args, data, out, autoencoder)
    generator = store.load_model(out)
    known = np.load(out / "known_chains.npy", allow_pickle=False)
    steps = store.find(out).config["trained"]["steps"]
    table = pd.read_parquet(args.prepared / "table.parquet", columns=["psmiles", "group", "split", TG, *DESCRIPTORS])
    held_out = table[(table["split"] == "valid") & (table["group"] == "reported")]
    code = _code_figures(generator, held_out["psmiles"].tolist(), args.seed) if args.comparison in _OF_CODES else {}
    return [
        Row(
            {**_asked(generator, options, known, held_out, args), **code, "steps": Figure(steps, 1)},
            name,
            variant=asked,
        )
        for asked, options in variant.asked.items()
    ]


def _train(
    family: str, variant: Variant, args: argparse.Namespace, data: Path, out: Path, autoencoder: str | None = None
) -> Path:
    from polydesign.training.recipe import Order
    from polydesign.training.record import train

    return train(
        Order(
            family, str(data), out, preset=args.preset, minutes=None if args.steps else args.max_minutes,
            steps=args.steps, device=args.device, seed=args.seed, phases=variant.phases,
            parts={} if autoencoder is None else {"autoencoder": autoencoder},
            overrides=variant.overrides,
        )
    )  # fmt: skip


def _autoencoder(args: argparse.Namespace, folder: Path) -> str:
    """Return the autoencoder that all share, trained by the first that needs it unless one is given."""
    if args.autoencoder is not None:
        return args.autoencoder
    out = folder / "polyvae"
    if not out.exists():
        _train("polyvae", Variant("polyvae"), args, args.prepared, out)
    return str(out)


def _asked(
    generator: Any, options: Mapping[str, Any], known: np.ndarray, held_out: pd.DataFrame, args: argparse.Namespace
) -> dict[str, Figure]:
    """Return the figures of one way of asking: without targets, for descriptors, for a glass transition."""
    began = time.perf_counter()
    raw = generator.sample({}, args.n, seed=args.seed, options=options)
    seconds = time.perf_counter() - began
    samples = judge(raw)
    figures = basic_figures(samples, known)
    n_unique = len({key for key in samples.keys if key is not None})
    figures["per_second"] = Figure(n_unique / seconds, args.n)
    if chemnet.available() and args.n >= chemnet.MIN_SAMPLES:
        figures["fcd"] = chemnet.frechet_chemnet_distance(samples.valid_psmiles, held_out["psmiles"].tolist())
    wanted = held_out[list(DESCRIPTORS)].to_numpy(dtype=float)
    figures |= _requested(generator, options, known, wanted, args.seed)
    return figures | _requested_tg(generator, options, held_out[TG].dropna().to_numpy(dtype=float), args.seed)


def _requested(
    generator: Any, options: Mapping[str, Any], known: np.ndarray, wanted: np.ndarray, seed: int
) -> dict[str, Figure]:
    from polydesign.chem.describe.descriptors import descriptor_matrix

    samples = judge(generator.sample(requests(wanted), len(wanted), seed=seed, options=options))
    reached = np.full(wanted.shape, np.nan)
    reached[samples.valid] = descriptor_matrix(samples.valid_psmiles)
    found = generator_figures(samples, wanted, reached, known, np.ones(len(wanted), dtype=bool), seed)
    r2 = {name: figure for name, figure in found.items() if name.startswith("r2_")}
    return {f"requested_{name}": found[name] for name in ("valid", "exact", "novel")} | r2


def _requested_tg(generator: Any, options: Mapping[str, Any], wanted: np.ndarray, seed: int) -> dict[str, Figure]:
    targets = [{TG: Target(value=float(value))} for value in wanted]
    samples = judge(generator.sample(targets, len(targets), seed=seed, options=options))
    reached = store.load_model("checker").predict(samples.valid_psmiles)[TG].mean
    _, mean = r2_figures(wanted[samples.valid][:, None], np.asarray(reached)[:, None], seed=seed)
    return {"r2_tg": mean}


def _code_figures(generator: LatentGenerator, polymers: list[str], seed: int) -> dict[str, Figure]:
    from polydesign.evaluation.tasks.latent import code_figures

    codes = generator.encode(polymers)
    found = code_figures(polymers, codes, judge(generator.decode(codes, seed=seed)))
    return {name: found[name] for name in ("reconstructed", "active", "dimensions")}


def _prepare(prepared: Path, out: Path, notation: str, vocab_size: int) -> None:
    """Write the arrays of the same table in another notation."""
    from polydesign.data.corpora.corpus import CORPORA
    from polydesign.data.corpora.prepare import write_arrays

    out.mkdir(parents=True)
    table = pd.read_parquet(prepared / "table.parquet")
    labelled = prepared / "labelled.parquet"
    predicted = pd.read_parquet(labelled) if labelled.exists() else None
    write_arrays(table, predicted, CORPORA["polymers"], out, notation, vocab_size)
    shutil.copy(prepared / "table.parquet", out)


def _result(rows: Sequence[Row], args: argparse.Namespace) -> Result:
    shown = {name for row in rows for name in row.figures}
    table = Table(
        args.comparison,
        f"{args.steps} training steps each" if args.steps else f"{args.max_minutes:g} training minutes each",
        tuple(column for column in COLUMNS if column.key in shown),
        rows,
    )
    notes = [
        f"{args.n:,} samples without targets, one for the descriptors of each reported validation polymer and one for "
        "each measured Tg of theirs (R2 by the checker, of valid answers), at temperature 1. FCD is against those "
        "validation polymers, fewer than the samples: it ranks, no more.",
    ]
    if args.comparison in _OF_CODES:
        notes.append("Codes are read from those validation polymers, and written again, without a request.")
    if args.comparison == "denoisers":
        notes.append(
            f"All work among the codes of {args.autoencoder or 'one PolyVAE trained as long as each of them'}."
        )
    settings = {
        "preset": args.preset,
        "device": args.device,
        "autoencoder": args.autoencoder,
        "minutes": None if args.steps else args.max_minutes,
        "steps": args.steps,
        "vocab_size": args.vocab_size,
    }
    manifest = Manifest(args.n, args.seed, hardware(), now(), versions=versions(), settings=settings)
    return Result(args.comparison, [table], notes, manifest)


if __name__ == "__main__":
    raise SystemExit(main())
