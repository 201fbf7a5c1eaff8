"""Measure speed on this machine, everything in one run: ``python -m benchmarks.speed [ID] --json FILE``.

Needs what benchmarks/requirements.txt lists, except for ``--generators``, which measures the seconds for 100 valid
new polymers of every installed generator and nothing else. Timings on a shared machine are noisy: what is compared is
measured by turns, and the ratios are what to look at.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from benchmarks import generation
from polydesign.commands import cli
from polydesign.core.errors import CheckpointError, DataError
from polydesign.evaluation.machine import hardware, now, versions
from polydesign.evaluation.result import Column, Manifest, Result, Table, write_results
from polydesign.store import polymer_generators

COLUMNS = (
    Column("ours", "ours", digits=1),
    Column("peer", "Hugging Face transformers", digits=1),
    Column("ratio", "ratio", digits=2),
    Column("share", "of the matrix-product ceiling", "percent", 0),
)
_TAUGHT = 2000  # polymers of a training step's batches


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    p = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__.split("\n")[0])
    p.add_argument("id", nargs="?", default="polygpt", help="a PolyGPT checkpoint (polygpt)")
    p.add_argument("--batch", type=int, default=512, help="strings sampled together (512)")
    p.add_argument("--steps", type=int, default=20, help="training steps a measurement (20)")
    p.add_argument("--polymers", type=int, default=100_000, help="most polymers that are predicted (100,000)")
    p.add_argument("--repeats", type=int, default=3, help="measurements of each figure (3)")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--generators", action="store_true", help="only how fast the installed generators are")
    p.add_argument("--json", type=Path, metavar="FILE", help="write every figure here")
    return p


@cli.command
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    args = parser().parse_args(argv)
    if not args.generators and find_spec("transformers") is None:
        raise DataError("The peer is missing. Run: pip install -r benchmarks/requirements.txt")
    if min(args.batch, args.steps, args.repeats) < 1:
        raise DataError("--batch, --steps and --repeats must be at least 1.")
    if args.polymers < _TAUGHT:
        raise DataError(f"--polymers must be at least {_TAUGHT:,}.")
    results = []
    if not args.generators:
        results += [
            measure(
                args.id,
                batch=args.batch,
                steps=args.steps,
                polymers=args.polymers,
                repeats=args.repeats,
                seed=args.seed,
            )
        ]
    print("generators ...", file=sys.stderr)
    results += [generation.measure(polymer_generators(), repeats=args.repeats, seed=args.seed)]
    for result in results:
        print(result.markdown(), end="\n\n")
    if args.json is not None:
        write_results(results, args.json)
    return cli.OK


def measure(id: str, *, batch: int, steps: int, polymers: int, repeats: int, seed: int) -> Result:
    """Measure sampling, training, prediction and the click with one checkpoint."""
    from benchmarks import click, prediction, sampling, training
    from polydesign.engine.session import Session
    from polydesign.generators.polygpt.generator import PolyGPTGenerator

    session = Session()
    checkpoint = session.checkpoint(cli.find_checkpoint(id))
    generator = session.generator(checkpoint)
    if not isinstance(generator, PolyGPTGenerator):
        raise CheckpointError(
            f"{checkpoint.id} is of the family {checkpoint.family}; the peer exists for polygpt only."
        )
    print("sampling ...", file=sys.stderr)
    rows, details = sampling.measure(generator, batch=batch, repeats=repeats, seed=seed)
    units = prediction.distinct_polymers(generator, polymers, seed + 1000)
    print("training ...", file=sys.stderr)
    rows += [training.measure(generator, units[:_TAUGHT], steps=steps, repeats=repeats)]
    print("prediction ...", file=sys.stderr)
    rows += prediction.measure(units)
    print("from the click to drawn candidates ...", file=sys.stderr)
    rows += click.measure(id, repeats=repeats, seed=seed)
    packages = versions()
    manifest = Manifest(
        seed=seed, hardware=hardware(), date=now(), checkpoint=checkpoint.id, sha256=checkpoint.sha256,
        family=checkpoint.family, versions=packages,
        settings={"batch": batch, "repeats": repeats, "polymers": polymers},
    )  # fmt: skip
    notes = [
        f"Medians of {repeats} measurements, with the smallest and the largest; ours and the "
        "peer by turns, on the same weights, tokenizer and batch.",
        f"The peer is `generate` of transformers {packages['transformers']} on a GPT-NeoX with our "
        f"weights ({details['peer_attention']} attention, the quicker one; largest difference of a logit "
        f"{details['largest_logit_difference']:.1g}).",
        f"The ceiling is plain {details['dtype']} matrix products of the network's shapes at batch {batch}.",
        "What is predicted are distinct polymers that the checkpoint wrote, in processes of their own with loaded "
        "models; what was predicted is handed on in pieces and not kept. Memory counts what processes share for each.",
    ]
    return Result("speed", [Table("speed", "figure", COLUMNS, rows)], notes, manifest, details)


if __name__ == "__main__":
    raise SystemExit(main())
