"""The address of the Predict page as its memory: short lists of polymers, and the properties that are shown."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from polydesign.core.properties import ALL_KEYS
from polydesign.ui.predict import form as predict_form
from polydesign.ui.predict.form import Asked

SHOWN = "predict.shown"  # session key of the properties that cards and table show
FIRST = ("tg_exp_c", "tm_exp_c", "density_md_g_cm3", "egc_dft_ev")
MAX_LENGTH = 1500  # characters of typed lines that an address takes
_SEEN = "predict.seen"


def restore() -> None:
    """Fill the form from the address when the visitor came by a link, or went back to an earlier one."""
    parameters = {name: st.query_params.get_all(name) for name in st.query_params}
    seen = st.session_state.get(_SEEN, {})
    st.session_state[_SEEN] = parameters
    if parameters == seen or not parameters:
        return
    if polymers := parameters.get("polymer", []):
        predict_form.fill("\n".join(polymers)[: 2 * MAX_LENGTH])
    if keys := [key for key in ALL_KEYS if key in parameters.get("show", [])]:
        st.session_state[SHOWN] = keys


def shown() -> list[str]:
    """Return the properties that are shown."""
    return st.session_state.setdefault(SHOWN, list(FIRST))


def remember(asked: Asked | None) -> None:
    """Write a short request into the address, so that a reload or a bookmark brings it back."""
    st.query_params.from_dict(_parameters(asked))
    st.session_state[_SEEN] = {name: st.query_params.get_all(name) for name in st.query_params}


def link(asked: Asked) -> str | None:
    """Return the full address that restores a request, None when it is too long or a file."""
    parameters = _parameters(asked)
    if "polymer" not in parameters:
        return None
    here = urlsplit(st.context.url or "")
    return urlunsplit((here.scheme, here.netloc, here.path, urlencode(parameters, doseq=True), ""))


def _parameters(asked: Asked | None) -> dict[str, list[str]]:
    lines = [line for line in asked.text.splitlines() if line.strip()] if asked else []
    parameters = {"polymer": lines} if lines and sum(map(len, lines)) <= MAX_LENGTH else {}
    if shown() != list(FIRST):
        parameters["show"] = shown()
    return parameters
