"""The picture of what comes back of codes: how long the strings are, and how often each token of theirs is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from polydesign.viz.palette import GREY, SERIES, SOLID_GREY

_WIDTH, _HEIGHT, _LEFT, _TOP, _GAP = 420, 260, 62, 52, 76  # of a plot, and around it, in pixels
_LEGEND = 20  # a line
_LEAST = 20  # strings that have a token at a place; beyond, a share says little and is not drawn
_TICKS = 5


def positions_svg(title: str, models: Mapping[str, Mapping[str, Any]]) -> str:
    """Return an SVG: left the distribution of input sizes, right the share of right tokens by position.

    Args:
        title: stands above.
        models: name -> ``{"strings", "told", "alone"}``, counts by position as `evaluation.positions` makes them. Sizes
            are drawn of each model in tokens of its own; equal ones once.

    Solid lines go on from the true tokens (teacher forcing), dashed ones from the model's own. Places that fewer than
    20 strings reach are left out on the right.
    """
    sizes = {name: _sizes(counts["strings"]) for name, counts in models.items()}
    longest = max(len(values) for values in sizes.values())
    tallest = max(max(values) for values in sizes.values())
    left, right = [], []
    drawn: list[list[int]] = []
    for number, (name, counts) in enumerate(models.items()):
        colour = SERIES[number % len(SERIES)]
        if sizes[name] not in drawn:
            drawn.append(sizes[name])
            steps = [
                (x, n / tallest)
                for length, n in enumerate(sizes[name])
                for x in (length / longest, (length + 1) / longest)
            ]
            left.append(_line(steps, colour, name))
        for kind in ("told", "alone"):
            share = [
                ((place + 0.5) / longest, right_ones / n)
                for place, (right_ones, n) in enumerate(zip(counts[kind], counts["strings"], strict=True))
                if n >= min(_LEAST, counts["strings"][0])
            ]
            dash = ' stroke-dasharray="5 4"' if kind == "alone" else ""
            right.append(
                _line(
                    share, colour, f"{name}, {'told the true tokens before' if kind == 'told' else 'by itself'}", dash
                )
            )
    places = [str(round(longest * i / _TICKS)) for i in range(_TICKS + 1)]
    numbers = [str(round(tallest * i / _TICKS)) for i in range(_TICKS + 1)]
    shares = [f"{i / _TICKS:.1f}" for i in range(_TICKS + 1)]
    plots = [
        _plot(0, left, places, numbers, "tokens of a string, its end included", "strings"),
        _plot(_WIDTH + _GAP, right, places, shares, "position in the string", "share of right tokens"),
    ]
    rows = [
        f'<tspan fill="{SERIES[i % len(SERIES)]}" font-weight="bold">■</tspan> {escape(name)}'
        for i, name in enumerate(models)
    ]
    rows.append("solid: told the true tokens before (teacher forcing); dashed: going on from its own")
    legend = [f'<text x="0" y="{_HEIGHT + 62 + _LEGEND * i}">{text}</text>' for i, text in enumerate(rows)]
    width, height = 2 * _WIDTH + _GAP + _LEFT + 24, _TOP + _HEIGHT + 60 + _LEGEND * len(rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="12" role="img">\n'
        f'<title>{escape(title)}</title>\n<rect width="{width}" height="{height}" fill="#fff"/>\n'
        f'<text x="{_LEFT}" y="24" font-size="14" font-weight="bold">{escape(title)}</text>\n'
        f'<g transform="translate({_LEFT},{_TOP})">\n' + "\n".join([*plots, *legend]) + "\n</g>\n</svg>\n"
    )


def _sizes(strings: Sequence[int]) -> list[int]:
    """Return how many strings have 0, 1, 2 ... tokens, of how many have one at each place."""
    return [0, *(here - after for here, after in zip(strings, [*strings[1:], 0], strict=True))]


def _line(points: Sequence[tuple[float, float]], colour: str, name: str, more: str = "") -> str:
    """Return a line through points of the unit square, the origin below left."""
    corners = " ".join(f"{_WIDTH * x:.1f},{_HEIGHT * (1 - y):.1f}" for x, y in points)
    return (f'<polyline points="{corners}" fill="none" stroke="{colour}" stroke-width="1.8"{more}>'
            f"<title>{escape(name)}</title></polyline>")  # fmt: skip


def _plot(x: int, lines: Sequence[str], across: Sequence[str], up: Sequence[str], below: str, beside: str) -> str:
    """Return one plot with its ticks and the names of its axes, moved right by `x`."""
    parts = [f'<g transform="translate({x},0)">']
    for i, (name, value) in enumerate(zip(across, up, strict=True)):
        at, high = _WIDTH * i / _TICKS, _HEIGHT * (1 - i / _TICKS)
        parts.append(f'<line x1="0" x2="{_WIDTH}" y1="{high:.1f}" y2="{high:.1f}" stroke="{GREY}" stroke-width="0.5"/>')
        parts.append(f'<text x="{at:.0f}" y="{_HEIGHT + 16}" text-anchor="middle">{name}</text>')
        parts.append(f'<text x="-6" y="{high + 4:.0f}" text-anchor="end">{value}</text>')
    parts.append(f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="none" stroke="{SOLID_GREY}"/>')
    parts.append(f'<text x="{_WIDTH // 2}" y="{_HEIGHT + 36}" text-anchor="middle">{below}</text>')
    parts.append(f'<text transform="translate(-44,{_HEIGHT // 2}) rotate(-90)" text-anchor="middle">{beside}</text>')
    return "\n".join([*parts, *lines, "</g>"])
