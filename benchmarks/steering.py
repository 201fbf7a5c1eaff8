"""Hits of a target by selection alone and by ascent in the latent space, for the same number of generations.

python -m benchmarks.steering gruvae --target tg_exp_c=250:20 --target egc_dft_ev=2.5:0.2 --json FILE
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np

from polydesign.commands import cli
from polydesign.core import registry
from polydesign.core.errors import CheckpointError, DataError
from polydesign.core.goal import Goal
from polydesign.core.protocols import PropertyPredictor
from polydesign.core.targets import Target, Targets
from polydesign.engine.design.novelty import is_known
from polydesign.engine.design.steering import latent
from polydesign.engine.session import Session
from polydesign.evaluation.machine import hardware, now, versions
from polydesign.evaluation.result import Column, Manifest, Result, Row, Table, write_results
from polydesign.evaluation.samples import judge
from polydesign.evaluation.statistics import Figure, rate

COLUMNS = (
    Column("valid", "valid", "percent", 1),
    Column("fresh", "distinct and new", "percent", 1),
    Column("guide", "hits, guide", "percent", 1),
    Column("checker", "hits, checker", "percent", 1),
    Column("seconds", "seconds", digits=1),
)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    p = argparse.ArgumentParser(prog="python -m benchmarks.steering", description=__doc__.split("\n")[0])
    p.add_argument("id", help="a generator that has codes: id or folder")
    p.add_argument("--target", action="append", required=True, help="as for polydesign.design; each is asked alone")
    p.add_argument("--n", type=int, default=1000, help="generations for each row (1000)")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--json", type=Path, metavar="FILE", help="write every figure here")
    return p


@cli.command
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    args = parser().parse_args(argv)
    result = measure(args.id, cli.read_targets(args.target), args.n, args.seed)
    print(result.markdown())
    if args.json is not None:
        write_results([result], args.json)
    return cli.OK


def measure(id: str, targets: Targets, n: int, seed: int) -> Result:
    """Generate `n` strings freely and `n` for each target, and count what hits."""
    session = Session()
    checkpoint = session.checkpoint(cli.find_checkpoint(id))
    spec: Any = registry.spec(checkpoint.family)
    if "latent" not in spec.abilities:
        raise CheckpointError(f"{checkpoint.id} is of the family {checkpoint.family}, which has no codes to lead.")
    generator = cast(latent.SteerableGenerator, session.generator(checkpoint))
    known, models = session.known_chains(checkpoint), {"guide": session.guide(), "checker": session.checker()}
    options = spec.check_options(None, design=True)
    began = time.perf_counter()
    fitted = latent.fit(generator, spec, models["guide"])
    fitting = time.perf_counter() - began
    if fitted is None or set(targets) - set(fitted.keys):
        raise DataError("No property head for these targets can be fitted to what this checkpoint writes.")
    began = time.perf_counter()
    free = generator.sample({}, n, seed=seed, options=options)
    seconds = time.perf_counter() - began
    rows = []
    for key, target in targets.items():
        began = time.perf_counter()
        led = latent.generate(generator, fitted, {key: target}, n, seed=seed, options=options)
        for name, raw, took in (("select", free, seconds), ("latent", led, time.perf_counter() - began)):
            rows.append(
                Row(
                    figures(raw, key, target, known, models, took),
                    checkpoint=checkpoint.id,
                    sha256=checkpoint.sha256,
                    origin="installed",
                    question=target.text(key),
                    variant=name,
                )
            )
    notes = [
        f"{n:,} generations a row; a hit is a distinct new chain whose predicted value meets the target, of all "
        "generations. The guide is what the head was fitted to; the checker had no say.",
        f"Property head: {fitted.n:,} decoded codes and {fitted.n_held_out:,} others, fitted in {fitting:.1f} s; R² on "
        f"the others {', '.join(f'{key} {fitted.r2[key]:.2f}' for key in targets)}.",
    ]
    manifest = Manifest(
        n=n, seed=seed, hardware=hardware(), date=now(), checkpoint=checkpoint.id, sha256=checkpoint.sha256,
        family=checkpoint.family, versions=versions(),
    )  # fmt: skip
    return Result("steering", [Table("steering", "target: steering", COLUMNS, rows)], notes, manifest)


def figures(
    raw: Sequence[str],
    key: str,
    target: Target,
    known: np.ndarray | None,
    models: dict[str, PropertyPredictor],
    seconds: float,
) -> dict[str, Figure]:
    """Return the figures of one row; rates are of all generations."""
    judged = judge(raw)
    distinct = {k: p for k, p in zip(judged.keys, judged.psmiles, strict=True) if k is not None and p is not None}
    old = np.zeros(len(distinct), dtype=bool) if known is None else is_known(list(distinct), known)
    fresh = [p for p, seen in zip(distinct.values(), old, strict=True) if not seen]
    goal = Goal(key, target)
    counted = {"valid": rate(int(judged.valid.sum()), len(raw)), "fresh": rate(len(fresh), len(raw))}
    for name, model in models.items():
        values = goal.spec.to_scale(model.predict(fresh)[key].mean)
        counted[name] = rate(int(goal.met(values).sum()), len(raw))
    return {**counted, "seconds": Figure(seconds, 1)}


if __name__ == "__main__":
    raise SystemExit(main())
