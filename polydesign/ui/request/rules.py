"""What the structure must and must not contain."""

from __future__ import annotations

import streamlit as st

from polydesign.ui.request import form
from polydesign.ui.request.examples import IMIDE
from polydesign.ui.request.link import MAX_ATOMS

# Names for the substructures one asks for most; any other is typed as SMARTS.
SUBSTRUCTURES = {
    IMIDE: "imide",
    "[CX3](=O)[OX2][#6]": "ester",
    "[CX3](=O)[NX3;H1,H2]": "amide",
    "[#6][OX2][#6]": "ether",
    "[OX2][CX3](=O)[OX2]": "carbonate",
    "[NX3][CX3](=O)[OX2]": "urethane",
    "[Si][OX2][Si]": "siloxane",
    "S(=O)(=O)": "sulfone",
    "[CX3](=O)([#6])[#6]": "ketone",
    "C#N": "nitrile",
    "[OX2H]": "hydroxyl",
    "c1ccccc1": "benzene ring",
    "s1cccc1": "thiophene ring",
    "[#6]=[#6;!a]": "C=C double bond",
    "[F,Cl,Br,I]": "any halogen",
}
ELEMENTS = ("F", "Cl", "Br", "I", "S", "N", "O", "Si", "P", "B", "Se", "Ge", "Sn")


def rules() -> None:
    """Draw the rules; the values end in the session's fields (see `ui.request.form`)."""
    _substructures("Keep", form.KEEP, "Each must occur in the chain.")
    _substructures("Exclude", form.EXCLUDE, "None may occur in the chain.")
    st.multiselect(
        "Elements to leave out",
        [*ELEMENTS, *(e for e in st.session_state[form.WITHOUT] if e not in ELEMENTS)],
        key=form.WITHOUT,
        accept_new_options=True,
        placeholder="none",
        persist_state=form.PERSIST,
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.number_input(
            "Largest unit",
            1,
            MAX_ATOMS,
            value=None,
            step=1,
            key=form.MAX_ATOMS,
            placeholder="any",
            help="Heavy atoms of the repeat unit, attachment points not counted.",
            width=120,
            persist_state=form.PERSIST,
        )
        st.toggle(
            "PFAS-free",
            key=form.PFAS_FREE,
            help="No fully fluorinated CF₂ or CF₃ carbon (definition of the OECD, 2021).",
            persist_state=form.PERSIST,
        )
        st.toggle(
            "Only new polymers",
            key=form.NOVEL_ONLY,
            help="Leave out chains that are in the training data.",
            persist_state=form.PERSIST,
        )


def _substructures(label: str, key: str, help: str) -> None:
    typed = [pattern for pattern in st.session_state[key] if pattern not in SUBSTRUCTURES]
    st.multiselect(
        label,
        [*SUBSTRUCTURES, *typed],
        key=key,
        format_func=lambda pattern: SUBSTRUCTURES.get(pattern, pattern),
        accept_new_options=True,
        placeholder="pick one, or type SMARTS and press Enter",
        help=f"{help} Pick a group by name or type a SMARTS pattern.",
        persist_state=form.PERSIST,
    )
