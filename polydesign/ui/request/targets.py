"""The targets: one row a property, built from what the checkpoint says of its training data.

A row that is off means "don't care" and shows only the distribution; switched on it opens into a slider over
that distribution, the exact number, how it is meant (±, at least, at most) and its weight.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from polydesign.core.errors import TargetError
from polydesign.core.goal import Goal
from polydesign.core.properties import PROPERTIES, PropertySpec
from polydesign.core.targets import Target
from polydesign.engine.goals import advice
from polydesign.engine.goals.feasibility import check_target
from polydesign.store import Checkpoint
from polydesign.ui.parts.text import number, plain, quantity, unit
from polydesign.ui.request import form
from polydesign.viz.axis import Axis
from polydesign.viz.gauges import distribution

GROUPS = ("Thermal", "Electronic", "Physical", "Gas permeability", "Structure", "Molecules")


def rows(checkpoint: Checkpoint, properties: Mapping[str, Mapping[str, Any]], axes: Mapping[str, Axis]) -> None:
    """Draw all properties in their groups; the values end in the session's fields (see `ui.request.form`)."""
    grouped = {group: [key for key in properties if PROPERTIES[key].group == group] for group in GROUPS}
    for group, keys in grouped.items():
        if not keys:
            continue
        st.session_state.setdefault(form.group_field(group), group == GROUPS[0])
        # The label never changes: an expander under a new name would fold up again.
        with st.expander(group, key=form.group_field(group), on_change="rerun"):
            for key in keys:
                _row(checkpoint, PROPERTIES[key], properties[key], axes[key])


def unavailable(properties: Mapping[str, Any]) -> None:
    """Say which of the wanted properties this generator has no slider for; they wait for one that has."""
    missing = [PROPERTIES[key].label for key in form.switched_on() if key not in properties]
    if missing:
        st.info(f"This generator has no slider for: {', '.join(missing)}. Not part of the request.")


def _row(checkpoint: Checkpoint, spec: PropertySpec, statistics: Mapping[str, Any], axis: Axis) -> None:
    on = st.session_state[form.field(spec.key, "on")]
    with st.container(key=f"row-{spec.key}", gap="xsmall"):
        head = st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small")
        head.toggle(
            plain(spec.label),
            key=form.field(spec.key, "on"),
            help=_about(spec, statistics),
            width="stretch",
            persist_state=form.PERSIST,
        )
        if not on:
            with head.container(key=f"mini-{spec.key}", width=112):
                st.html(distribution(axis, statistics["histogram"]))
            return
        head.html(f'<span class="pd-kind">{unit(spec)} {spec.kind}</span>', width="content")
        asked, problem = _asked(spec, statistics)
        st.html(distribution(axis, statistics["histogram"], Goal(spec.key, asked).band if asked else None))
        _slider(spec, axis)
        _numbers(spec, axis)
        if problem:
            st.error(plain(problem))
        elif asked:
            for warning in advice.warnings(checkpoint, {spec.key: asked}):
                st.warning(plain(warning), icon=":material/query_stats:")


def _asked(spec: PropertySpec, statistics: Mapping[str, Any]) -> tuple[Target | None, str]:
    """Return the target that the row spells, if it spells one, and what is wrong with it, "" for nothing."""
    asked = None
    try:
        asked = form.target(spec.key)
        check_target(spec.key, asked, {spec.key: statistics})
    except TargetError as error:
        return asked, str(error)
    return asked, ""


def _slider(spec: PropertySpec, axis: Axis) -> None:
    common: dict[str, Any] = {
        "key": form.field(spec.key, "slider"),
        "label_visibility": "collapsed",
        "on_change": _take_slider,
        "args": (spec.key,),
        "persist_state": form.PERSIST,
    }
    label = f"{spec.label} ({unit(spec)})" if unit(spec) else spec.label
    if axis.logarithmic:
        st.select_slider(plain(label), axis.positions(), format_func=lambda value: number(spec, value), **common)
    else:
        st.slider(plain(label), axis.low, axis.high, step=axis.step, format=f"%.{axis.decimals}f", **common)


def _take_slider(key: str) -> None:
    st.session_state[form.field(key, "number")] = st.session_state[form.field(key, "slider")]


def _numbers(spec: PropertySpec, axis: Axis) -> None:
    digits = "%.4g" if axis.logarithmic else f"%.{axis.decimals}f"
    logarithmic = spec.scale == "log10"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        mode = st.segmented_control(
            f"How {plain(spec.label)} is meant",
            list(form.MODES),
            key=form.field(spec.key, "mode"),
            format_func=lambda name: form.MODES[name],
            required=True,
            label_visibility="collapsed",
            persist_state=form.PERSIST,
        )
        st.number_input(
            unit(spec) or "Value",
            key=form.field(spec.key, "number"),
            step=axis.step or 1.0,
            format=digits,
            width=98,
            persist_state=form.PERSIST,
        )
        if mode == "value":
            st.number_input(
                "± decades" if logarithmic else f"± {unit(spec)}".rstrip(),
                key=form.field(spec.key, "tolerance"),
                step=spec.tolerance / 4,
                format="%g",
                width=84,
                persist_state=form.PERSIST,
            )
        st.number_input(
            "Weight",
            key=form.field(spec.key, "weight"),
            step=0.5,
            format="%g",
            width=66,
            persist_state=form.PERSIST,
        )


def _about(spec: PropertySpec, statistics: Mapping[str, Any]) -> str:
    kind = {"descriptor": "computed from the unit", "score": "computed from the unit"}.get(spec.kind, spec.kind)
    parts = [
        f"{spec.symbol}, {kind}." if spec.symbol != spec.key else f"RDKit's {spec.key}.",
        f"{statistics['n']:,} training values; half lie below {quantity(spec, statistics['p50'])}.",
        spec.note,
        f"Source: {spec.source}.",
    ]
    return plain(" ".join(part for part in parts if part))
