"""Try all generators on my targets: the form of the Design page, and what each generator made of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from polydesign.core import registry
from polydesign.core.errors import PolydesignError
from polydesign.core.properties import PROPERTIES
from polydesign.core.request import DesignRequest
from polydesign.core.specs import GeneratorSpec
from polydesign.engine.design.run import rankable
from polydesign.engine.goals import feasibility
from polydesign.evaluation.trial import COLUMNS, NOTES, Trial
from polydesign.store import Checkpoint
from polydesign.ui.compare import run as compare_run
from polydesign.ui.compare.scoreboard import named, parts
from polydesign.ui.models.detail import table
from polydesign.ui.parts.job import session
from polydesign.ui.parts.summary import headline
from polydesign.ui.parts.text import plain
from polydesign.ui.parts.theme import theme
from polydesign.ui.request import address, form
from polydesign.ui.request.examples import EXAMPLES
from polydesign.ui.request.generator import settled, slider_properties
from polydesign.ui.request.link import encode
from polydesign.ui.request.rules import rules
from polydesign.ui.request.settings import amount
from polydesign.ui.request.targets import rows, unavailable
from polydesign.viz.axis import Axis

KEPT = ("part", "task")  # parts of the address that are not the request's
_STATES = {
    "stopped": "stopped before its end: what there was by then",
    "failed": "cannot answer this request",
    "not run": "not run: stopped before its turn",
}


def my_targets(generators: Sequence[Checkpoint]) -> None:
    """Draw the form, the button, the run and what it brought."""
    checkpoint = settled()  # lends its training data to the sliders
    spec: GeneratorSpec = registry.specs("generators")[checkpoint.family]
    properties = slider_properties(checkpoint)
    axes = {key: Axis.of(PROPERTIES[key], entry) for key, entry in properties.items()}
    with st.container(horizontal=True, gap="xsmall", key="examples"):
        for example in EXAMPLES:
            st.button(example.name, help=example.why, on_click=form.fill, args=(example.request,))
    wish, answer = st.columns([5, 9], gap="large")
    with wish, st.container(key="wish", gap="xsmall"):
        form.prepare(spec, axes, {key: entry["p50"] for key, entry in properties.items()})
        address.restore_options(spec)
        rows(checkpoint, properties, axes)
        unavailable(properties)
        with st.expander("Structure rules"):
            rules()
        amount()
    with answer:
        request = _bar(checkpoint, spec, list(properties), len(generators))
        compare_run.RUN.watch()
        if (trials := compare_run.RUN.collect()) is not None:
            _answer(trials, request)
        elif not compare_run.RUN.running():
            st.info(
                "Switch on what you want at the left and press Try all: the same request goes through every generator, "
                "one after the other, and hits, novelty, diversity and seconds come back side by side.",
                icon=":material/balance:",
            )


def _bar(checkpoint: Checkpoint, spec: GeneratorSpec, keys: list[str], n_generators: int) -> DesignRequest | None:
    """Draw the request in one line and the button; return the request, None when it cannot be run."""
    request, problem = None, ""
    try:
        # Each generator follows the targets as it can, whatever the one that lends the sliders can do.
        request = replace(form.request(checkpoint, spec, keys), steering=st.session_state.get(form.STEERING, "native"))
        feasibility.check(request, checkpoint, rankable(session()))
    except PolydesignError as error:
        problem = str(error)
    with st.container(horizontal=True, vertical_alignment="center", key="bar", gap="small"):
        st.markdown(headline(request) if request else "This request is not complete yet.", width="stretch")
        pressed = st.button(
            f"Try all ({n_generators})", type="primary",
            icon=":material/play_arrow:", key="try-all", disabled=bool(problem) or compare_run.RUN.running(),
        )  # fmt: skip
    if problem or request is None:
        st.error(plain(problem), icon=":material/error:")
        return None
    if pressed:
        address.remember(request, keep=KEPT)
        compare_run.start(request)
        st.rerun()
    return request


def _answer(trials: Sequence[Trial], request: DesignRequest | None) -> None:
    asked = compare_run.RUN.answered()
    if asked is not None and asked != request:
        st.caption(f"These figures answer an earlier request: {headline(asked)}")
    table(["generator", *(column.header for column in COLUMNS)], [_row(trial) for trial in trials])
    text = json.dumps({"trials": [trial.to_dict() for trial in trials]}, indent=1, allow_nan=False)
    st.download_button(
        "JSON", text, "compared.json", "application/json", icon=":material/download:", key="trial.json",
        on_click="ignore", type="tertiary", help="Every figure and the request as each generator got it.",
    )  # fmt: skip
    st.caption(plain(" ".join(NOTES)))
    with st.grid(min_column_width=300, gap="small"):
        for trial in trials:
            _best(trial)


def _row(trial: Trial) -> list[str]:
    note = f"<br><small>{_STATES[trial.state]}</small>" if trial.state in _STATES else ""
    cells = [named(trial.row) + note]
    for column in COLUMNS:
        value, interval = parts(column, trial.figures.get(column.key))
        cells.append(value + (f"<small>{interval}</small>" if interval else ""))
    return cells


def _best(trial: Trial) -> None:
    """Draw the best repeat units of one generator and the way to all of them."""
    with st.container(border=True, key=f"trial-{trial.name.replace('/', '-').replace('@', '-')}", gap="xsmall"):
        st.markdown(f"**{plain(trial.label)}**")
        if trial.problem:
            st.error(plain(trial.problem), icon=":material/error:")
        for warning in trial.warnings:
            st.caption(plain(warning))
        if trial.best:
            from polydesign.viz.structures import svg  # RDKit: not before the first result

            with st.container(horizontal=True, gap="xsmall"):
                for psmiles in trial.best:
                    st.image(svg(psmiles, 200, 130, theme()), width=130, alt=f"Repeat unit {psmiles}")
        if trial.state != "failed":
            st.page_link(
                "pages/design.py", label="All candidates in Design", icon=":material/tune:",
                query_params=encode(trial.request),
            )  # fmt: skip
