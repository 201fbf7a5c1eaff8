"""One predicted polymer at large: what drives a value, all values, and the nearest common polymers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from polydesign.core.errors import CheckpointError
from polydesign.core.properties import PROPERTIES, PropertySpec
from polydesign.engine.design.shortlist import of_row
from polydesign.ui.parts.cards import value_line
from polydesign.ui.parts.detail import chain
from polydesign.ui.parts.job import session
from polydesign.ui.parts.polymer_view import link
from polydesign.ui.parts.star import star
from polydesign.ui.parts.text import number, plain, unit
from polydesign.ui.parts.theme import theme
from polydesign.ui.predict.table import LITERATURE, ORIGIN, title
from polydesign.ui.request.targets import GROUPS
from polydesign.viz.axis import Axis
from polydesign.viz.gauges import axis_over

if TYPE_CHECKING:
    from polydesign.engine.predict.attribution import Attribution
    from polydesign.engine.predict.batch import Answer

_ATTRIBUTION = "predict.attribution"
_LISTED = 6  # strongest pieces in words


def polymer(answer: Answer, place: int, keys: Sequence[str]) -> None:
    """Draw the polymer in this place of the answer; `keys` are the properties that matter."""
    from polydesign.chem.notation.identity import chain_key

    psmiles = str(answer.table["psmiles"].iloc[place])
    with st.container(border=True, key="polymer", gap="small"):
        st.html(f'<div class="pd-name"><b>{escape(title(answer, place))}</b></div>{_marks(answer, place, keys)}')
        st.code(psmiles, language=None, wrap_lines=True)
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            star(chain_key(psmiles), lambda: of_row(answer, place, ORIGIN), "predict")
            link(psmiles)
        drawing, values = st.columns([5, 6], gap="large")
        with drawing:
            attribution, key = _drawing(answer, place, psmiles)
        with values:
            axes = _axes(answer, place)
            st.html(f'<div class="pd-lines pd-named">{_lines(answer, place, keys, axes)}</div>')
            st.caption(
                "Value, calibrated 80 % interval, and as a diamond the value of the independent checker, on the range "
                "of the training data. Tg and Tm depend on molar mass, tacticity and method of measurement."
            )
            _explained(attribution, PROPERTIES[key])
        _nearest(answer, place)
        _others(answer, place, keys, axes)


def predictions(answer: Answer, place: int) -> None:
    """Draw every value of the polymer in this place of the answer by groups, and the nearest common polymers."""
    if place not in set(answer.fine.tolist()):
        st.warning(plain(answer.table["reason"].iloc[place]), icon=":material/error:")
        return
    st.html(_marks(answer, place, answer.keys))
    _others(answer, place, (), _axes(answer, place))
    st.caption(
        "Value, calibrated 80 % interval, and as a diamond the value of the independent checker, on the range of the "
        "training data. Tg and Tm depend on molar mass, tacticity and method of measurement."
    )
    _nearest(answer, place)


def _marks(answer: Answer, place: int, keys: Sequence[str]) -> str:
    """Return the domain and what the chain is known as, as HTML."""
    far = [PROPERTIES[key].symbol for key in keys if not answer.prediction(place, key).in_domain]
    items = [("in domain", "pd-good", "near the property models' training chains for all properties shown")]
    if far:
        meaning = "unlike the training chains of these properties: believe them less"
        items = [(f"out of domain: {', '.join(far)}", "pd-bad", meaning)]
    near = answer.nearest.of(place)
    if near and near[0].same_chain and near[0].polymer.name != title(answer, place):
        items.append((f"is {near[0].polymer.name}", "", "a common polymer, however the unit is cut"))
    marks = "".join(
        f'<span class="pd-mark {css}" title="{escape(why)}">{escape(text)}</span>' for text, css, why in items
    )
    return f'<div class="pd-marks">{marks}</div>'


def _drawing(answer: Answer, place: int, psmiles: str) -> tuple[Attribution, str]:
    """Draw the unit with its atoms coloured; return what drives the values, and the property that was chosen."""
    from polydesign.viz.attribution import halos, legend, strongest
    from polydesign.viz.structures import svg

    key = st.selectbox(
        "Colour atoms by what drives", answer.keys, key="predict.atoms", persist_state="session",
        format_func=lambda name: PROPERTIES[name].label,
    )  # fmt: skip
    attribution = _attribution(psmiles)
    spec, effects = PROPERTIES[key], attribution.effects.get(key, [])
    picture = svg(attribution.psmiles, 520, 340, theme(), halos(spec, effects, theme()))
    st.image(
        picture, width="stretch", alt=f"Repeat unit {attribution.psmiles}, atoms coloured by what drives {spec.label}"
    )
    if effects:
        most = strongest(spec, effects)
        st.html(legend(spec, _change(spec, -most), _change(spec, most), theme()))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.download_button(
            "SVG", svg(attribution.psmiles, 520, 340, "light", halos(spec, effects)), "polymer.svg", "image/svg+xml",
            key="predict.svg", on_click="ignore", icon=":material/download:",
        )  # fmt: skip
        solid = st.toggle("Chain in 3D", key="predict.solid")
    if solid:
        chain(psmiles, f"row{answer.table['row'].iloc[place]}")
    return attribution, key


def _attribution(psmiles: str) -> Attribution:
    """Return what drives the predictions of a polymer; the last one asked for is kept."""
    from polydesign.engine.predict.attribution import attribute

    kept = st.session_state.get(_ATTRIBUTION)
    if kept is None or kept[0] != psmiles:
        kept = st.session_state[_ATTRIBUTION] = (psmiles, attribute(psmiles, session().guide()))
    return kept[1]


def _explained(attribution: Attribution, spec: PropertySpec) -> None:
    """Write the strongest pieces in words."""
    effects = attribution.effects.get(spec.key, [])
    st.html('<div class="pd-section">What drives the value</div>')
    if not effects:
        st.caption("Nothing in this unit can be replaced by plain carbon, so no atom can be singled out.")
        return
    alike: dict[tuple[str, str, str], int] = {}
    for effect in effects:
        text = (effect.what, effect.instead, _change(spec, effect.change))
        alike[text] = alike.get(text, 0) + 1
    lines = "".join(
        f"<tr><td>{f'{n} × ' if n > 1 else ''}{escape(what)}</td>"
        f"<td>{escape(instead)}</td><td>{escape(change)}</td></tr>"
        for (what, instead, change), n in list(alike.items())[:_LISTED]
    )
    st.html(
        '<table class="pd-effects"><thead><tr><th>Piece</th><th>against</th><th>effect'
        f"{'' if spec.scale == 'log10' else f', {escape(unit(spec))}'.rstrip(', ')}</th></tr></thead>{lines}</table>"
    )
    left = f" {attribution.n_left_out} more pieces were not asked about." if attribution.n_left_out else ""
    st.caption(
        "Each piece was replaced as the table says and the polymer predicted again; its effect is the difference. "
        "Effects need not add up, and small ones may be chance: they say what the model has learned." + left
    )


def _change(spec: PropertySpec, change: float) -> str:
    """Write an effect: with its sign, or as a factor where the property lives on a logarithmic scale."""
    if spec.scale == "log10":
        return f"× {10**change:.2g}"
    text = number(spec, abs(change))
    return ("+" if change > 0 else "−") + text if any(digit in "123456789" for digit in text) else text


def _lines(answer: Answer, place: int, keys: Sequence[str], axes: Mapping[str, Axis]) -> str:
    values = ((key, answer.prediction(place, key), answer.checked(place, key)) for key in keys)
    return "".join(value_line(key, value, checker, axes[key]) for key, value, checker in values)


def _others(answer: Answer, place: int, keys: Sequence[str], axes: Mapping[str, Axis]) -> None:
    """Draw the values that are not shown first, by their groups."""
    for group in GROUPS:
        members = [key for key in answer.keys if key not in keys and PROPERTIES[key].group == group]
        if members:
            lines = _lines(answer, place, members, axes)
            st.html(f'<div class="pd-section">{group}</div><div class="pd-lines pd-wide">{lines}</div>')


def _axes(answer: Answer, place: int) -> dict[str, Axis]:
    """Return the range of the training data of each property; for selectivities, which have none, 1 to 100."""
    try:
        known = session().role("guide").properties
    except CheckpointError:
        known = {}
    axes = {}
    for key in answer.keys:
        value, spec = answer.prediction(place, key), PROPERTIES[key]
        axes[key] = Axis.of(spec, known[key]) if key in known else axis_over(spec, [1.0, 100.0, value.lo80, value.hi80])
    return axes


def _nearest(answer: Answer, place: int) -> None:
    """Draw the nearest common polymers with literature values, below the predicted ones."""
    heads = "".join(
        f"<th>{escape(PROPERTIES[key].symbol)}<small> {escape(unit(PROPERTIES[key]))}</small></th>"
        for key in LITERATURE
    )
    own = []
    for key in LITERATURE:
        if key in answer.keys:
            value, spec = answer.prediction(place, key), PROPERTIES[key]
            span = f"{number(spec, value.lo80)} … {number(spec, value.hi80)}"
            own.append(f"<td>{number(spec, value.mean)}<small>{span}</small></td>")
        else:
            own.append("<td>–</td>")
    lines = [f"<tr><td>This polymer, predicted</td><td></td>{''.join(own)}<td></td></tr>"]
    for near in answer.nearest.of(place):
        known = (getattr(near.polymer, name) for name in LITERATURE.values())
        cells = "".join(f"<td>{'–' if value is None else f'{value:g}'.replace('-', '−')}</td>" for value in known)
        short = f" ({near.polymer.abbreviation})" if near.polymer.abbreviation else ""
        similarity = "same chain" if near.same_chain else f"{near.similarity:.2f}"
        lines.append(
            f"<tr><td>{escape(near.polymer.name + short)}</td><td>{similarity}</td>{cells}"
            f"<td><small>{escape(near.polymer.source)}</small></td></tr>"
        )
    st.html(
        '<div class="pd-section">Nearest common polymers, literature values</div><div class="pd-scroll">'
        f'<table class="pd-near"><thead><tr><th>Polymer</th><th>similarity</th>{heads}<th>as listed in</th></tr>'
        f"</thead>{''.join(lines)}</table></div>"
    )
