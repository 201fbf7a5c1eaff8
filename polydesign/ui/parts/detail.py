"""One candidate at large: the drawing, the chain in 3D, every prediction, its files."""

from __future__ import annotations

import streamlit as st

from polydesign.core.errors import PolydesignError
from polydesign.core.results import Candidate, DesignResult
from polydesign.ui.parts.cards import heading, line, shared_axes, starred
from polydesign.ui.parts.polymer_view import link
from polydesign.ui.parts.text import plain
from polydesign.ui.parts.theme import theme

_MIME = {"sdf": "chemical/x-mdl-sdfile", "pdb": "chemical/x-pdb", "xyz": "chemical/x-xyz"}
SCRIPT = "app/static/3Dmol-min.js"
LONGEST = 6  # repeat units in 3D
QUICK = 75  # heavy atoms that take a second or two to fold


@st.dialog("Polymer", width="large")
def detail(result: DesignResult, rank: int) -> None:
    """Show the candidate of this rank (from 1) in a dialog."""
    from polydesign.viz.structures import svg

    candidate = result.candidates[rank - 1]
    st.html(heading(rank, candidate, result))
    st.code(candidate.psmiles, language=None, wrap_lines=True)
    with st.container(horizontal=True, gap="small"):
        link(candidate.psmiles)
        starred(candidate, rank, result, "detail")
    flat, solid = st.columns(2, gap="medium")
    with flat:
        drawing = svg(candidate.psmiles, 520, 380, theme())
        st.image(drawing, width="stretch", alt=f"Repeat unit {candidate.psmiles}")
        st.download_button(
            "SVG", svg(candidate.psmiles, 520, 380), f"polymer-{rank}.svg", "image/svg+xml", on_click="ignore",
            icon=":material/download:", key="detail.svg",
        )  # fmt: skip
    with solid:
        chain(candidate.psmiles, str(rank))
    _predictions(candidate, result)


def chain(psmiles: str, tag: str) -> None:
    """Draw a piece of chain in 3D; `tag` tells one polymer of a page from another, in names of files too."""
    from polydesign.chem.notation.oligomer import nmer
    from polydesign.viz.viewer3d import STYLES, viewer

    heavy = nmer(psmiles, 1).GetNumHeavyAtoms()
    units = st.slider("Repeat units in 3D", 1, LONGEST, min(3, max(1, QUICK // heavy)), key=f"detail.units.{tag}")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        style = st.selectbox("Style", list(STYLES), key=f"detail.style.{tag}", label_visibility="collapsed", width=190)
        spin = st.toggle("Spin", key=f"detail.spin.{tag}")
    try:
        with st.spinner("Folding the chain …"):
            files = _folded(psmiles, units)
    except PolydesignError as error:
        st.warning(plain(error), icon=":material/view_in_ar:")
        return
    base = st.get_option("server.baseUrlPath").strip("/")
    script = f"/{base}/{SCRIPT}" if base else f"/{SCRIPT}"
    block = files["sdf"]
    st.iframe(viewer(block, script, theme=theme(), height=300, style=style, spin=spin), height=300)
    with st.container(horizontal=True, gap="small"):
        for ending, content in files.items():
            st.download_button(
                f"3D {ending.upper()}", content, f"polymer-{tag}-{units}mer.{ending}", _MIME[ending], on_click="ignore",
                icon=":material/download:", key=f"detail.{ending}",
            )  # fmt: skip
    st.caption("One conformer of a hydrogen-capped chain, head to tail; tacticity is not represented.")


@st.cache_data(max_entries=64, show_spinner=False)
def _folded(psmiles: str, units: int) -> dict[str, str]:
    """Return the files of a piece of chain, by their endings; kept, so that another style folds nothing anew."""
    from polydesign.chem.notation.oligomer import conformer, pdb, sdf, xyz

    mol = conformer(psmiles, units)
    return {"sdf": sdf(mol), "pdb": pdb(mol), "xyz": xyz(mol)}


def _predictions(candidate: Candidate, result: DesignResult) -> None:
    keys = sorted(candidate.predictions, key=lambda key: key not in result.request.targets)
    axes = shared_axes(result, keys)
    lines = "".join(line(candidate, key, result, axes[key]) for key in keys)
    st.html(f'<div class="pd-lines pd-wide">{lines}</div>')
    st.caption(
        "Values with the calibrated 80 % interval of the guide; the checker is an independent model that takes no "
        "part in the ranking. Tg and Tm depend on molar mass, tacticity and method of measurement."
    )
