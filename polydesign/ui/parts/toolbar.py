"""Sort and filter what a run brought, and choose how to look at it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import streamlit as st

from polydesign.core.goal import Goal
from polydesign.core.properties import PROPERTIES
from polydesign.core.results import Candidate, DesignResult
from polydesign.ui.parts.downloads import downloads

VIEWS = ("Cards", "Table", "Map")


@dataclass(frozen=True)
class Ranked:
    """A candidate with the place it took in the run, counted from 1."""

    rank: int
    candidate: Candidate


def choose(result: DesignResult) -> tuple[str, list[Ranked]]:
    """Draw the toolbar; return the chosen view and the candidates that pass the filters, sorted."""
    shown = [Ranked(place, candidate) for place, candidate in enumerate(result.candidates, start=1)]
    orders = _orders(shown)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="toolbar"):
        view = st.segmented_control(
            "View", VIEWS, default="Cards", key="results.view", required=True, label_visibility="collapsed"
        )
        order = st.selectbox(
            "Sort by", list(orders), key="results.sort", format_func="Sort: {}".format, width=250,
            label_visibility="collapsed",
        )  # fmt: skip
        with st.popover("Filter", icon=":material/filter_list:", key="results.filter"):
            shown = _filtered(shown, result)
        downloads(result)
    return view, sorted(shown, key=lambda entry: _last_if_nan(orders[order](entry.candidate)))


def _orders(shown: list[Ranked]) -> dict[str, Callable[[Candidate], float]]:
    orders: dict[str, Callable[[Candidate], float]] = {
        "Best first": lambda c: -c.score,
        "Probability of all targets": lambda c: -c.p_all_targets,
        "Easiest to make (SA)": lambda c: c.sa_score,
    }
    for key in shown[0].candidate.predictions if shown else ():
        label = PROPERTIES[key].label
        orders[f"{label}, highest first"] = partial(_signed, key=key, sign=-1)
        orders[f"{label}, lowest first"] = partial(_signed, key=key, sign=1)
    return orders


def _signed(candidate: Candidate, key: str, sign: int) -> float:
    return sign * candidate.predictions[key].mean


def _filtered(shown: list[Ranked], result: DesignResult) -> list[Ranked]:
    targets = result.request.targets
    tests: list[Callable[[Candidate], bool]] = []
    if targets:
        least = st.slider("Probability of all targets, at least", 0, 100, 0, format="%d %%", key="results.p")
        tests.append(lambda c: not least or c.p_all_targets >= least / 100)
        if st.toggle("Predicted values meet every target", key="results.met"):
            tests.append(lambda c: all(meets(c, key, result) for key in targets))
        if st.toggle("Checker agrees on every target", key="results.agreed"):
            tests.append(lambda c: all(meets(c, key, result, checker=True) for key in targets))
    if st.toggle("Near the training data only", key="results.domain"):
        tests.append(lambda c: in_domain(c, list(targets) or list(c.predictions)))
    hardest = st.slider("SA score, at most", 1.0, 10.0, 10.0, 0.5, key="results.sa")
    tests.append(lambda c: hardest == 10.0 or c.sa_score <= hardest)
    text = st.text_input("p-SMILES contains", key="results.text", placeholder="C(=O)O").strip()
    tests.append(lambda c: text in c.psmiles)
    kept = [entry for entry in shown if all(test(entry.candidate) for test in tests)]
    st.caption(f"{len(kept)} of {len(shown)} shown")
    return kept


def meets(candidate: Candidate, key: str, result: DesignResult, *, checker: bool = False) -> bool:
    """Say whether the predicted value of a property, or the checker's, lies in the wanted range."""
    low, high = Goal(key, result.request.targets[key]).band
    value = checker_value(candidate, key) if checker else value_of(candidate, key)
    return value is not None and low <= value <= high


def value_of(candidate: Candidate, key: str) -> float | None:
    """Return the guide's value of a property, None when it has none."""
    prediction = candidate.predictions.get(key)
    return None if prediction is None else prediction.mean


def checker_value(candidate: Candidate, key: str) -> float | None:
    """Return the independent checker's value of a property, None when it has none."""
    return candidate.checker.get(key, {}).get("mean")


def in_domain(candidate: Candidate, keys: list[str]) -> bool:
    """Say whether the structure lies near the training chains for all of `keys`."""
    return all(candidate.predictions[key].in_domain for key in keys if key in candidate.predictions)


def _last_if_nan(value: float) -> float:
    return value if math.isfinite(value) else math.inf
