"""Write targets and values the way a chemist reads them."""

from __future__ import annotations

from polydesign.core.properties import property_spec
from polydesign.core.targets import Target


def show(key: str, value: float) -> str:
    """Return a value with its unit, e.g. ``180 °C``."""
    unit = property_spec(key).unit_text
    return f"{value:.4g} {unit}".strip()


def describe(key: str, target: Target) -> str:
    """Return a target as text, e.g. ``Tg ≥ 180 °C``."""
    symbol = property_spec(key).symbol
    sign = "=" if target.value is not None else "≥" if target.minimum is not None else "≤"
    return f"{symbol} {sign} {show(key, target.central)}"
