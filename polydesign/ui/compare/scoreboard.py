"""The scoreboard of property models and methods: tables of the result files, read as they stand there."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from polydesign.evaluation.readme import Measured
from polydesign.evaluation.result import Column, Row
from polydesign.evaluation.scoreboard import Section, scoreboard
from polydesign.evaluation.statistics import Figure
from polydesign.ui.models.detail import table
from polydesign.ui.parts.text import plain


def scores() -> None:
    """Draw all sections but those about generators, which the Compare page shows."""
    sections = readable()
    st.caption(
        "Measured by the project's own programs, which print the same tables into docs/figures. In small type stand "
        "95 % intervals. Rates count every generation, invalid ones included."
    )
    st.page_link("pages/compare.py", label="Generators are compared on a page of their own", icon=":material/balance:")
    with st.container(key="scores"):
        for section in sections:
            if not section.generators:
                _section(section)


def readable() -> list[Section]:
    """Return all sections; a file that cannot be read is said to be so and hides no other."""
    sections, problems = scoreboard()
    for problem in problems:
        st.error(plain(problem), icon=":material/error:")
    return sections


def _section(section: Section) -> None:
    st.subheader(plain(section.title), anchor=section.task)
    if section.question:
        st.caption(plain(section.question))
    if not section.tables:
        st.info("Not measured yet. This command does it, and the table appears here:", icon=":material/science:")
        st.code(section.command, language="bash", wrap_lines=True)
        return
    _table(section.tables[0])
    if len(section.tables) > 1:
        more = len(section.tables) - 1
        with st.expander("One more table" if more == 1 else f"{more} more tables"):
            for entry in section.tables[1:]:
                _table(entry)
    how_measured(section)


def how_measured(section: Section) -> None:
    """Draw the notes of a section's tables and the command that measures them again."""
    with st.expander("How it was measured"):
        st.markdown("\n".join(f"- {plain(line)}" for line in _lines(section.tables)))
        if section.command:
            st.code(section.command, language="bash", wrap_lines=True)


def _table(entry: Measured) -> None:
    rows = []
    for row in entry.table.rows:
        cells = [named(row)]
        for column in entry.table.columns:
            value, interval = parts(column, row.figures.get(column.key))
            cells.append(value + (f"<small>{interval}</small>" if interval else ""))
        rows.append(cells)
    table([entry.table.head, *(column.header for column in entry.table.columns)], rows)


def named(row: Row) -> str:
    """Return a row's name as HTML, ids and addresses as code."""
    return row.written(code=lambda text: f"<code>{escape(text)}</code>", text=escape)


def parts(column: Column, figure: Figure | None) -> tuple[str, str]:
    """Write a figure and its interval as `Column.parts` does, with true minus signs."""
    value, interval = column.parts(figure)
    return value.replace("-", "−"), interval.replace("-", "−")


def _lines(tables: Sequence[Measured]) -> list[str]:
    return list(dict.fromkeys(line for entry in tables for line in entry.below))
