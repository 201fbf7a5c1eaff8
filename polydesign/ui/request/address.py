"""The page's address as its memory: a link fills the form, Generate writes the form into the address."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from polydesign.core.request import DesignRequest
from polydesign.core.specs import GeneratorSpec
from polydesign.ui.parts.text import plain
from polydesign.ui.request import form
from polydesign.ui.request.link import decode, encode

_SEEN, _OPTIONS, _PROBLEMS = "address.seen", "address.options", "address.problems"


def restore(besides: Collection[str] = ()) -> bool:
    """Fill the form from the address when the visitor came by a link, or went back to an earlier one.

    Parameters named in `besides` are the page's own. Returns whether there was a request to fill in.
    """
    parameters = {name: st.query_params.get_all(name) for name in st.query_params if name not in besides}
    seen = st.session_state.get(_SEEN, {})
    st.session_state[_SEEN] = parameters
    if parameters == seen or not parameters:
        return False
    request, problems = decode(parameters)
    form.fill(request, whole=True)
    st.session_state[_OPTIONS] = request.options
    st.session_state[_PROBLEMS] = problems
    return True


def refill(request: DesignRequest) -> None:
    """Fill the form with a request of this session, its options included."""
    form.fill(request)
    st.session_state[_OPTIONS] = request.options


def restore_options(spec: GeneratorSpec) -> None:
    """Fill in the options of the link, now that the generator they belong to is known, and report what failed."""
    problems = st.session_state.get(_PROBLEMS, [])
    problems += form.fill_steering(spec)
    problems += form.fill_options(spec, st.session_state.pop(_OPTIONS, {}))
    if problems:
        with st.container(key="link-problems"):
            st.warning(
                "Parts of this link could not be read; everything else was filled in.\n\n"
                + "\n".join(f"- {plain(problem)}" for problem in problems),
                icon=":material/link_off:",
            )
            st.button("Dismiss", type="tertiary", on_click=lambda: st.session_state.pop(_PROBLEMS))


def remember(request: DesignRequest, keep: Collection[str] = ()) -> None:
    """Write a request into the address, so that a reload or a bookmark brings it back; `keep` stays beside it."""
    own: dict[str, str | list[str]] = {name: st.query_params.get_all(name) for name in keep if name in st.query_params}
    st.query_params.from_dict(own | encode(request))
    st.session_state[_SEEN] = {name: st.query_params.get_all(name) for name in st.query_params if name not in keep}


def link(request: DesignRequest) -> str:
    """Return the full address that restores a request."""
    here = urlsplit(st.context.url or "")
    return urlunsplit((here.scheme, here.netloc, here.path, urlencode(encode(request), doseq=True), ""))
