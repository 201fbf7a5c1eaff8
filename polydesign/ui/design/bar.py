"""The bar above the results: the request in one line, what is wrong with it, and the button that runs it."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from polydesign.core.errors import PolydesignError
from polydesign.core.request import DesignRequest, Filters
from polydesign.core.specs import GeneratorSpec
from polydesign.engine.design.run import rankable
from polydesign.engine.goals import advice, feasibility
from polydesign.store import Checkpoint
from polydesign.ui.parts.job import session
from polydesign.ui.parts.run import RUN
from polydesign.ui.parts.summary import headline
from polydesign.ui.parts.text import plain
from polydesign.ui.request import address, form
from polydesign.ui.request.link import encode


def request_bar(checkpoint: Checkpoint, spec: GeneratorSpec, keys: Iterable[str]) -> tuple[DesignRequest | None, bool]:
    """Draw the bar; return the request, None when it cannot be run, and whether Generate was pressed."""
    request, problem = None, ""
    try:
        request = form.request(checkpoint, spec, keys)
        feasibility.check(request, checkpoint, rankable(session()))
        _check_patterns(request.filters)
    except PolydesignError as error:
        problem = str(error)
    with st.container(horizontal=True, vertical_alignment="center", key="bar", gap="small"):
        st.markdown(headline(request) if request else "This request is not complete yet.", width="stretch")
        if request:
            with st.popover("Link", icon=":material/link:", key="link"):
                st.caption("Opens this request again, wherever the same generator is installed.")
                st.code(address.link(request), language=None, wrap_lines=True)
                st.page_link(
                    "pages/compare.py", label="Try all generators on it", icon=":material/balance:",
                    query_params=encode(request),
                )  # fmt: skip
        pressed = st.button(
            "Generate", type="primary", icon=":material/play_arrow:", key="generate",
            disabled=bool(problem) or RUN.running(),
        )  # fmt: skip
    if problem or request is None:
        st.error(plain(problem), icon=":material/error:")
        return None, False
    _advise(checkpoint, request)
    return request, pressed


def _advise(checkpoint: Checkpoint, request: DesignRequest) -> None:
    """Warn of combinations of targets; what concerns a single one stands in its row."""
    alone = {text for key, target in request.targets.items() for text in advice.warnings(checkpoint, {key: target})}
    for text in advice.warnings(checkpoint, request.targets):
        if text not in alone:
            st.warning(plain(text), icon=":material/warning:")


def _check_patterns(filters: Filters) -> None:
    if filters.must_contain or filters.exclude or filters.exclude_elements:
        from polydesign.chem.filters import compile_filters  # RDKit: only once there is something to check

        compile_filters(filters)
