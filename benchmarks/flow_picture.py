"""Draw a flow layer by layer in two dimensions: ``python -m benchmarks.flow_picture docs/explanation/flow.svg``.

A flow of the latent flow's own layers learns where the codes of the demonstration polymers lie, which are our own: for
a picture, on the plane of the two directions in which these codes vary most. Then noise is followed through its layers.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from polydesign import store
from polydesign.commands import cli
from polydesign.core.protocols import LatentGenerator
from polydesign.data.corpora.demo import demo_polymers
from polydesign.generators.latentflow.config import PRESETS
from polydesign.generators.latentflow.network import Couplings
from polydesign.viz.palette import BLUE, ORANGE, SOLID_GREY

_SIDE, _GAP, _TOP, _REACH = 150, 10, 30, 3.2  # pixels of a panel; what it shows, in standard deviations
_RING = 1.18  # half of the noise lies within


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    p = argparse.ArgumentParser(prog="python -m benchmarks.flow_picture", description=__doc__.split("\n")[0])
    p.add_argument("out", type=Path, metavar="FILE.svg")
    p.add_argument("--autoencoder", default="gruvae", metavar="ID", help="whose codes (gruvae)")
    p.add_argument("--steps", type=int, default=600, help="training steps of the flow (600)")
    return p


@cli.command
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    args = parser().parse_args(argv)
    points = plane(args.autoencoder)
    flow = fitted(points, args.steps)
    noise = torch.randn(len(points), 2, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        states = flow.steps(noise, torch.zeros(len(noise), 1))
    args.out.write_text(picture(states, points), encoding="utf-8")
    return cli.OK


def plane(autoencoder: str) -> Tensor:
    """Return ``(N, 2)`` codes of the demonstration polymers on their two main directions, of unit variance each."""
    model = store.load_model(autoencoder)
    assert isinstance(model, LatentGenerator)
    codes = torch.from_numpy(model.encode(demo_polymers()))
    u, s, _ = torch.linalg.svd(codes - codes.mean(dim=0), full_matrices=False)
    on_plane = u[:, :2] * s[:2]
    return on_plane / on_plane.std(dim=0)


def fitted(points: Tensor, steps: int) -> Couplings:
    """Return a flow that has learnt ``(N, 2)`` points, each step somewhat shaken so that none is learnt by heart."""
    torch.manual_seed(0)
    flow = Couplings(2, 1, replace(PRESETS["tiny"], coupling="spline", n_layers=6, d_hidden=32, bins=8))
    optimizer = torch.optim.Adam(flow.parameters(), lr=3e-3)
    for _ in range(steps):
        optimizer.zero_grad()
        shaken = points + 0.1 * torch.randn_like(points)
        (-flow.log_density(shaken, torch.zeros(len(points), 1)).mean()).backward()
        torch.nn.utils.clip_grad_norm_(flow.parameters(), 1.0)
        optimizer.step()
    return flow


def picture(states: Sequence[Tensor], points: Tensor) -> str:
    """Return an SVG: noise after none, two, four, ... layers, and the ``(N, 2)`` points that were learnt.

    Colours stay with a point from panel to panel: what began in the middle of the noise, and what began outside.
    """
    inner = states[0].norm(dim=1) < _RING
    panels = [("noise" if i == 0 else f"{i} layers", states[i], inner) for i in range(0, len(states), 2)]
    panels.append(("codes of polymers", points, None))
    width, height = len(panels) * (_SIDE + _GAP) + _GAP, _TOP + _SIDE + _GAP
    parts = [
        f'<g transform="translate({_GAP + number * (_SIDE + _GAP)},{_TOP})">\n'
        f'<text x="{_SIDE // 2}" y="-10" text-anchor="middle">{title}</text>\n'
        f'<rect width="{_SIDE}" height="{_SIDE}" fill="none" stroke="{SOLID_GREY}"/>\n{_dots(at, first)}\n</g>'
        for number, (title, at, first) in enumerate(panels)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="12" role="img">\n<title>From noise to codes, layer by layer</title>\n'
        f'<rect width="{width}" height="{height}" fill="#fff"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _dots(at: Tensor, inner: Tensor | None) -> str:
    x = (_SIDE * (at[:, 0] + _REACH) / (2 * _REACH)).tolist()
    y = (_SIDE * (_REACH - at[:, 1]) / (2 * _REACH)).tolist()
    colours = [SOLID_GREY] * len(x) if inner is None else [BLUE if flag else ORANGE for flag in inner.tolist()]
    return "\n".join(
        f'<circle cx="{a:.0f}" cy="{b:.0f}" r="1.5" fill="{colour}"/>'
        for a, b, colour in zip(x, y, colours, strict=True)
        if 0 < a < _SIDE and 0 < b < _SIDE
    )


if __name__ == "__main__":
    raise SystemExit(main())
