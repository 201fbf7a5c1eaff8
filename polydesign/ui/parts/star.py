"""The shortlist of this visitor, and the star that puts a polymer on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import streamlit as st

from polydesign.core.errors import PolydesignError
from polydesign.engine.design.shortlist import MOST, Entry
from polydesign.ui.parts.text import plain

_LIST = "shortlist"


def entries() -> dict[str, Entry]:
    """Return chain key -> entry, in the order in which they were starred."""
    return st.session_state.setdefault(_LIST, {})


def star(chain_key: str, entry: Callable[[], Entry], key: str) -> None:
    """Draw the star of a polymer; `entry` is asked for what is known of it when it is starred.

    `key` tells one star of a page from another.
    """
    on = chain_key in entries()
    st.button(
        "Shortlisted" if on else "Shortlist", key=f"star.{key}", type="tertiary",
        icon=":material/star:" if on else ":material/star_border:", on_click=_turn, args=(chain_key, entry),
        help="Take it off the shortlist." if on else "Keep it on the shortlist.",
    )  # fmt: skip


def star_all(entries_of: Callable[[], Iterable[Entry]], n: int, key: str) -> None:
    """Draw a button that puts `n` polymers on the list at once; `entries_of` is asked for them when it is pressed."""
    st.button(
        f"Shortlist these {n}", key=f"star.{key}", type="tertiary", icon=":material/star_border:", on_click=_all,
        args=(entries_of,), help="Keep all polymers of this page of the table on the shortlist.",
    )  # fmt: skip


def add(more: Iterable[Entry]) -> int:
    """Put entries on the list, what was known of the same chains replaced; return how many are new.

    Raises `PolydesignError` when the list would grow too long.
    """
    added = {entry.chain_key: entry for entry in more}
    new = len(added.keys() - entries().keys())
    if len(entries()) + new > MOST:
        raise PolydesignError(f"The shortlist takes at most {MOST:,} polymers. Take some off first.")
    entries().update(added)
    return new


def _all(entries_of: Callable[[], Iterable[Entry]]) -> None:
    try:
        new = add(entries_of())
    except PolydesignError as error:
        st.toast(plain(error), icon=":material/error:")
    else:
        st.toast(f"{new} new on the shortlist.", icon=":material/star:")


def _turn(chain_key: str, entry: Callable[[], Entry]) -> None:
    if entries().pop(chain_key, None) is None:
        try:
            add([entry()])
        except PolydesignError as error:
            st.toast(plain(error), icon=":material/error:")
