"""Numbers and foreign words as a page may show them."""

from __future__ import annotations

import math
import re

from polydesign.core.properties import PropertySpec
from polydesign.core.targets import Target

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-!|<>~$:&^=])")
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_UNIT_LABELS = {"bohr3": "bohr³", "W/(m K)": "W/(m·K)", "J/(kg K)": "J/(kg·K)"}


def plain(text: object) -> str:
    """Return `text` so that Markdown shows it letter by letter: no emphasis from a stray ``*``, no link, no HTML."""
    return _MARKDOWN.sub(r"\\\1", str(text)).replace("\n", "  \n")


def unit(spec: PropertySpec) -> str:
    """Return the unit as people read it, "" for none."""
    return _UNIT_LABELS.get(spec.unit, spec.unit_text)


def number(spec: PropertySpec, value: float | None) -> str:
    """Write a value of a property with the digits that matter, without its unit."""
    if value is None or not math.isfinite(value):
        return "–"
    if spec.scale == "log10":
        return _significant(value)
    decimals = max(0, 1 - math.floor(math.log10(spec.tolerance)))
    if spec.kind == "descriptor":
        decimals = 0 if float(value).is_integer() else 1
    text = f"{value:.{decimals}f}"
    return text.replace("-", "−") if float(text) else text.lstrip("-")


def quantity(spec: PropertySpec, value: float | None) -> str:
    """Write a value of a property with its unit."""
    return f"{number(spec, value)} {unit(spec)}".rstrip()


def wish(spec: PropertySpec, target: Target) -> str:
    """Write a target as a chemist would, e.g. "180 ± 20 °C" or "≥ 4.00 eV"."""
    if target.minimum is not None:
        return f"≥ {quantity(spec, target.minimum)}"
    if target.maximum is not None:
        return f"≤ {quantity(spec, target.maximum)}"
    tolerance = spec.tolerance if target.tolerance is None else target.tolerance
    if spec.scale == "log10":
        return f"{quantity(spec, target.value)} ± {tolerance:g} decades"
    return f"{number(spec, target.value)} ± {number(spec, tolerance)} {unit(spec)}".rstrip()


def share(value: float) -> str:
    """Write a probability in percent, honest about its ends: "< 1 %" rather than "0 %"."""
    if not math.isfinite(value):
        return "–"
    if 0 < value < 0.01:
        return "< 1 %"
    if 0.99 < value < 1:
        return "> 99 %"
    return f"{100 * value:.0f} %"


def _significant(value: float) -> str:
    if value != 0 and not 1e-3 <= abs(value) < 1e5:
        mantissa, exponent = f"{value:.2e}".split("e")
        return f"{mantissa}·10{str(int(exponent)).translate(_SUPERSCRIPT)}"
    digits = max(0, 2 - math.floor(math.log10(abs(value)))) if value else 2
    return f"{value:.{digits}f}"
