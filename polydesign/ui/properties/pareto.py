"""The Pareto view: the best compromises between two or three properties; lock some and sample the rest anew."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from polydesign.core.properties import PROPERTIES
from polydesign.core.results import DesignResult
from polydesign.ui.parts import run
from polydesign.ui.parts.polymer_view import address
from polydesign.ui.parts.text import unit
from polydesign.ui.properties.sets import CONFIG, RESULTS, several, which

if TYPE_CHECKING:
    from pandas import DataFrame

_DIRECTIONS = {1: "as high as possible", -1: "as low as possible"}
_LISTED = 200  # rows of the table
_EDITED = "pareto.table"


def pareto(frames: dict[str, DataFrame]) -> None:
    """Draw the view."""
    from polydesign.engine.design.pareto import non_dominated
    from polydesign.viz.properties import compromises

    frame = which(frames, "pareto.set")
    keys = several("Objectives, two or three", [key for key in PROPERTIES if key in frame], "pareto.keys", 2, 3)
    if keys is None:
        return
    with st.container(horizontal=True, gap="medium"):
        signs = [
            st.segmented_control(
                PROPERTIES[key].label, list(_DIRECTIONS), key=f"pareto.sign.{key}", default=1, required=True,
                format_func=_DIRECTIONS.__getitem__,
            )
            for key in keys
        ]  # fmt: skip
    values = frame[keys].to_numpy(dtype=float)
    best = non_dominated(values, signs)
    result = run.RUN.collect()
    ours = result if result is not None and frame is frames.get(RESULTS) else None
    locked = _locked(ours)
    texts = frame["psmiles"].tolist()
    st.plotly_chart(compromises(values, keys, best, locked if ours else np.zeros(len(frame), bool), texts),
                    key="pareto.figure", config=CONFIG)  # fmt: skip
    _table(frame, keys, best, locked if ours else None, ours)
    if ours is None:
        st.caption("Candidates of your own run can be locked here: generate some on the Design page.")
        return
    run.RUN.watch()
    seed = ours.request.seed + 1
    st.button(
        f"Keep {int(locked.sum())} locked, sample the rest anew", icon=":material/autorenew:", key="pareto.resample",
        type="primary", disabled=run.RUN.running() or not locked.any(), on_click=_resample, args=(ours, seed),
        help=f"Repeats the request with seed {seed}; the locked candidates stay in the results.",
    )  # fmt: skip


def _name(result: DesignResult) -> str:
    return f"pareto.locked.{result.manifest['created']}"


def _locked(result: DesignResult | None) -> np.ndarray:
    """Return (N,) bool of the candidates that are locked; what an earlier run kept starts locked."""
    if result is None:
        return np.zeros(0, dtype=bool)
    kept = set(result.manifest.get("locked", ()))
    first = {candidate.chain_key for candidate in result.candidates if candidate.psmiles in kept}
    keys = st.session_state.setdefault(_name(result), first)
    return np.array([candidate.chain_key in keys for candidate in result.candidates], dtype=bool)


def _table(
    frame: DataFrame, keys: list[str], best: np.ndarray, locked: np.ndarray | None, ours: DesignResult | None
) -> None:
    places = np.flatnonzero(best | (locked if locked is not None else False))[:_LISTED]
    shown = frame.iloc[places][["psmiles", *keys]].copy()
    shown.insert(0, "page", [address(text) for text in shown["psmiles"]])
    if locked is not None:
        shown.insert(0, "locked", locked[places])
    columns = {
        "locked": st.column_config.CheckboxColumn("Lock", width=60),
        "page": st.column_config.LinkColumn("Page", width=60, display_text="open"),
        "psmiles": st.column_config.TextColumn("p-SMILES", width="large"),
    }
    for key in keys:
        name = f"{PROPERTIES[key].symbol}, {unit(PROPERTIES[key])}".rstrip(", ")
        columns[key] = st.column_config.NumberColumn(name, format="%.4g", help=PROPERTIES[key].label)

    st.html('<div class="pd-section">No other is better in everything</div>')
    if ours is None or locked is None:
        st.dataframe(shown, hide_index=True, column_config=columns, key=_EDITED)
        return
    # The editor keeps changes by row: another choice of rows is another table.
    name = f"{_EDITED}.{hash((_name(ours), *places.tolist()))}"

    def changed() -> None:
        keys_of = st.session_state[_name(ours)]
        for row, edit in st.session_state[name]["edited_rows"].items():
            chain = ours.candidates[int(places[int(row)])].chain_key
            (keys_of.add if edit.get("locked") else keys_of.discard)(chain)

    st.data_editor(
        shown, hide_index=True, column_config=columns, key=name, on_change=changed,
        disabled=["page", "psmiles", *keys],
    )  # fmt: skip


def _resample(result: DesignResult, seed: int) -> None:
    run.start(replace(result.request, seed=seed), result, frozenset(st.session_state[_name(result)]))
