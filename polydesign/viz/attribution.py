"""Effects of the pieces of a repeat unit as colours on its drawing: orange raises the property, blue lowers it.

The pair is told apart by all common forms of colour vision. Paleness says how small an effect is against the
strongest one, or against the property's usual tolerance where all are smaller, so that nothing looks important
that is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from polydesign.core.properties import PropertySpec
from polydesign.engine.predict.attribution import Effect
from polydesign.viz.palette import LOWERS, PAPER, RAISES, Theme

_PALEST = 0.08  # of the strongest colour; below it nothing is drawn


def strongest(spec: PropertySpec, effects: Sequence[Effect]) -> float:
    """Return the effect, on the property's scale, that bears the full colour."""
    return max([abs(effect.change) for effect in effects] + [spec.tolerance])


def halos(spec: PropertySpec, effects: Sequence[Effect], theme: Theme = "light") -> dict[int, str]:
    """Return atom -> colour ("#rrggbb") for `polydesign.viz.structures.svg`."""
    most = strongest(spec, effects)
    colours: dict[int, str] = {}
    for effect in effects:
        share = abs(effect.change) / most
        if share >= _PALEST:
            full = (RAISES if effect.change > 0 else LOWERS)[theme]
            colours |= dict.fromkeys(effect.atoms, _mixed(full, PAPER[theme], share))
    return colours


def legend(spec: PropertySpec, low: str, high: str, theme: Theme = "light") -> str:
    """Return the scale of colours as HTML, with `low` and `high` written at its ends."""
    stops = f"{LOWERS[theme]},{PAPER[theme]},{RAISES[theme]}"
    return (
        f'<div class="pd-scale"><span>lowers {escape(spec.symbol)}</span><small>{escape(low)}</small>'
        f'<i style="background:linear-gradient(90deg,{stops})"></i>'
        f"<small>{escape(high)}</small><span>raises {escape(spec.symbol)}</span></div>"
    )


def _mixed(colour: str, paper: str, share: float) -> str:
    """Return `share` of a colour over the rest of another."""
    pairs = ((int(colour[i : i + 2], 16), int(paper[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(share * front + (1 - share) * back):02x}" for front, back in pairs)
