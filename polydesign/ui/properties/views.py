"""Views of the Properties page: correlations, distributions, how well runs hit their targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from polydesign.core.errors import CheckpointError
from polydesign.core.properties import PROPERTIES
from polydesign.ui.parts import linked
from polydesign.ui.parts.job import session
from polydesign.ui.parts.run import RUN
from polydesign.ui.parts.text import plain
from polydesign.ui.properties.sets import CONFIG, KNOWN, RESULTS, several, which

if TYPE_CHECKING:
    from pandas import DataFrame

    from polydesign.engine.relations.correlation import Correlations

_PROPERTY = "property"
_NAMED = 6  # strongest correlations in words
_MATRIX = 6  # properties of a scatter matrix


def correlations(frames: dict[str, DataFrame]) -> None:
    """Draw the correlation matrix of one set, its strongest pairs, and a scatter matrix."""
    from polydesign.engine.relations.correlation import FEWEST, correlations
    from polydesign.viz.properties import correlation_matrix, scatter_matrix

    frame = which(frames, "correlations.set")
    keys = [key for key in PROPERTIES if key in frame]
    answer = correlations(frame, keys)
    matrix, words = st.columns([7, 4], gap="large")
    with matrix:
        st.plotly_chart(correlation_matrix(answer), key="correlations.matrix", config=CONFIG)
    with words:
        st.html('<div class="pd-section">Strongest</div>')
        st.html(
            '<table class="pd-effects">'
            + "".join(
                f"<tr><td>{PROPERTIES[a].label}; {PROPERTIES[b].label}</td><td>{r:+.2f}</td></tr>"
                for a, b, r in answer.strongest(_NAMED)
            )
            + "</table>"
        )
        st.caption(
            "Pearson's r, logarithms for permeabilities and other properties that span decades; empty where fewer "
            f"than {FEWEST} polymers have both values. Predictions of one model share its errors: a correlation among "
            "predicted values is partly the model's."
        )
        _table(answer)
    st.html('<div class="pd-section">Each against each</div>')
    if chosen := several("Properties", keys, "correlations.keys", 2, _MATRIX, begin=4):
        shown = {name: part for name, part in frames.items() if part is frame or name == RESULTS}
        st.plotly_chart(scatter_matrix(shown, chosen), key="correlations.scatter", config=CONFIG)


def _table(answer: Correlations) -> None:
    from pandas import DataFrame

    table = DataFrame(answer.r, index=answer.keys, columns=answer.keys)
    st.download_button(
        "CSV", lambda: table.to_csv(), "correlations.csv", "text/csv", key="correlations.csv", on_click="ignore",
        icon=":material/download:",
    )  # fmt: skip


def distributions(frames: dict[str, DataFrame]) -> None:
    """Draw the distribution of one property for training data, library and results."""
    from polydesign.viz.properties import distributions

    try:
        trained = session().role("guide").properties
    except CheckpointError as error:
        st.warning(plain(error), icon=":material/warning:")
        return
    keys = [key for key in PROPERTIES if key in trained]
    linked.restore(_PROPERTY, keys)
    key = st.selectbox(
        "Property", keys, key=_PROPERTY, format_func=lambda name: PROPERTIES[name].label,
        on_change=linked.remember, args=(_PROPERTY,),
    )  # fmt: skip
    values = {
        name: frame[key].to_numpy(dtype=float) for name, frame in frames.items() if name != KNOWN and key in frame
    }
    st.plotly_chart(distributions(key, trained[key]["histogram"], values), key="distributions", config=CONFIG)
    spec = PROPERTIES[key]
    st.caption(
        plain(
            f"{spec.label}, {spec.kind}: {trained[key]['n']:,} training values of the guide, from their 1st to their "
            f"99th percentile; what lies beyond is counted in the outermost bins. {spec.note} Source: {spec.source}."
        )
    )
    from pandas import DataFrame

    wide = DataFrame({name: DataFrame({key: column})[key] for name, column in values.items()})
    st.download_button(
        "CSV", lambda: wide.to_csv(index=False), f"{key}.csv", "text/csv", key="distributions.csv", on_click="ignore",
        icon=":material/download:",
    )  # fmt: skip


def fits(_frames: dict[str, DataFrame]) -> None:
    """Draw what the runs of this session were asked for against what is predicted of their candidates."""
    from polydesign.engine.relations.target_fit import fit, wanted_keys
    from polydesign.ui.parts.text import number
    from polydesign.viz.properties import fit_plot

    runs = [answer for _, _, answer in RUN.past()]
    keys = wanted_keys(runs)
    if not keys:
        st.info(
            "Run a request with targets on the Design page; here its candidates stand against what was asked. Several "
            "runs with different targets of one property give an R².",
            icon=":material/lightbulb:",
        )
        return
    key = st.selectbox("Property", keys, key="fits.key", format_func=lambda name: PROPERTIES[name].label)
    answer = fit(runs, key)
    spec = PROPERTIES[key]
    st.plotly_chart(fit_plot(answer), key="fits", config=CONFIG)
    decades = "decades" if spec.scale == "log10" else spec.unit_text
    errors = ", ".join(f"{model} {answer.error(model):.3g} {decades}".rstrip() for model in ("guide", "checker"))
    n_targets, n_runs = len(set(answer.target.tolist())), len(set(answer.run.tolist()))
    counted = f"{n_runs} {'run' if n_runs == 1 else 'runs'}"
    different = "one target" if n_targets == 1 else f"{n_targets} different targets"
    latest = f"the latest {number(spec, answer.target[0])} {spec.unit_text}".rstrip()
    st.caption(
        plain(
            f"{len(answer.texts):,} candidates of {counted} of this session, {different} ({latest}). "
            f"Mean absolute distance from the target: {errors}. "
            + ("" if n_targets > 1 else "R² needs runs with different targets. ")
            + "Candidates were chosen by the guide, so the checker is the honest judge; at least and at most count as "
            "the value they name."
        )
    )
    from pandas import DataFrame

    table = DataFrame({"psmiles": answer.texts, "run": answer.run, "target": answer.target, "guide": answer.guide,
                       "checker": answer.checker})  # fmt: skip
    st.download_button(
        "CSV", lambda: table.to_csv(index=False), f"targets-{key}.csv", "text/csv", key="fits.csv", on_click="ignore",
        icon=":material/download:",
    )  # fmt: skip
