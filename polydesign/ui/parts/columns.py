"""What the tables of candidates and of predicted polymers have in common: a drawing a row, and columns of values."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import streamlit as st

from polydesign.core.properties import PROPERTIES
from polydesign.ui.parts.text import unit
from polydesign.ui.parts.theme import theme
from polydesign.viz.palette import Theme


def value_columns(keys: Sequence[str], checker: str) -> dict[str, Any]:
    """Return the columns of the guide's values, their intervals and the checker's values; `checker` explains these."""
    number = st.column_config.NumberColumn
    columns: dict[str, Any] = {}
    for key in keys:
        spec = PROPERTIES[key]
        name = f"{spec.symbol}, {unit(spec)}" if unit(spec) else spec.symbol
        digits = "%.3g" if spec.scale == "log10" or spec.tolerance < 1 else "%.0f"
        columns[key] = number(name, format=digits, help=f"{spec.label}, predicted by the guide.")
        columns[f"{key}_lo80"] = number(f"{spec.symbol} from", format=digits, help="Lower end of the 80 % interval.")
        columns[f"{key}_hi80"] = number(f"{spec.symbol} to", format=digits, help="Upper end of the 80 % interval.")
        columns[f"{key}_checker"] = number(f"{spec.symbol} checker", format=digits, help=checker)
    return columns


def drawing(text: str, scheme: Theme | None = None) -> str:
    """Return a structure as the address of a small picture, in the visitor's theme unless told another.

    Raises `ChemistryError` for a structure that does not parse.
    """
    from polydesign.viz.structures import svg

    picture = svg(text, 260, 140, scheme or theme())
    return "data:image/svg+xml;base64," + b64encode(picture.encode()).decode()
