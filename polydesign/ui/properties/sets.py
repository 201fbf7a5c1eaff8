"""The sets of polymers that the Properties page compares, and the properties to look at."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import streamlit as st

from polydesign.core.errors import DataError
from polydesign.core.properties import PROPERTIES
from polydesign.ui.parts.run import RUN

if TYPE_CHECKING:
    from pandas import DataFrame

LIBRARY, KNOWN, RESULTS = "Our library, predicted", "Known values", "Results, predicted"
_TABLE = "properties.results"
CONFIG = {"displaylogo": False}
_FIRST = ("tg_exp_c", "egc_dft_ev", "density_md_g_cm3", "eps_dft")


def sets() -> dict[str, DataFrame]:
    """Return what there is to compare: our library, the label table where it is at hand, this session's results."""
    from polydesign.engine.relations.tables import known_values, library_values, result_values

    frames = {LIBRARY: library_values()}
    with suppress(DataError):  # without the label table on this machine the choice is not offered
        frames[KNOWN] = known_values()
    if (result := RUN.collect()) and result.candidates:
        kept, frame = st.session_state.get(_TABLE, (None, None))
        if kept is not result:  # a run may have 100,000 candidates: their table is made once
            frame = result_values(result)
            st.session_state[_TABLE] = (result, frame)
        frames[RESULTS] = frame
    return frames


def which(frames: dict[str, DataFrame], key: str) -> DataFrame:
    """Draw the choice of one set; return it."""
    name = st.segmented_control("Polymers", list(frames), key=key, default=next(iter(frames)), required=True)
    st.caption(about(name, frames[name]))
    return frames[name]


def about(name: str, frame: DataFrame) -> str:
    """Say in a sentence what a set is."""
    n = f"{len(frame):,} polymers"
    return {
        LIBRARY: f"{n} that our generator wrote, values predicted by the guide.",
        KNOWN: f"{n} of the label table on this machine: measured, DFT and MD values, most polymers with few of them.",
        RESULTS: f"{n} of the run shown on the Design page, values predicted by the guide.",
    }[name]


def several(label: str, keys: list[str], key: str, least: int, most: int, *, begin: int = 2) -> list[str] | None:
    """Draw a choice of properties, `begin` of them chosen; return None, with a word, when there are too few."""
    chosen = st.multiselect(
        label, keys, default=[name for name in _FIRST if name in keys][:begin], key=key,
        format_func=lambda name: PROPERTIES[name].label,
        max_selections=most,
    )  # fmt: skip
    if len(chosen) < least:
        st.info(f"Choose at least {least} properties.", icon=":material/lightbulb:")
        return None
    return chosen
