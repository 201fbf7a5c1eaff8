"""What the two-step graph VAE makes of a structure: its bag of atoms and the probability of every bond."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from polydesign.core.errors import PolydesignError
from polydesign.core.results import Decisions
from polydesign.ui.parts.job import session
from polydesign.ui.parts.text import plain


def decided(text: str) -> None:
    """Draw what it decides from the structure's code, once the reader asks: loading it takes a moment."""
    from polydesign.engine.models.decisions import decider

    checkpoint = decider()
    if checkpoint is None:
        st.caption("No two-step graph VAE is installed.")
        return
    st.caption(plain(
        f"{checkpoint.label} reads the structure, keeps one code of it, and decides from that code alone: first how "
        "many atoms of each kind, then all bonds at once."
    ))  # fmt: skip
    if not st.toggle("Ask it", key="data.decisions"):
        return
    try:
        with st.spinner("Reading ..."):
            told = _told(checkpoint.id, checkpoint.sha256, text)
    except PolydesignError as error:
        st.info(plain(error), icon=":material/info:")
        return
    _draw(told)


@st.cache_data(max_entries=100, show_spinner=False)
def _told(id: str, _sha256: str, text: str) -> Decisions:
    from polydesign import store
    from polydesign.engine.models.decisions import decisions

    return decisions(session(), store.find(id), text)


def _draw(told: Decisions) -> None:
    from pandas import DataFrame

    from polydesign.viz.decisions import bag, bonds

    seen: Counter[str] = Counter()
    names = []
    for kind in told.kinds:
        seen[kind] += 1
        names.append(f"{kind}{seen[kind]}")
    st.dataframe(
        DataFrame(bag(told)), hide_index=True, key="data.bag",
        column_config={
            "kind": "Kind", "there": "There", "likeliest": "Likeliest",
            "held": st.column_config.NumberColumn("Held", format="percent"),
            "right": st.column_config.NumberColumn("Right", format="percent"),
        },
    )  # fmt: skip
    st.plotly_chart(bonds(told, names), key="data.bonds.believed", config={"displaylogo": False})
    st.caption(
        "Held: the probability of the likeliest number; right: that of the true one. Squares: the probability of a "
        "bond between two atoms, told the true atoms; rings: the bonds that there are. Names count the atoms of a kind."
    )
