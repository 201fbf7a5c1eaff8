"""The latent space of a generator from the command line: its map, and ways through it.

    python -m polydesign.latent map gruvae
    python -m polydesign.latent draw gruvae --colour tg_exp_c --polymer PEEK --out map.html
    python -m polydesign.latent walk gruvae PS 'nylon 6,6' --steps 10 --out walk.csv
    python -m polydesign.latent around gruvae PET --radius 0.5 --n 20
    python -m polydesign.latent uphill gruvae PS --property tg_exp_c

``map`` computes the map anew, t-SNE included, and puts it beside the checkpoint, so that the page opens without the
model.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polydesign.commands import cli

if TYPE_CHECKING:
    from polydesign.engine.latent.moves import Moves, Space

Work = Callable[..., Any]


def parser() -> argparse.ArgumentParser:
    """Return the command line of this command."""
    command = argparse.ArgumentParser(
        prog="python -m polydesign.latent", description="Look at the latent space of a generator."
    )
    verbs = command.add_subparsers(title="commands", required=True, metavar="map | draw | walk | around | uphill")

    def verb(name: str, run: Callable[[argparse.Namespace, Space, Work], None], help: str) -> argparse.ArgumentParser:
        added = verbs.add_parser(name, help=help)
        added.add_argument("checkpoint", help="id of a generator that encodes, or owner/name, or a folder")
        added.set_defaults(run=run)
        return added

    verb("map", _map, "compute the map and put it beside the checkpoint")
    draw = verb("draw", _draw, "write the map as a page (.html) or a table (.csv)")
    draw.add_argument("--out", type=Path, metavar="FILE", required=True, help="file to write, .html or .csv")
    draw.add_argument("--colour", default="tg_exp_c", metavar="PROPERTY", help="property of the colours (tg_exp_c)")
    draw.add_argument("--tsne", action="store_true", help="t-SNE in the place of principal components")
    draw.add_argument("--polymer", action="append", default=[], help="repeat unit or name to mark; repeatable")
    walk = verb("walk", _walk, "go straight from one polymer to another")
    walk.add_argument("start", help="repeat unit or name")
    walk.add_argument("end", help="repeat unit or name")
    walk.add_argument("--steps", type=int, default=10, help="number of steps, both ends included (10)")
    around = verb("around", _around, "decode points around a polymer")
    around.add_argument("start", help="repeat unit or name")
    around.add_argument("--radius", type=float, default=0.5, help="standard deviations of the prior (0.5)")
    around.add_argument("--n", type=int, default=20, help="number of points (20)")
    uphill = verb("uphill", _uphill, "climb a property from a polymer")
    uphill.add_argument("start", help="repeat unit or name")
    uphill.add_argument("--property", default="tg_exp_c", help="property to climb (tg_exp_c)")
    uphill.add_argument("--down", action="store_true", help="go down instead")
    uphill.add_argument("--steps", type=int, default=10, help="number of steps, the first included (10)")
    uphill.add_argument("--stride", type=float, default=0.6, help="standard deviations of the codes a step (0.6)")
    for moving in (walk, around, uphill):
        moving.add_argument("--out", type=Path, metavar="FILE.csv", help="file to write (default: standard output)")
        moving.add_argument("--option", action="append", default=[], metavar="NAME=VALUE", help="of the generator")
        moving.add_argument("--seed", type=int, default=0, help="seed (0)")
    return command


@cli.command
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    args = parser().parse_args(argv)

    from polydesign.engine.design import export
    from polydesign.engine.latent.map import build, encodes
    from polydesign.engine.latent.map_file import shipped
    from polydesign.engine.latent.moves import Space
    from polydesign.engine.session import Session

    if out := getattr(args, "out", None):
        export.check_path(out, endings=(".html", ".csv") if args.run is _draw else (".csv",))
    session = Session()
    checkpoint = session.checkpoint(cli.find_checkpoint(args.checkpoint))
    encodes(checkpoint)
    with cli.stop_on_interrupt() as should_stop:
        watched = {"on_progress": cli.progress_line(), "should_stop": should_stop}

        def work(function: Callable[..., Any], *given: Any, **more: Any) -> Any:
            try:
                return function(*given, **more, **watched)
            finally:
                cli.end_progress()

        made = None if args.run is _map else shipped(checkpoint)
        if made is None:
            generator = session.generator(checkpoint)
            made = work(build, generator, checkpoint, with_tsne=args.run is _map)
        args.run(args, Space(checkpoint, made, session), work)
    return cli.OK


def _map(args: argparse.Namespace, space: Space, work: Work) -> None:
    from polydesign.engine.latent.map_file import NAME, write

    path = write(space.map, space.checkpoint).path(NAME)
    n = len(space.map.library) + len(space.map.common)
    print(f"Wrote the map of {n:,} polymers to {path} ({path.stat().st_size / 1000:.0f} kB)")


def _draw(args: argparse.Namespace, space: Space, work: Work) -> None:
    from polydesign.core.properties import property_spec
    from polydesign.engine.design import export
    from polydesign.engine.latent import points as latent_points
    from polydesign.viz.latent_map import page, picture

    property_spec(args.colour)
    placed = work(latent_points.place, space, "\n".join(args.polymer)) if args.polymer else None
    for note in placed.notes if placed else ():
        cli.warn(note)
    flat = work(latent_points.flatten, space, placed) if args.tsne else None
    frame = latent_points.table(space.map, placed, flat)
    text = latent_points.to_csv(frame)
    if args.out.suffix.lower() == ".html":
        text = page(
            picture(frame, args.colour, axes=latent_points.axes(space.map, "tsne" if args.tsne else "pca")),
            space.checkpoint.label,
        )
    export.write_text(text, args.out)
    print(f"Wrote the map of {len(frame):,} polymers to {args.out}")


def _walk(args: argparse.Namespace, space: Space, work: Work) -> None:
    from polydesign.engine.latent.moves import walk

    _tell(work(walk, space, args.start, args.end, args.steps, **_decoding(args)), args)


def _around(args: argparse.Namespace, space: Space, work: Work) -> None:
    from polydesign.engine.latent.moves import around

    _tell(work(around, space, args.start, args.radius, args.n, **_decoding(args)), args)


def _uphill(args: argparse.Namespace, space: Space, work: Work) -> None:
    from polydesign.engine.latent.moves import uphill

    given = {"stride": args.stride, "down": args.down, **_decoding(args)}
    _tell(work(uphill, space, args.start, args.property, args.steps, **given), args)


def _decoding(args: argparse.Namespace) -> dict[str, Any]:
    return {"options": cli.read_options(args.option), "seed": args.seed}


def _tell(moves: Moves, args: argparse.Namespace) -> None:
    from polydesign.engine.design import export

    for note in moves.notes:
        cli.warn(note)
    if args.out is None:
        print(moves.to_csv(), end="")
        return
    export.write_text(moves.to_csv(), args.out)
    print(f"Wrote {moves.title}, {int(moves.valid.sum())} of {len(moves)} repeat units, to {args.out}")
