"""Small instruments: a training distribution, and a prediction against its target.

They are HTML that holds numbers only, placed in percent of the width and coloured by the page's style sheet
(static/style.css), so that one piece serves light and dark, narrow and wide.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

from polydesign.core.properties import PropertySpec
from polydesign.core.results import Prediction
from polydesign.viz.axis import Axis


def distribution(axis: Axis, histogram: Mapping[str, Sequence[float]], band: tuple[float, float] | None = None) -> str:
    """Return the training distribution along `axis`, with the wanted range behind it."""
    # A square root keeps the tails visible beside a tall peak.
    heights = [math.sqrt(count) for count in histogram["counts"]]
    peak = max(heights, default=0) or 1.0
    outline = ["0% 100%"]
    for (left, right), height in zip(pairwise(_percent(axis, e) for e in histogram["edges"]), heights, strict=True):
        top = f"{100 * (1 - height / peak):.1f}%"
        outline += [f"{left} {top}", f"{right} {top}"]
    outline.append("100% 100%")
    bars = f'<i class="pd-bars" style="clip-path:polygon({",".join(outline)})"></i>'
    return f'<div class="pd-distribution">{_band(axis, band)}{bars}</div>'


def gauge(axis: Axis, value: Prediction, band: tuple[float, float] | None, checker: float | None) -> str:
    """Return a predicted value with its 80 % interval over the wanted range, and the checker's value as a diamond."""
    parts = [_band(axis, band), '<i class="pd-axis"></i>']
    if all(map(math.isfinite, (value.lo80, value.hi80, value.mean))):
        parts.append(f'<i class="pd-interval" style="{_from_to(axis, value.lo80, value.hi80)}"></i>')
        parts.append(f'<i class="pd-mean" style="left:{_percent(axis, value.mean)}"></i>')
    if checker is not None and math.isfinite(checker):
        parts.append(f'<i class="pd-checker" style="left:{_percent(axis, checker)}"></i>')
    return f'<div class="pd-gauge">{"".join(parts)}</div>'


def axis_over(spec: PropertySpec, values: Sequence[float], band: tuple[float, float] | None = None) -> Axis:
    """Return an axis that shows all finite `values` and the finite ends of `band`."""
    shown = [v for v in (*values, *(band or ())) if math.isfinite(v) and (spec.scale == "linear" or v > 0)]
    low, high = min(shown, default=1.0), max(shown, default=10.0)
    if spec.scale == "linear":
        margin = 0.05 * (high - low) or spec.tolerance
        low, high = low - margin, high + margin
    return Axis.of(spec, {"p1": low, "p99": high})


def _band(axis: Axis, band: tuple[float, float] | None) -> str:
    return f'<i class="pd-band" style="{_from_to(axis, *band)}"></i>' if band else ""


def _from_to(axis: Axis, low: float, high: float) -> str:
    left, right = 100 * axis.fraction(low), 100 * axis.fraction(high)
    return f"left:{left:.1f}%;width:{max(right - left, 0.5):.1f}%"


def _percent(axis: Axis, value: float) -> str:
    return f"{100 * axis.fraction(value):.1f}%"
