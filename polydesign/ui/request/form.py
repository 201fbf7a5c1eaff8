"""What is typed on the page: the names of its fields in the session, and the request that they spell.

Every widget keeps its value under a key of `st.session_state` and outlives being hidden, so switching a
property off and on again, or changing the generator, loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from polydesign.core.errors import PolydesignError, TargetError
from polydesign.core.properties import PROPERTIES, property_spec
from polydesign.core.request import DesignRequest, Filters
from polydesign.core.specs import GeneratorSpec
from polydesign.core.targets import Target
from polydesign.engine.design.steering.choice import offered
from polydesign.viz.axis import Axis

if TYPE_CHECKING:
    from polydesign.store import Checkpoint

GENERATOR, REVISION, N, SEED, STEERING = "generator", "revision", "n", "seed", "steering"
KEEP, EXCLUDE, WITHOUT, MAX_ATOMS, PFAS_FREE, NOVEL_ONLY = (
    "keep", "exclude", "without", "max_atoms", "pfas_free", "novel_only",
)  # fmt: skip
MODES = {"value": "±", "minimum": "≥", "maximum": "≤"}
PERSIST: Final = "session"

_DEFAULTS: dict[str, Any] = {
    N: 100, SEED: 0, KEEP: [], EXCLUDE: [], WITHOUT: [], MAX_ATOMS: None, PFAS_FREE: False,
    NOVEL_ONLY: True,
}  # fmt: skip


def field(key: str, part: str) -> str:
    """Return the session key of one part of a property's target: on, mode, number, slider, tolerance, weight."""
    return f"target.{key}.{part}"


def group_field(group: str) -> str:
    """Return the session key of whether a group of properties is unfolded."""
    return f"group.{group}"


def option_field(family: str, name: str) -> str:
    """Return the session key of a family's option."""
    return f"option.{family}.{name}"


def steering_field(spec: GeneratorSpec) -> str:
    """Return the session key of the steering of families that offer the same choice as `spec`."""
    return ".".join((STEERING, *offered(spec)))


def prepare(spec: GeneratorSpec, axes: Mapping[str, Axis], medians: Mapping[str, float]) -> None:
    """Give every field that has none yet its first value."""
    for name, value in _DEFAULTS.items():
        st.session_state.setdefault(name, value)
    st.session_state.setdefault(steering_field(spec), offered(spec)[0])
    for option in spec.options:
        st.session_state.setdefault(option_field(spec.family, option.name), option.first)
    for key, axis in axes.items():
        st.session_state.setdefault(field(key, "on"), False)
        st.session_state.setdefault(field(key, "mode"), "value")
        st.session_state.setdefault(field(key, "number"), axis.nearest(medians[key]))
        st.session_state.setdefault(field(key, "tolerance"), PROPERTIES[key].tolerance)
        st.session_state.setdefault(field(key, "weight"), 1.0)
        number = st.session_state[field(key, "number")]
        # The slider shows the number as near as it can; the number is what counts.
        st.session_state[field(key, "slider")] = axis.nearest(number)


def fill(request: DesignRequest, *, whole: bool = False) -> None:
    """Write a request into the fields; the generator and its options stay when the request names none.

    So do number, seed and steering then, unless the request is a `whole` one: an example has none of its own.
    """
    for key in PROPERTIES:
        st.session_state[field(key, "on")] = key in request.targets
    for key, target in request.targets.items():
        mode = next(name for name in MODES if getattr(target, name) is not None)
        st.session_state[field(key, "mode")] = mode
        st.session_state[field(key, "number")] = target.central
        st.session_state[field(key, "tolerance")] = target.tolerance or PROPERTIES[key].tolerance
        st.session_state[field(key, "weight")] = target.weight
        st.session_state[group_field(PROPERTIES[key].group)] = True
    filters = request.filters
    st.session_state.update({
        KEEP: list(filters.must_contain), EXCLUDE: list(filters.exclude), WITHOUT: list(filters.exclude_elements),
        MAX_ATOMS: filters.max_atoms, PFAS_FREE: filters.pfas_free, NOVEL_ONLY: filters.novel_only,
    })  # fmt: skip
    if request.checkpoint or whole:
        st.session_state.update({N: request.n, SEED: request.seed, STEERING: request.steering})
    if request.checkpoint:
        st.session_state.update({GENERATOR: request.checkpoint, REVISION: request.revision})


def fill_options(spec: GeneratorSpec, given: Mapping[str, Any]) -> list[str]:
    """Write a family's options into the fields; return one sentence for each that does not fit."""
    problems = []
    known = {option.name: option for option in spec.options}
    for name, value in given.items():
        try:
            option = known.get(name)
            checked = spec.check_options({name: value})[name] if option is None else option.check(value)
            st.session_state[option_field(spec.family, name)] = checked
        except PolydesignError as error:
            problems.append(str(error))
    return problems


def fill_steering(spec: GeneratorSpec) -> list[str]:
    """Choose the steering of the last request filled in, now that its family is known; say when it has none such."""
    wished, choices = st.session_state.pop(STEERING, None), offered(spec)
    if wished is None:
        return []
    # "native" is what a request asks for that says nothing of steering.
    st.session_state[steering_field(spec)] = wished if wished in choices else choices[0]
    if wished in choices or wished == "native":
        return []
    return [f"{spec.label} cannot be steered by '{wished}'; chosen instead: '{choices[0]}'."]


def switched_on() -> list[str]:
    """Return the keys of the properties that are asked for."""
    return [key for key in PROPERTIES if st.session_state.get(field(key, "on"))]


def target(key: str) -> Target:
    """Return the target that the fields of a property spell; raise `TargetError` when they spell none."""
    spec = property_spec(key)
    state = {part: st.session_state[field(key, part)] for part in ("mode", "number", "tolerance", "weight")}
    if spec.scale == "log10" and state["number"] <= 0:
        raise TargetError(f"{spec.label}: the number must be above zero; it is {state['number']:g}.")
    try:
        tolerance = state["tolerance"] if state["mode"] == "value" else None
        return Target(**{state["mode"]: state["number"]}, tolerance=tolerance, weight=state["weight"])
    except TargetError as error:
        raise TargetError(f"{spec.label}: {error}") from error


def request(checkpoint: Checkpoint, spec: GeneratorSpec, keys: Iterable[str]) -> DesignRequest:
    """Return what the fields ask of `checkpoint`, whose sliders are `keys`; raise `PolydesignError` otherwise."""
    state = st.session_state
    allowed = set(keys)
    return DesignRequest(
        checkpoint=checkpoint.id,
        revision=checkpoint.revision,
        targets={key: target(key) for key in switched_on() if key in allowed},
        n=int(state[N]),
        seed=int(state[SEED]),
        options={
            option.name: value
            for option in spec.options
            if (value := state[option_field(spec.family, option.name)]) != option.first
        },
        filters=Filters(
            must_contain=tuple(state[KEEP]),
            exclude=tuple(state[EXCLUDE]),
            exclude_elements=tuple(state[WITHOUT]),
            max_atoms=None if state[MAX_ATOMS] is None else int(state[MAX_ATOMS]),
            pfas_free=bool(state[PFAS_FREE]),
            novel_only=bool(state[NOVEL_ONLY]),
        ),
        steering=state[steering_field(spec)],
    )
