"""Is this combination possible? Targets in words of the command line, the data around them, physics' objections."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from polydesign.core.errors import PolydesignError
from polydesign.core.properties import PROPERTIES
from polydesign.core.targets import Target, Targets
from polydesign.ui.parts.polymer_view import address
from polydesign.ui.parts.run import RUN
from polydesign.ui.parts.text import number, plain, unit, wish
from polydesign.ui.properties.sets import several, which

if TYPE_CHECKING:
    from pandas import DataFrame

    from polydesign.engine.goals.possible import Nearby, Possible

_MODES = {"value": "±", "minimum": "≥", "maximum": "≤"}


def possible_view(frames: dict[str, DataFrame]) -> None:
    """Draw the view."""
    from polydesign.engine.goals.possible import possible

    frame = which(frames, "possible.set")
    keys = several("Targets", [key for key in PROPERTIES if key in frame], "possible.keys", 1, 5)
    if keys is None:
        return
    try:
        targets = {key: _target(key, float(frame[key].median())) for key in keys}
        answer = possible(targets, frame)
    except PolydesignError as error:
        st.error(plain(error), icon=":material/error:")
        return
    _verdict(answer, targets)


def _target(key: str, middle: float) -> Target:
    """Draw one target; it starts from the latest run's, else from the median of the set."""
    spec, asked = PROPERTIES[key], RUN.answered()
    first = asked.targets.get(key) if asked else None
    mode_of = next((name for name in _MODES if first and getattr(first, name) is not None), "value")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        mode = st.segmented_control(
            spec.label, list(_MODES), key=f"possible.mode.{key}", default=mode_of, format_func=_MODES.__getitem__,
            required=True,
        )  # fmt: skip
        value = st.number_input(
            unit(spec) or "Value", value=float(f"{first.central if first else middle:.4g}"),
            key=f"possible.value.{key}", format="%g", width=130,
        )  # fmt: skip
        if mode != "value":
            return Target(**{mode: value})
        label = "± decades" if spec.scale == "log10" else f"± {unit(spec)}".rstrip()
        start = (first.tolerance if first else None) or spec.tolerance
        tolerance = st.number_input(label, value=float(start), key=f"possible.within.{key}", format="%g", width=110)
    return Target(value=value, tolerance=tolerance)


def _verdict(answer: Possible, targets: Targets) -> None:
    for note in answer.notes:
        st.warning(plain(note), icon=":material/science:")
    if not answer.n:
        st.info("No polymer of this set has a value of all these properties. Leave one out, or choose another set.")
        return
    alone = ", ".join(
        f"{PROPERTIES[key].symbol} {wish(PROPERTIES[key], targets[key])}: {count:,}"
        for key, count in answer.meeting.items()
    )
    share = f"{100 * answer.together / answer.n:.2g} %"
    if answer.together:
        st.success(
            plain(f"{answer.together:,} of {answer.n:,} polymers meet all targets ({share})."), icon=":material/check:"
        )
    else:
        far = answer.nearest[0].distance
        st.warning(
            plain(
                f"None of {answer.n:,} polymers meets all targets; the nearest misses them by {far:.2g} standard "
                "deviations of the data."
            ),
            icon=":material/travel_explore:",
        )
    also = ""
    if len(targets) > 1:
        expected = f"{answer.independent:,.0f}" if answer.independent >= 10 else f"{answer.independent:.2g}"
        also = f" If the properties had nothing to do with each other, {expected} would meet all."
    st.caption(plain(f"Each alone: {alone}.{also}"))
    _nearest(answer, list(targets))


def _nearest(answer: Possible, keys: list[str]) -> None:
    titles = [f"{PROPERTIES[key].symbol}, {unit(PROPERTIES[key])}".removesuffix(", ") for key in keys]
    head = "".join(f"<th>{escape(title)}</th>" for title in titles)
    rows = "".join(_row(near, keys) for near in answer.nearest)
    st.html('<div class="pd-section">Nearest combinations with data</div>')
    st.html(
        f'<div class="pd-scroll"><table class="pd-score"><thead><tr><th>Polymer</th>{head}<th>distance</th></tr>'
        f"</thead><tbody>{rows}</tbody></table></div>"
    )
    st.caption("Distance from the targets in standard deviations of the set, on each property's scale; 0 meets all.")


def _row(near: Nearby, keys: list[str]) -> str:
    target = escape(address(near.psmiles), quote=True)
    values = "".join(f"<td>{number(PROPERTIES[key], near.values[key])}</td>" for key in keys)
    return (
        f'<tr><th><a href="{target}" target="_self"><code>{escape(near.psmiles)}</code></a></th>'
        f"{values}<td>{near.distance:.2f}</td></tr>"
    )
