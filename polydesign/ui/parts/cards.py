"""Candidates as cards: the structure, each target against its prediction, and what else one must know."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import streamlit as st

from polydesign.core.goal import Goal
from polydesign.core.properties import PROPERTIES
from polydesign.core.results import Candidate, DesignResult, Prediction
from polydesign.engine.design.shortlist import of_candidate
from polydesign.ui.parts.polymer_view import link
from polydesign.ui.parts.star import star
from polydesign.ui.parts.text import number, share, unit
from polydesign.ui.parts.theme import theme
from polydesign.ui.parts.toolbar import Ranked, checker_value, in_domain
from polydesign.viz.axis import Axis
from polydesign.viz.gauges import axis_over, gauge

PAGE = 12  # cards a page
_WITHOUT_TARGETS = 4  # properties shown when none was asked for


def cards(shown: Sequence[Ranked], result: DesignResult) -> None:
    """Draw one page of cards."""
    pages = max(math.ceil(len(shown) / PAGE), 1)
    # Another run or filter starts again on its first page.
    pager = f"results.page.{pages}.{result.manifest['created']}"
    page = st.session_state.get(pager, 1)
    keys = shown_keys(result)
    axes = shared_axes(result, keys)
    with st.grid(min_column_width=250, gap="small"):
        for entry in shown[(page - 1) * PAGE : page * PAGE]:
            _card(entry, result, keys, axes)
    if pages > 1:
        st.pagination(pages, key=pager)


def shown_keys(result: DesignResult) -> list[str]:
    """Return the properties that matter here: the wanted ones, or the first few when none was wanted."""
    targets = list(result.request.targets)
    known = list(result.candidates[0].predictions) if result.candidates else []
    return targets or known[:_WITHOUT_TARGETS]


def shared_axes(result: DesignResult, keys: Sequence[str]) -> dict[str, Axis]:
    """Return one axis a property for all candidates, so that gauges compare across cards."""
    axes = {}
    for key in keys:
        known = [c.predictions[key] for c in result.candidates if key in c.predictions]
        ends = sorted(end for value in known for end in (value.lo80, value.hi80) if math.isfinite(end))
        cut = len(ends) // 50  # a few very unsure ones must not squeeze all the others
        target = result.request.targets.get(key)
        band = Goal(key, target).band if target else None
        axes[key] = axis_over(PROPERTIES[key], ends[cut : len(ends) - cut], band)
    return axes


def line(candidate: Candidate, key: str, result: DesignResult, axis: Axis) -> str:
    """Return the line of one property as HTML: symbol, gauge, value with its 80 % interval, checker's value."""
    value, target = candidate.predictions.get(key), result.request.targets.get(key)
    band = Goal(key, target).band if target else None
    return value_line(key, value, checker_value(candidate, key), axis, band)


def value_line(
    key: str, value: Prediction | None, checker: float | None, axis: Axis, band: tuple[float, float] | None = None
) -> str:
    """Return a property's line as `line` does, from its parts; `band` is the wanted range in its unit."""
    spec = PROPERTIES[key]
    head = f"<q>{escape(spec.label)}</q><b>{escape(spec.symbol)}</b>"
    if value is None:
        return f'<div class="pd-line">{head}<em>not predicted</em></div>'
    met = "" if band is None else ("✓" if band[0] <= value.mean <= band[1] else "○")
    label = {"✓": "meets the target", "○": "misses the target", "": ""}[met]
    second = f"checker {number(spec, checker)}" if checker is not None else ""
    exact = value.lo80 == value.hi80 == value.mean
    span = "" if exact else f"{number(spec, value.lo80)} … {number(spec, value.hi80)}"
    return (
        f'<div class="pd-line" title="{escape(spec.label)}">{head}{gauge(axis, value, band, checker)}'
        f"<span><strong>{number(spec, value.mean)}</strong> {escape(unit(spec))} "
        f'<abbr title="{label}">{met}</abbr></span>'
        f"<small>{span}</small><small>{second}</small></div>"
    )


def heading(rank: int, candidate: Candidate, result: DesignResult) -> str:
    """Return rank, probability of meeting all targets and the marks as HTML."""
    chance = ""
    badges = marks(candidate, shown_keys(result))
    if result.request.targets:
        probability = share(candidate.p_all_targets)
        chance = f'<span title="probability that every target is met">P(all) {escape(probability)}</span>'
    return f'<div class="pd-head"><b>{rank}</b>{chance}</div><div class="pd-marks">{badges}</div>'


def marks(candidate: Candidate, keys: Sequence[str]) -> str:
    """Return novelty, domain and accessibility as HTML."""
    near = in_domain(candidate, list(keys))
    items = (
        ("new", "pd-good", "not in the training data") if candidate.novel else ("known", "", "in the training data"),
        ("in domain", "pd-good", "near the property models' training chains")
        if near
        else ("out of domain", "pd-bad", "unlike what the property models have seen: believe them less"),
        (
            f"SA {candidate.sa_score:.1f}",
            "",
            "synthetic accessibility: 1 easy to 10 hard, fitted to drug-like molecules",
        ),
    )
    return "".join(f'<span class="pd-mark {css}" title="{escape(title)}">{text}</span>' for text, css, title in items)


def _card(entry: Ranked, result: DesignResult, keys: Sequence[str], axes: dict[str, Axis]) -> None:
    from polydesign.viz.structures import svg  # RDKit: not before the first result

    candidate = entry.candidate
    with st.container(border=True, key=f"card-{entry.rank}", gap="xsmall"):
        st.html(heading(entry.rank, candidate, result))
        st.image(svg(candidate.psmiles, 320, 210, theme()), width="stretch", alt=f"Repeat unit {candidate.psmiles}")
        lines = "".join(line(candidate, key, result, axes[key]) for key in keys)
        st.html(f'<div class="pd-lines">{lines}</div><code class="pd-psmiles">{escape(candidate.psmiles)}</code>')
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.button(
                "Details and 3D",
                key=f"open-{entry.rank}",
                icon=":material/open_in_full:",
                type="tertiary",
                on_click=open_detail,
                args=(entry.rank,),
            )
            link(candidate.psmiles)
            starred(candidate, entry.rank, result, "card")


def starred(candidate: Candidate, rank: int, result: DesignResult, where: str) -> None:
    """Draw the star of a candidate; `where` tells the places of a page apart."""
    request = result.request
    origin = f"{request.checkpoint}, seed {request.seed}, rank {rank}"
    star(candidate.chain_key, lambda: of_candidate(candidate, origin), f"{where}.{rank}")


def open_detail(rank: int) -> None:
    """Ask the page to open a candidate in this run."""
    st.session_state["results.open"] = rank
