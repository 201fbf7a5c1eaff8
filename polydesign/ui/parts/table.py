"""Candidates as a table; a click on a row opens the candidate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from polydesign.core.results import DesignResult
from polydesign.ui.parts.cards import open_detail, shown_keys
from polydesign.ui.parts.columns import drawing, value_columns
from polydesign.ui.parts.polymer_view import address
from polydesign.ui.parts.toolbar import Ranked, checker_value, in_domain

DRAWN = 200  # rows with a drawing; more would make the table heavy to send


def table(shown: Sequence[Ranked], result: DesignResult) -> None:
    """Draw the table."""
    from pandas import DataFrame

    keys = shown_keys(result)
    rows = [_row(entry, keys, drawn=place < DRAWN) for place, entry in enumerate(shown)]

    def opened() -> None:
        if picked := st.session_state["results.table"]["selection"]["rows"]:
            open_detail(shown[picked[0]].rank)

    st.dataframe(
        DataFrame(rows),
        key="results.table",
        hide_index=True,
        row_height=72,
        height=620,
        column_config=_columns(keys, bool(result.request.targets)),
        on_select=opened,
        selection_mode="single-row",
    )
    if len(shown) > DRAWN:
        st.caption(f"Drawings are shown for the first {DRAWN} rows; the files hold everything.")


def _row(entry: Ranked, keys: Sequence[str], *, drawn: bool) -> dict[str, Any]:
    candidate = entry.candidate
    row: dict[str, Any] = {
        "rank": entry.rank,
        "structure": drawing(candidate.psmiles) if drawn else None,
        "p": 100 * candidate.p_all_targets,
    }
    for key in keys:
        value = candidate.predictions.get(key)
        row[key] = value and value.mean
        row[f"{key}_lo80"] = value and value.lo80
        row[f"{key}_hi80"] = value and value.hi80
        row[f"{key}_checker"] = checker_value(candidate, key)
    row |= {
        "in_domain": in_domain(candidate, list(keys)),
        "novel": candidate.novel,
        "sa": candidate.sa_score,
        "page": address(candidate.psmiles),
        "psmiles": candidate.psmiles,
    }
    return row


def _columns(keys: Sequence[str], with_targets: bool) -> dict[str, Any]:
    number = st.column_config.NumberColumn
    columns: dict[str, Any] = {
        "rank": number("#", width=48, pinned=True),
        "structure": st.column_config.ImageColumn("Structure", width=130),
        "p": st.column_config.ProgressColumn(
            "P(all)", format="%.0f %%", min_value=0, max_value=100, width=100,
            help="Probability that every target is met.",
        ) if with_targets else None,
        "in_domain": st.column_config.CheckboxColumn("In domain"),
        "novel": st.column_config.CheckboxColumn("New"),
        "sa": number("SA", format="%.1f", help="1 easy to 10 hard; fitted to drug-like molecules."),
        "page": st.column_config.LinkColumn("Page", width=60, display_text="open", help="All about this polymer."),
        "psmiles": st.column_config.TextColumn("p-SMILES", width="large"),
    }  # fmt: skip
    return columns | value_columns(keys, "The independent model's value; it takes no part in the rank.")
