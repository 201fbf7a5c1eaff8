"""What the Polymer page shows of a polymer besides its predictions: drawing, names, routes, descriptors, novelty."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import streamlit as st

from polydesign.core.errors import PolydesignError
from polydesign.core.properties import PROPERTIES
from polydesign.ui.parts.text import number, plain, unit
from polydesign.ui.parts.theme import theme

if TYPE_CHECKING:
    from polydesign.chem.synthesis.retro import Route
    from polydesign.engine.predict.polymer import Polymer

PAGE = "pages/polymer.py"
LONGEST = 20  # units of the n-mer that can be copied


def link(psmiles: str) -> None:
    """Draw a link to the page of a polymer."""
    st.page_link(PAGE, label="Polymer page", icon=":material/hexagon:", query_params={"psmiles": psmiles})


def address(psmiles: str) -> str:
    """Return the address of the page of a polymer, seen from any other page."""
    return "polymer?" + urlencode({"psmiles": psmiles})


def heading(polymer: Polymer, known: Mapping[str, bool | None]) -> None:
    """Draw what the polymer is called, its class, and who was trained on it."""
    accessible = "synthetic accessibility: 1 easy to 10 hard, fitted to drug-like molecules"
    items = [(polymer.synthesis.polymer_class or "no class", "", "by the linkages of its backbone")]
    items.append((f"SA {polymer.sa_score:.1f}", "", accessible))
    for label, seen in known.items():
        items.append(_novelty(polymer, label, seen))
    marks = "".join(
        f'<span class="pd-mark {css}" title="{escape(why)}">{escape(text)}</span>' for text, css, why in items
    )
    name = polymer.name or polymer.psmiles
    st.html(f'<div class="pd-name"><b>{escape(name)}</b></div><div class="pd-marks">{marks}</div>')


def _novelty(polymer: Polymer, label: str, seen: bool | None) -> tuple[str, str, str]:
    """Return text, class and reason of a mark: a chain is new only where nobody knows it, held back or not."""
    if seen is None:
        return f"{label}: no list of known chains", "", "its checkpoint does not say"
    if seen:
        return f"known to {label}", "", "among its training chains"
    if polymer.held_out:
        return f"held out from {label}", "", "kept for tests, as one chain in ten is: not among its training chains"
    if polymer.name:
        return f"not shown to {label}", "", "a common polymer, yet not among its training chains"
    return f"new to {label}", "pd-good", "not among its training chains"


def alerts(polymer: Polymer) -> None:
    """List the groups that ask for care."""
    st.html('<div class="pd-section">Alerts</div>')
    if not polymer.alerts:
        st.caption("None of the groups that we look for. That is no certificate of safety.")
        return
    rows = "".join(f"<tr><td>{escape(a.name)}</td><td>{escape(a.reason)}</td></tr>" for a in polymer.alerts)
    st.html(f'<table class="pd-effects">{rows}</table>')
    st.caption("A question to ask, not a verdict.")


def drawing(polymer: Polymer) -> None:
    """Draw the repeat unit between brackets."""
    from polydesign.viz.structures import svg

    drawn = svg(polymer.psmiles, 560, 380, theme(), brackets=True)
    st.image(drawn, width="stretch", alt=f"Repeat unit {polymer.psmiles}")
    st.download_button(
        "SVG", svg(polymer.psmiles, 560, 380, brackets=True), "polymer.svg", "image/svg+xml", key="polymer.svg",
        on_click="ignore", icon=":material/download:",
    )  # fmt: skip


def texts(polymer: Polymer) -> None:
    """Show the polymer as texts to copy."""
    from polydesign.chem.notation.oligomer import nmer

    for label, text in (
        ("p-SMILES", polymer.psmiles),
        ("Shortest unit, whose text is the same for every cut", polymer.key),
        ("SMILES of the unit with hydrogen ends", polymer.capped),
        ("InChIKey of the unit with hydrogen ends", polymer.inchikey),
    ):
        st.caption(plain(label))
        st.code(text, language=None, wrap_lines=True)
    n = int(st.number_input("Units of the n-mer", 2, LONGEST, 3, key="polymer.units", width=160))
    try:
        from rdkit import Chem

        st.code(Chem.MolToSmiles(nmer(polymer.psmiles, n)), language=None, wrap_lines=True)
    except PolydesignError as error:
        st.warning(plain(error))


def routes(polymer: Polymer) -> None:
    """Draw how the chain could be made."""
    st.html('<div class="pd-section">How it could be made</div>')
    made = polymer.synthesis
    if not made.routes:
        st.write("No known route. Our rules know the common polymerisations; others may lead to this chain.")
        return
    for route in made.routes:
        _route(route)
    st.caption(
        "By reverse rules: a route says that the reaction would give this chain, not that it was done. "
        + plain(made.source)
    )


def _route(route: Route) -> None:
    from polydesign.chem.synthesis.monomers import monomer_name
    from polydesign.viz.structures import svg

    title = f"{route.reaction[:1].upper()}{route.reaction[1:]}"
    st.markdown(f"**{plain(title)}**" + (f" ({plain(route.note)})" if route.note else ""))
    with st.container(horizontal=True, gap="small"):
        for monomer in route.monomers:
            with st.container(width=210, border=True, gap="xsmall"):
                st.image(svg(monomer, 190, 120, theme()), width=190, alt=f"Monomer {monomer}")
                name = f"<b>{escape(called)}</b>" if (called := monomer_name(monomer)) else ""
                st.html(f'<small>{name}</small><code class="pd-psmiles">{escape(monomer)}</code>')


def descriptors(polymer: Polymer) -> None:
    """Draw the descriptors of the unit as written."""
    st.html('<div class="pd-section">Descriptors of the unit</div>')
    cells = "".join(
        f"<tr><td>{escape(PROPERTIES[key].label)}</td><td>{number(PROPERTIES[key], value)} "
        f"{escape(unit(PROPERTIES[key]))}</td></tr>"
        for key, value in polymer.descriptors.items()
    )
    st.html(f'<table class="pd-effects">{cells}</table>')
    st.caption("RDKit's, of the unit as written, attachment points included.")
