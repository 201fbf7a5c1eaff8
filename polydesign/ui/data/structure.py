"""One structure as a network sees it: drawing, tokens, atoms, bonds, adjacency, fingerprint."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from polydesign.engine.design.shortlist import of_text
from polydesign.ui.data.decisions import decided
from polydesign.ui.parts.polymer_view import link
from polydesign.ui.parts.star import star
from polydesign.ui.parts.text import plain
from polydesign.ui.parts.theme import theme

if TYPE_CHECKING:
    from polydesign.data.encodings.dissect import Dissection

_PLOT = {"displaylogo": False}


def drawing(dissection: Dissection) -> None:
    """Draw the structure with the reader's choice of colours."""
    from polydesign.chem.notation.identity import chain_key
    from polydesign.viz.structures import svg

    with st.container(horizontal=True, gap="medium"):
        dark = st.toggle("Dark", value=theme() == "dark", key=f"data.dark.{theme()}")
        mono = st.toggle("Monochrome", key="data.mono")
        numbers = st.toggle("Numbers", value=True, key="data.numbers", help="Each atom's place in the text.")
    picture = svg(
        dissection.text,
        560,
        380,
        "dark" if dark else "light",
        brackets=True,
        monochrome=mono,
        numbers=numbers,
        paper=True,
    )
    st.image(picture, width="stretch", alt=f"{'Repeat unit' if dissection.polymer else 'Molecule'} {dissection.text}")
    st.code(dissection.text, language=None, wrap_lines=True)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.download_button(
            "SVG", picture, "structure.svg", "image/svg+xml", key="data.svg", on_click="ignore",
            icon=":material/download:",
        )  # fmt: skip
        if dissection.polymer:
            link(dissection.text)
            star(chain_key(dissection.text), lambda: of_text(dissection.text, "Data page"), "data")


def features(dissection: Dissection) -> None:
    """Draw the features in tabs."""
    views = {
        "Tokens": _tokens, "Atoms": _atoms, "Bonds": _bonds, "Adjacency": _adjacency, "Fingerprint": _fingerprint,
        "Graph VAE": lambda found: decided(found.text),
    }  # fmt: skip
    for tab, show in zip(st.tabs(list(views)), views.values(), strict=True):
        with tab:
            show(dissection)


def _tokens(dissection: Dissection) -> None:
    from polydesign.engine.models.tokens import tokens

    st.caption("The text in its smallest meaningful pieces:")
    st.html(_chips([(piece, "") for piece in dissection.pieces]))
    if not dissection.polymer:
        return
    for label, written in tokens(dissection.text).items():
        st.caption(plain(f"As {label} writes it, with the number of each token:"))
        st.html(_chips([(token, str(number)) for token, number in written]))


def _chips(pieces: list[tuple[str, str]]) -> str:
    return '<div class="pd-chips">' + "".join(
        f"<span><code>{escape(text)}</code><small>{escape(number)}</small></span>" for text, number in pieces
    ) + "</div>"  # fmt: skip


def _atoms(dissection: Dissection) -> None:
    from pandas import DataFrame

    st.caption("Bag of atoms:")
    st.html(_chips([(symbol, f"× {number}") for symbol, number in dissection.bag.items()]))
    st.dataframe(DataFrame(dissection.atom_rows()), hide_index=True, height=330, key="data.atoms")
    st.caption(
        "Node features as the graph networks read them: atomic number; formal charge + 4; hydrogens that are no nodes; "
        "neighbours; size of the smallest ring; place: 1 aromatic, + 2 on the backbone. "
        "Position numbers the atoms of one element in the order of the text."
    )


def _bonds(dissection: Dissection) -> None:
    from pandas import DataFrame

    rows = DataFrame(dissection.bond_rows())
    st.dataframe(
        rows if dissection.polymer else rows.drop(columns="closes"), hide_index=True, height=400, key="data.bonds"
    )
    closing = " The bond that closes joins the two ends, so that the graph is that of the endless chain."
    st.caption(
        "Edge features: bond order and whether in a ring; code: order 0 single, 1 double, 2 triple, 3 aromatic, "
        "+ 4 in a ring." + (closing if dissection.polymer else " Hydrogens are nodes of their own.")
    )


def _adjacency(dissection: Dissection) -> None:
    from polydesign.viz.adjacency import adjacency

    names = [f"{symbol}{place}" for symbol, place in zip(dissection.symbols, dissection.places, strict=True)]
    st.plotly_chart(adjacency(dissection.adjacency, names), key="data.adjacency", config=_PLOT)


def _fingerprint(dissection: Dissection) -> None:
    from pandas import DataFrame

    from polydesign.chem.describe.fingerprints import N_BITS, RADIUS

    whose = "the endless chain, per shortest unit" if dissection.polymer else "the molecule"
    st.caption(
        f"{len(dissection.bits)} of {N_BITS:,} bits are set: atom environments of up to {RADIUS} bonds (Morgan) of "
        f"{whose}."
    )
    st.html(_chips([(str(bit), f"× {count}" if count > 1 else "") for bit, count in zip(
        dissection.bits.tolist(), dissection.counts.tolist(), strict=True)]))  # fmt: skip
    table = DataFrame({"bit": dissection.bits, "count": dissection.counts})
    st.download_button(
        "CSV", table.to_csv(index=False), "fingerprint.csv", "text/csv", key="data.bits", on_click="ignore",
        icon=":material/download:",
    )  # fmt: skip
