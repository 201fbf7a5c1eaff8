"""Many structures on one SVG sheet."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

_CELL = (240, 190)
_COLUMNS = 5
_SVG = re.compile(r"<svg\b.*</svg>", re.DOTALL)


def sheet(psmiles: Sequence[str]) -> str:
    """Return one SVG with all structures, numbered from 1, five to a row, black on white."""
    from polydesign.viz.structures import svg

    width, height = _CELL
    caption = 22
    n_rows = max(math.ceil(len(psmiles) / _COLUMNS), 1)
    cells = []
    for place, unit in enumerate(psmiles):
        x, y = width * (place % _COLUMNS), (height + caption) * (place // _COLUMNS)
        drawing = _SVG.search(svg(unit, width, height))
        inner = drawing.group(0).replace("<svg", f'<svg x="{x}" y="{y}"', 1) if drawing else ""
        cells.append(f'{inner}<text x="{x + width / 2:g}" y="{y + height + 14}">{place + 1}</text>')
    total = (width * _COLUMNS, (height + caption) * n_rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{total[0]}" height="{total[1]}" '
        f'viewBox="0 0 {total[0]} {total[1]}" font-family="sans-serif" font-size="13" text-anchor="middle">'
        f'<rect width="100%" height="100%" fill="white"/>{"".join(cells)}</svg>'
    )
