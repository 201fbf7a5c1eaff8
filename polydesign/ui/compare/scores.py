"""The scoreboard of generators: one task at a time, every installed generator a row, every figure with its n."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import streamlit as st

from polydesign.evaluation import comparison
from polydesign.evaluation.comparison import Compared, Line
from polydesign.evaluation.result import Column
from polydesign.evaluation.scoreboard import Section
from polydesign.store import Checkpoint
from polydesign.ui.compare.scoreboard import how_measured, named, parts
from polydesign.ui.models.detail import table
from polydesign.ui.parts.choice import Choice
from polydesign.ui.parts.text import plain

TASK = Choice("task")
SORT, LARGEST = "compare.sort", "compare.largest"
_AS_ASKED = "By question"
_MARKS = {
    "installed": "", "not installed": "not installed here", "reference": "reference", "published": "published",
}  # fmt: skip


def scores(sections: Sequence[Section], generators: Sequence[Checkpoint]) -> None:
    """Draw the chosen task's tables."""
    titles = {section.task: section.title for section in sections}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="compare-bar"):
        TASK.restore(titles)
        task = st.selectbox(
            "Task", list(titles), key=TASK.key, format_func=titles.__getitem__, on_change=TASK.remember, width=330,
            persist_state="session",
        )  # fmt: skip
        section = next(section for section in sections if section.task == task)
        tables = comparison.compared(section, generators, comparison.pace(sections))
        column, largest = _order(tables[0], section.task)
        st.download_button(
            "CSV", comparison.to_csv(tables), f"{task}.csv", "text/csv", icon=":material/download:", key="compare.csv",
            on_click="ignore", help="Every figure of this task, one a line, with its n and interval.",
        )  # fmt: skip
    st.caption(plain(section.question))
    _draw(tables[0], comparison.sort(tables[0].lines, column, largest_first=largest))
    for more in tables[1:]:
        with st.expander(plain(f"{more.head} · {', '.join(c.header for c in more.columns[:3])} …")):
            _draw(more, comparison.sort(more.lines, None))
    if not section.tables:
        st.info("Not measured yet. This command does it, and the table appears here:", icon=":material/science:")
        st.code(section.command, language="bash", wrap_lines=True)
        return
    how_measured(section)


def _order(main: Compared, task: str) -> tuple[Column | None, bool]:
    """Draw the choice of an order; return the column, None for the order of the questions, and the direction."""
    columns = {column.header: column for column in main.columns}
    chosen = st.selectbox("Sort by", [_AS_ASKED, *columns], key=f"{SORT}.{task}", width=190)
    largest = st.segmented_control(
        "Direction", (True, False), key=f"{LARGEST}.{task}", default=True, required=True,
        format_func=lambda first: "Largest first" if first else "Smallest first", disabled=chosen == _AS_ASKED,
        label_visibility="collapsed",
    )  # fmt: skip
    return columns.get(chosen), bool(largest)


def _draw(shown: Compared, lines: Sequence[Line]) -> None:
    rows = [[_name(line), *(_cell(column, line) for column in shown.columns)] for line in lines]
    table([shown.head, *(column.header for column in shown.columns)], rows)


def _name(line: Line) -> str:
    marks = [mark for mark in (_MARKS[line.kind],) if mark]
    note = f"<br><small>{escape(line.note)}</small>" if line.note else ""
    badges = "".join(f'<span class="pd-mark">{escape(mark)}</span>' for mark in marks)
    return f"{named(line.row)} {badges}{note}"


def _cell(column: Column, line: Line) -> str:
    figure = line.figures.get(column.key)
    if figure is None and column == comparison.SECONDS and line.kind == "installed":
        return f"<small>{comparison.NOT_MEASURED}</small>"
    value, interval = parts(column, figure)
    count = f"n {figure.n:,}" if figure is not None and figure.n > 1 and math.isfinite(figure.value) else ""
    return value + "".join(f"<small>{text}</small>" for text in (interval, count) if text)
