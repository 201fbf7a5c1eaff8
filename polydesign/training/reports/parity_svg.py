"""Parity plots as small SVG files: predicted against true values, training and test, with the loss in the legend.

Every point is drawn, but points that fall on the same place of the picture once only, so that a hundred
thousand molecules make a file of some tens of kilobytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

# Okabe and Ito's palette: told apart by all common forms of colour vision.
COLOURS = ("#0072B2", "#E69F00")
_SIDE, _LEFT, _TOP, _BOTTOM, _GAP = 320, 62, 58, 50, 26  # of a panel, in pixels
_TICKS = 5


@dataclass(frozen=True)
class Cloud:
    """The points of one set: (N,) true and predicted values in the unit, and how the legend calls them."""

    label: str
    true: np.ndarray
    predicted: np.ndarray


@dataclass(frozen=True)
class Panel:
    """One property: a title with its unit, and the sets, the most numerous first."""

    title: str
    clouds: Sequence[Cloud]


def parity_svg(panels: Sequence[Panel], columns: int = 3) -> str:
    """Return an SVG with one square panel a property, so many in a row; NaN is left out."""
    wide, tall = _LEFT + _SIDE + _GAP, _TOP + _SIDE + _BOTTOM
    width, height = min(columns, len(panels)) * wide, -(-len(panels) // columns) * tall
    body = ""
    for number, panel in enumerate(panels):
        row, column = divmod(number, columns)
        body += f'<g transform="translate({column * wide + _LEFT},{row * tall + _TOP})">{_panel(panel)}</g>\n'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="12" role="img">\n'
        f'<rect width="{width}" height="{height}" fill="#fff"/>\n{body}</svg>\n'
    )


def _panel(panel: Panel) -> str:
    clouds = [_finite(cloud) for cloud in panel.clouds]
    low, high = _span(np.concatenate([np.concatenate([c.true, c.predicted]) for c in clouds]))
    parts = [f'<rect width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#888"/>']
    for value in _ticks(low, high):
        at = _SIDE * (value - low) / (high - low)
        parts.append(f'<text x="{at:.0f}" y="{_SIDE + 16}" text-anchor="middle">{value:g}</text>')
        parts.append(f'<text x="-6" y="{_SIDE - at + 4:.0f}" text-anchor="end">{value:g}</text>')
    parts.append(f'<path d="M0 {_SIDE}L{_SIDE} 0" stroke="#888" fill="none"/>')
    for number, (cloud, colour) in enumerate(zip(clouds, COLOURS, strict=False)):
        dots = _dots(cloud, low, high)
        parts.append(f'<path d="{dots}" stroke="{colour}" stroke-width="2" stroke-linecap="round" opacity="0.6"/>')
        y = -_TOP + 32 + 15 * number
        parts.append(f'<circle cx="4" cy="{y - 4}" r="4" fill="{colour}"/>')
        parts.append(f'<text x="14" y="{y}">{escape(cloud.label)}</text>')
    parts.append(f'<text x="0" y="{-_TOP + 15}" font-weight="bold">{escape(panel.title)}</text>')
    parts.append(f'<text x="{_SIDE / 2:.0f}" y="{_SIDE + 36}" text-anchor="middle">true</text>')
    parts.append(f'<text transform="translate(-46,{_SIDE / 2:.0f}) rotate(-90)" text-anchor="middle">predicted</text>')
    return "".join(parts)


def _finite(cloud: Cloud) -> Cloud:
    known = np.isfinite(cloud.true) & np.isfinite(cloud.predicted)
    return Cloud(cloud.label, cloud.true[known], cloud.predicted[known])


def _span(values: np.ndarray) -> tuple[float, float]:
    """Return what both axes show: all values and a margin."""
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    margin = 0.03 * (high - low) or 1.0
    return low - margin, high + margin


def _ticks(low: float, high: float) -> np.ndarray:
    """Return about `_TICKS` round numbers between `low` and `high`."""
    rough = (high - low) / _TICKS
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    return np.round(np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step, 10) + 0.0  # no -0


def _dots(cloud: Cloud, low: float, high: float) -> str:
    """Return a path of dots, one for each pixel that holds a point; the dots are lines without length."""
    x, y = (np.round(_SIDE * (v - low) / (high - low)).astype(int) for v in (cloud.true, cloud.predicted))
    places = np.unique(np.stack([x, _SIDE - y], axis=1), axis=0)
    return "".join(f"M{a} {b}h0" for a, b in places.tolist())
