"""The picture of a latent space: codes of named polymers, and a path between two of them with what it decodes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from polydesign.viz.palette import BLUE, SOLID_GREY, VERMILION

_SIDE, _LEFT, _TOP, _BOTTOM, _LIST = 420, 62, 44, 48, 560  # in pixels; the list stands right of the plot
_LINE = 26  # of the list
_LONGEST = 68  # characters of a decoded string that fit beside the plot
_TICKS = 4


def latent_svg(title: str, named: Sequence[Mapping[str, Any]], path: Mapping[str, Any]) -> str:
    """Return an SVG of z1 against z2 with the strings that the points of a path decode to.

    Args:
        title: stands above.
        named: ``{"name", "code": (z1, z2)}`` of polymers that have a name.
        path: ``{"from", "to", "codes", "decoded", "valid"}``: names of the ends, then z1 and z2, the string and
            whether that is one repeat unit, for each point.
    """
    points = [tuple(code) for code in path["codes"]]
    everything = [tuple(entry["code"]) for entry in named] + points
    spans = [_span([point[axis] for point in everything]) for axis in (0, 1)]

    def place(point: Sequence[float]) -> tuple[float, float]:
        x, y = ((value - low) / (high - low) for value, (low, high) in zip(point, spans, strict=True))
        return round(_SIDE * x, 1), round(_SIDE * (1 - y), 1)

    parts = [f'<rect width="{_SIDE}" height="{_SIDE}" fill="none" stroke="{SOLID_GREY}"/>', *_axes(spans)]
    for entry in named:
        x, y = place(entry["code"])
        parts.append(f'<circle cx="{x}" cy="{y}" r="2.5" fill="{SOLID_GREY}" fill-opacity="0.6">')
        parts.append(f"<title>{escape(str(entry['name']))}</title></circle>")
    corners = " ".join(f"{x},{y}" for x, y in map(place, points))
    parts.append(f'<polyline points="{corners}" fill="none" stroke="{BLUE}" stroke-opacity="0.5"/>')
    head = (f"1: {path['from']}", f"{len(points)}: {path['to']}", f"{sum(path['valid'])} of {len(points)} points valid")
    for row, line in enumerate(head):
        parts.append(f'<text x="{_SIDE + 24}" y="{14 + 16 * row}" font-weight="bold">{escape(_shown(line))}</text>')
    for number, (point, text, fits) in enumerate(zip(points, path["decoded"], path["valid"], strict=True), start=1):
        x, y = place(point)
        row = 58 + _LINE * number
        parts += _mark(x, y, number, fits) + _mark(_SIDE + 33, row - 4, number, fits)
        parts.append(
            f'<text x="{_SIDE + 50}" y="{row}" font-family="monospace">{escape(_shown(text))}'
            + ("" if fits else f'<tspan fill="{VERMILION}" font-family="sans-serif"> (not a repeat unit)</tspan>')
            + "</text>"
        )
    width, height = _LEFT + _SIDE + _LIST, _TOP + _SIDE + _BOTTOM
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="12" role="img">\n'
        f'<title>{escape(title)}</title>\n<rect width="{width}" height="{height}" fill="#fff"/>\n'
        f'<text x="{_LEFT}" y="24" font-size="14" font-weight="bold">{escape(title)}</text>\n'
        f'<g transform="translate({_LEFT},{_TOP})">\n' + "\n".join(parts) + "\n</g>\n</svg>\n"
    )


def _axes(spans: Sequence[tuple[float, float]]) -> list[str]:
    parts = []
    for number in range(_TICKS + 1):
        at = _SIDE * number / _TICKS
        x, y = (low + (high - low) * number / _TICKS for low, high in spans)
        parts.append(f'<text x="{at:.0f}" y="{_SIDE + 16}" text-anchor="middle">{x:.2f}</text>')
        parts.append(f'<text x="-6" y="{_SIDE - at + 4:.0f}" text-anchor="end">{y:.2f}</text>')
    parts.append(f'<text x="{_SIDE // 2}" y="{_SIDE + 36}" text-anchor="middle">z1</text>')
    parts.append(f'<text transform="translate(-44,{_SIDE // 2}) rotate(-90)" text-anchor="middle">z2</text>')
    return parts


def _mark(x: float, y: float, number: int, fits: bool) -> list[str]:
    """Return a numbered disc, hollow where the string is no repeat unit."""
    fill, stroke, ink = (BLUE, BLUE, "#fff") if fits else ("#fff", VERMILION, VERMILION)
    return [
        f'<circle cx="{x}" cy="{y}" r="8" fill="{fill}" stroke="{stroke}" stroke-width="2"/>',
        f'<text x="{x}" y="{y + 4}" text-anchor="middle" font-size="11" fill="{ink}">{number}</text>',
    ]


def _span(values: Sequence[float]) -> tuple[float, float]:
    """Return what an axis shows: all values and a margin."""
    margin = 0.05 * (max(values) - min(values)) or 1.0
    return min(values) - margin, max(values) + margin


def _shown(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
