"""The plots of the Compare page: what the result files hold, each with its data, and who was not measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from polydesign.core.properties import PROPERTIES
from polydesign.evaluation import comparison, plotted
from polydesign.evaluation.comparison import Line
from polydesign.evaluation.plotted import Asked
from polydesign.evaluation.scoreboard import Section
from polydesign.store import Checkpoint
from polydesign.ui.parts.text import plain

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def plots(sections: Sequence[Section], generators: Sequence[Checkpoint]) -> None:
    """Draw all plots."""
    lines: dict[str, list[Line]] = {
        section.task: plotted.lines_of(comparison.compared(section, generators)) for section in sections
    }
    commands = {section.task: section.command for section in sections}
    with st.container(key="plots"):
        _targets(lines["properties"], commands["properties"])
        left, right = st.columns(2, gap="large")
        with left:
            _rates(lines["unconditional"], commands["unconditional"])
        with right:
            _seconds(lines["generation"], lines["properties"], commands["generation"])


def _targets(lines: Sequence[Line], command: str) -> None:
    st.subheader("Target against checker", anchor="targets")
    st.caption(
        "Each point: the median of what the checker, which no generator knows, says of the answers to one target; the "
        "bar holds the middle 80 % of them. On the dashed line they are what was asked for; in the grey band, hits."
    )
    spreads = plotted.spreads(lines)
    if not spreads:
        _nothing(plotted.missing(lines, ()), command)
        return
    asked = st.selectbox("Asked for", list(spreads), format_func=_asked, key="compare.asked", width=420)
    from polydesign.viz.comparison import Spread, target_against_checker

    shown = spreads[asked]
    series = [
        Spread(n.line.row.subject, n.value["targets"], n.value["percentiles"], n.value["n"]) for n in shown
    ]  # fmt: skip
    _draw(target_against_checker(series, PROPERTIES[asked[1]]), "targets", plotted.spreads_csv(shown))
    _not_measured(plotted.missing(lines, shown))


def _asked(asked: Asked) -> str:
    keys, key = asked
    symbols = " and ".join(PROPERTIES[k].symbol for k in keys)
    return plain(symbols if len(keys) == 1 else f"{symbols}: {PROPERTIES[key].symbol}")


def _rates(lines: Sequence[Line], command: str) -> None:
    st.subheader("Validity against novelty", anchor="validity")
    st.caption("Samples without targets; bars are 95 % intervals. The upper right is where one wants to be.")
    shown = plotted.rates(lines, "valid", "novel")
    if not shown:
        _nothing(plotted.missing(lines, ()), command)
        return
    from polydesign.viz.comparison import Point, validity_against_novelty

    points = [
        Point(
            n.line.row.written(), (valid.value, valid.low, valid.high), (novel.value, novel.low, novel.high),
            hollow=n.line.kind != "installed",
        )
        for n in shown
        for valid, novel in [n.value]
    ]  # fmt: skip
    data = plotted.rates_csv({"samples without targets": shown}, ("valid", "novel"))
    _draw(validity_against_novelty(points), "validity", data)
    if any(point.hollow for point in points):
        st.caption("Hollow: not installed here.")
    _not_measured(plotted.missing(lines, shown))


def _seconds(pace: Sequence[Line], properties: Sequence[Line], command: str) -> None:
    st.subheader("Seconds", anchor="seconds")
    st.caption("How long 100 polymers take that are valid and new, and 100 different ones that the checker calls hits.")
    groups = plotted.seconds(pace, properties)
    shown = [named for group in groups.values() for named in group]
    left_out = plotted.missing([*pace, *properties], shown)
    if not groups:
        _nothing(left_out, command)
        return
    from polydesign.viz.comparison import seconds

    bars = {what: [(n.line.row.subject, n.value[0].value) for n in group] for what, group in groups.items()}
    _draw(seconds(bars, left_out), "seconds", plotted.rates_csv(groups, ("seconds",)))


def _draw(figure: Figure, name: str, data: str) -> None:
    st.plotly_chart(figure, key=f"compare.{name}", config={"displaylogo": False})
    st.download_button(
        "Data (CSV)", data, f"{name}.csv", "text/csv", icon=":material/download:", key=f"compare.{name}.csv",
        on_click="ignore", type="tertiary",
    )  # fmt: skip


def _nothing(names: Sequence[str], command: str) -> None:
    st.info(f"Not measured: {plain(', '.join(names))}. This command does it:", icon=":material/science:")
    st.code(command, language="bash", wrap_lines=True)


def _not_measured(names: Sequence[str]) -> None:
    if names:
        st.caption(f"Not measured: {plain(', '.join(names))}.")
