"""Train a model family: ``python -m polydesign.train FAMILY --data NAME``.

It takes the minutes that the family states for the preset and the device (MINUTES in its config.py) and writes
runs/FAMILY, for other data than "polymers" runs/FAMILY-NAME, unless told otherwise. The data is a folder that
``python -m polydesign.data prepare NAME`` wrote (by default prepared/NAME); "demo" is prepared on the spot. The state
of the run lies beside the checkpoint, with .run to its name; from it ``--resume DIR`` goes on with the same losses
after any interruption.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from polydesign.commands.cli import command
from polydesign.core import registry
from polydesign.core.errors import TrainingError

RUNS = Path("runs")


def parser() -> argparse.ArgumentParser:
    """Return the argument parser."""
    p = argparse.ArgumentParser(prog="python -m polydesign.train", description=__doc__.split("\n")[0])
    families = [f for role in ("generators", "predictors") for f in registry.specs(role) if registry.is_trained(f)]
    p.add_argument("family", choices=families, help="model family")
    p.add_argument("--data", default="polymers", help="prepared folder or its name (default: polymers)")
    p.add_argument("--preset", default="small", help="settings of the family (default: small)")
    p.add_argument("--out", type=Path, help="checkpoint folder to write (default: runs/FAMILY or runs/FAMILY-NAME)")
    p.add_argument("--max-minutes", type=float, help="wall-clock budget (default: the family's)")
    p.add_argument("--steps", type=int, help="number of steps instead of a budget")
    p.add_argument("--resume", type=Path, metavar="DIR", help="go on with the run that writes DIR")
    p.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--phases", help="only these phases, comma-separated (e.g. pretrain,finetune)")
    p.add_argument("--init", help="start from the weights of this checkpoint (id or folder)")
    p.add_argument(
        "--where", metavar="CONDITIONS",
        help='only rows whose known values meet conditions, such as "tg_exp_c>=250", comma-separated',
    )  # fmt: skip
    p.add_argument(
        "--with", dest="parts", action="append", default=[], metavar="PART=ID",
        help="a checkpoint (id or folder) that the family works with, such as autoencoder=polyvae",
    )  # fmt: skip
    p.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="override a setting of the preset")
    p.add_argument("--log-every", type=int, default=10, help="steps between log lines")
    p.add_argument("--save-every", type=float, default=120.0, metavar="SECONDS", help="time between saved states")
    return p


@command
def main(argv: list[str] | None = None) -> int:
    """Run the command."""
    from polydesign.training.recipe import Order
    from polydesign.training.record import train

    args = parser().parse_args(argv)

    if args.out is None:
        name = Path(args.data).name
        args.out = args.resume or RUNS / (args.family if name == "polymers" else f"{args.family}-{name}")
    if args.resume is not None and args.resume != args.out:
        raise TrainingError(f"--resume names {args.resume}, but --out is {args.out}. Give the same folder twice.")
    train(
        Order(
            family=args.family, data=args.data, preset=args.preset, out=args.out, minutes=args.max_minutes,
            steps=args.steps, resume=args.resume is not None, device=args.device, seed=args.seed,
            phases=tuple(args.phases.split(",")) if args.phases else None, init=args.init,
            parts=_pairs("--with", args.parts), overrides=_pairs("--set", args.set), where=args.where,
            log_every=args.log_every, save_every=args.save_every,
        )
    )  # fmt: skip
    if os.environ.get("RANK", "0") == "0":  # torchrun starts several
        print(f"Wrote {args.out}")
    return 0


def _pairs(flag: str, texts: list[str]) -> dict[str, str]:
    """Return NAME=VALUE arguments as a mapping; raise `TrainingError` for another form."""
    pairs = dict(text.split("=", 1) for text in texts if "=" in text)
    if len(pairs) != len(texts):
        raise TrainingError(f"{flag} takes NAME=VALUE, each name once; got {' '.join(texts)}.")
    return pairs
