"""Design repeat units for target properties.

python -m polydesign.design polygpt --target tg_exp_c=180:20 --target 'egc_dft_ev>=4@2' --n 100 --out found.csv
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from polydesign.commands import cli
from polydesign.core.errors import TargetError
from polydesign.core.request import DesignRequest, Filters
from polydesign.core.results import DesignResult


def parser() -> argparse.ArgumentParser:
    """Return the command line of this command."""
    command = argparse.ArgumentParser(
        prog="python -m polydesign.design",
        description="Design repeat units for target properties; prints a summary and writes the candidates.",
    )
    add = command.add_argument
    add("checkpoint", nargs="?", metavar="ID", help="checkpoint id, OWNER/NAME on the Hub, or a folder")
    add_request(command)
    add("--revision", help="revision of a checkpoint on the Hub")
    add(
        "--manifest",
        type=Path,
        metavar="FILE",
        help="repeat the run recorded in FILE (JSON written by this command); takes no other request",
    )
    add("--out", type=Path, metavar="FILE", help="where to write: .json (everything), .csv or .sdf")
    return command  # fmt: skip


def add_request(command: argparse.ArgumentParser) -> None:
    """Add the arguments that say what is wanted, of whichever generator."""
    add = command.add_argument
    add(
        "--target",
        action="append",
        default=[],
        metavar="TARGET",
        help="KEY=VALUE[:TOLERANCE][@WEIGHT], 'KEY>=VALUE[@WEIGHT]' or 'KEY<=VALUE[@WEIGHT]'; may be repeated",
    )
    add("--n", type=int, default=100, help="number of candidates (100)")
    add("--seed", type=int, default=0, help="seed of the generator (0)")
    add("--option", action="append", default=[], metavar="NAME=VALUE", help="an option of the generator")
    add("--must-contain", action="append", default=[], metavar="SMARTS", help="substructure that has to occur")
    add("--exclude", action="append", default=[], metavar="SMARTS", help="substructure that must not occur")
    add("--exclude-elements", action="append", default=[], metavar="F,Cl", help="elements that must not occur")
    add("--max-atoms", type=int, metavar="N", help="largest number of heavy atoms of the repeat unit")
    add("--pfas-free", action="store_true", help="no fully fluorinated carbon")
    add("--allow-known", action="store_true", help="keep polymers that the generator was trained on")
    add(
        "--steering",
        default="native",
        metavar="KIND",
        help="native: the generator is told the targets; latent: codes are led to them by gradient ascent in its "
        "latent space; select: it samples freely and the best are kept",
    )


@cli.command
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    command = parser()
    args = command.parse_args(argv)

    from polydesign.engine.design import export, manifest
    from polydesign.engine.design.run import design

    if args.out is not None:
        export.check_path(args.out)
    earlier = None
    if args.manifest is not None:
        given = [name for name, value in vars(args).items() if value != command.get_default(name)]
        extra = sorted(set(given) - {"manifest", "out"})
        if extra:
            raise TargetError(
                f"--manifest repeats a run as it was; leave out {', '.join(_flag(name) for name in extra)}."
            )
        earlier = manifest.read(args.manifest)
        request = DesignRequest.from_dict(earlier["request"])
    elif args.checkpoint is None:
        command.error("give the ID of a checkpoint, or --manifest FILE")
    else:
        request = read_request(args, args.checkpoint, args.revision)
    checkpoint = cli.find_checkpoint(request.checkpoint, request.revision)
    with cli.stop_on_interrupt() as should_stop:
        try:
            result = design(
                request, checkpoint=checkpoint, on_progress=cli.progress_line(), should_stop=should_stop
            )  # fmt: skip
        finally:
            cli.end_progress()
    if earlier is not None:
        result = replace(result, warnings=[*manifest.differences(earlier, result.manifest), *result.warnings])
    if args.out is not None:
        export.write(result, args.out)
    for text in result.warnings:
        cli.warn(text)
    print(summary(result))
    if args.out is not None:
        print(f"Wrote {args.out}")
    return cli.OK


def summary(result: DesignResult, best: int = 5) -> str:
    """Return what came out, in a few lines."""
    from polydesign.engine.design.steering import choice as steer

    counts = ", ".join(f"{name} {count:,}" for name, count in result.counts.items())
    lines = [f"{counts}; {result.timings['total']:.1f} s"]
    if result.rejected:
        lines.append("rejected: " + ", ".join(f"{reason} {count:,}" for reason, count in result.rejected.items()))
    if text := steer.sentence(result.manifest):
        lines.append(text)
    targets = result.request.targets
    for rank, candidate in enumerate(result.candidates[:best], start=1):
        values = [f"{key}={candidate.predictions[key].mean:.4g}" for key in targets]
        head = f"{rank:3d}. score {candidate.score:.2f}, p {candidate.p_all_targets:.2f}"
        lines.append("  ".join([head, *values, candidate.psmiles]))
    return "\n".join(lines)


def read_request(args: argparse.Namespace, checkpoint: str, revision: str | None = None) -> DesignRequest:
    """Return what the arguments of `add_request` ask of a checkpoint."""
    elements = [symbol.strip() for text in args.exclude_elements for symbol in text.split(",") if symbol.strip()]
    return DesignRequest(
        checkpoint=checkpoint,
        targets=cli.read_targets(args.target),
        n=args.n,
        seed=args.seed,
        options=cli.read_options(args.option),
        filters=Filters(
            must_contain=tuple(args.must_contain),
            exclude=tuple(args.exclude),
            exclude_elements=tuple(elements),
            max_atoms=args.max_atoms,
            pfas_free=args.pfas_free,
            novel_only=not args.allow_known,
        ),
        steering=args.steering,
        revision=revision,
    )


def _flag(name: str) -> str:
    return "ID" if name == "checkpoint" else "--" + name.replace("_", "-")
