"""What became of everything that was generated: counts, reasons, warnings."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from polydesign.core.properties import PROPERTIES
from polydesign.core.request import DesignRequest
from polydesign.core.results import DesignResult
from polydesign.engine.design.steering.choice import sentence
from polydesign.ui.parts.text import plain, wish

_STEPS = (
    ("generated", "generated", "every string the generator wrote, unreadable ones included"),
    ("parses", "parse", "RDKit can read them"),
    ("valid", "valid", "one fragment with exactly two attachment points"),
    ("unique", "unique", "different infinite chains"),
    ("novel", "new", "chains that the training data does not hold"),
    ("kept", "kept", "passed your rules, best first, at most as many as you asked for"),
)


def counts(result: DesignResult) -> None:
    """Show how many candidates each step left, as numbers over bars."""
    counted([(result.counts[key], label, meaning) for key, label, meaning in _STEPS if key in result.counts])


def counted(steps: Sequence[tuple[int, str, str]]) -> None:
    """Show steps of (number, label, meaning) as numbers over bars, in shares of the first one."""
    total = max(steps[0][0], 1)
    cells = []
    for value, label, meaning in steps:
        share = 100 * value / total
        cells.append(
            f'<div class="pd-count" title="{escape(meaning)}"><b>{value:,}</b><span>{label}</span>'
            f'<i><u style="width:{share:.1f}%"></u></i><small>{share:.0f} %</small></div>'
        )
    st.html(f'<div class="pd-counts">{"".join(cells)}</div>')


def rejected(result: DesignResult) -> None:
    """List what was rejected, with reason and number, most frequent first."""
    if not result.rejected:
        st.caption("Nothing was rejected.")
        return
    total = sum(result.rejected.values())
    with st.expander(f"{total:,} rejected: why", icon=":material/filter_alt_off:", key="results.rejected"):
        most = max(result.rejected.values())
        lines = "".join(
            f"<tr><td>{escape(str(reason))}</td><td><i><u style='width:{100 * number / most:.1f}%'></u></i></td>"
            f"<td>{number:,}</td></tr>"
            for reason, number in sorted(result.rejected.items(), key=lambda item: -item[1])
        )
        st.html(f'<table class="pd-reasons">{lines}</table>')


def warnings(result: DesignResult) -> None:
    """Show the engine's warnings, and how far a property head that steered is to be trusted."""
    if text := sentence(result.manifest):
        st.caption(plain(text))
    for warning in result.warnings:
        st.warning(plain(warning), icon=":material/warning:")


def headline(request: DesignRequest) -> str:
    """Return the request in one line, e.g. "Tg ≥ 180 °C · Egc ≥ 4.00 eV", as Markdown."""
    wishes = [f"{PROPERTIES[key].symbol} {wish(PROPERTIES[key], target)}" for key, target in request.targets.items()]
    return plain(" · ".join(wishes) or "No targets: any polymer the generator likes")
