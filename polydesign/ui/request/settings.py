"""How many, which seed, and the options that the generator's family declares."""

from __future__ import annotations

from typing import Any

import streamlit as st

from polydesign.core.specs import GeneratorSpec, OptionSpec
from polydesign.engine.design.steering.choice import kinds, offered
from polydesign.engine.goals.feasibility import MAX_N, MAX_SEED
from polydesign.ui.parts.text import plain
from polydesign.ui.request import form

_HELP = (
    "How the targets reach the generator. The ascent first learns from a few thousand of the generator's own polymers "
    "where in its latent space properties lie; how well it learned that stands in the result."
)


def settings(spec: GeneratorSpec) -> None:
    """Draw number, seed, steering and the family's options; the values end in the session's fields."""
    amount()
    choices = offered(spec)
    if len(choices) > 1:
        st.selectbox(
            "Steering", choices, key=form.steering_field(spec), format_func=lambda name: kinds()[name].label,
            persist_state=form.PERSIST, help=_HELP,
        )  # fmt: skip
    else:
        st.caption(f"{plain(spec.label)} knows no targets: it samples freely and the best candidates are kept.")
    for option in spec.options:
        widget(option, form.option_field(spec.family, option.name))
    st.caption(f"{plain(spec.citation)} [Source]({spec.url})")


def amount() -> None:
    """Draw number and seed."""
    with st.container(horizontal=True, gap="small"):
        st.number_input(
            "Polymers", 1, MAX_N, step=10, key=form.N, persist_state=form.PERSIST, width=120,
            help="How many ranked candidates you want to see at most.",
        )  # fmt: skip
        st.number_input(
            "Seed", 0, MAX_SEED, step=1, key=form.SEED, persist_state=form.PERSIST, width=120,
            help="The same seed and request give the same polymers again.",
        )  # fmt: skip


def widget(option: OptionSpec, key: str) -> None:
    """Draw the widget of an option; its value lies under `key`, which must have one."""
    common: dict[str, Any] = {"key": key, "help": plain(option.help) or None, "persist_state": form.PERSIST}
    kind, label = type(option.default), plain(option.label)
    if kind is bool:
        st.toggle(label, **common)
    elif option.choices:
        st.selectbox(label, list(option.choices), **common)
    elif kind is str:
        st.text_input(label, **common)
    else:
        bounds: list[Any] = [None if b is None else kind(b) for b in (option.minimum, option.maximum, option.step)]
        low, high, step = bounds
        if low is not None and high is not None:
            st.slider(label, low, high, step=step, **common)
        else:
            st.number_input(label, low, high, step=step, **common)
