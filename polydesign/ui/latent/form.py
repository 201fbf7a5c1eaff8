"""What to do in a latent space: walk, sample around a point, climb a property, or place polymers of one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import streamlit as st

from polydesign.core import registry
from polydesign.core.properties import PROPERTIES
from polydesign.engine.design.shortlist import Entry, of_candidate
from polydesign.engine.goals.feasibility import MAX_SEED
from polydesign.engine.latent import moves as latent_moves
from polydesign.engine.latent import points as latent_points
from polydesign.engine.latent import priors as latent_priors
from polydesign.store import Checkpoint
from polydesign.ui.latent import run as latent_run
from polydesign.ui.latent.picked import A, B
from polydesign.ui.parts import run, star
from polydesign.ui.parts.choice import Choice
from polydesign.ui.parts.text import plain
from polydesign.ui.request import settings

if TYPE_CHECKING:
    from polydesign.engine.latent.map import LatentMap

DO, CLIMBED, PRIOR = Choice("do"), Choice("climb"), Choice("prior")
_WORDS = {
    "walk": "Walk", "around": "Around", "plane": "Plane", "climb": "Climb", "prior": "Prior", "own": "Mine",
}  # fmt: skip
_DECODING = ("temperature", "top_p", "constrained", "beam")
_FIRST = {A: "Polystyrene", B: "Polyamide 66"}


def form(checkpoint: Checkpoint, made: LatentMap) -> None:
    """Draw the choice and its fields; what a button starts shows in the page."""
    DO.restore(_WORDS)
    do = st.segmented_control(
        "What to do", list(_WORDS), key=DO.key, format_func=_WORDS.__getitem__, on_change=DO.remember, required=True,
        persist_state="session", label_visibility="collapsed",
    )  # fmt: skip
    drawn = {"walk": _walk, "around": _around, "plane": _plane, "climb": _climb, "prior": _prior, "own": _own}
    drawn[do or "walk"](checkpoint, made)
    latent_run.RUN.watch()


def _walk(checkpoint: Checkpoint, made: LatentMap) -> None:
    st.caption("Straight from the code of A to the code of B; every step is decoded, drawn and predicted.")
    start, end = _polymer(A), _polymer(B)
    steps = st.number_input("Steps", 2, latent_moves.MOST, 10, key="steps", bind="query-params")
    options = _options(checkpoint)
    _go("Walk", checkpoint, made, latent_moves.walk, start, end, int(steps), **options)


def _around(checkpoint: Checkpoint, made: LatentMap) -> None:
    st.caption("Points near the code of A. The radius is in standard deviations of the prior, in every dimension.")
    start = _polymer(A)
    with st.container(horizontal=True, gap="small"):
        radius = st.number_input("Radius", 0.0, latent_moves.FARTHEST, 0.5, 0.05, key="radius", bind="query-params")
        n = st.number_input("Points", 1, latent_moves.MOST_AROUND, 20, key="points", bind="query-params")
    options = _options(checkpoint)
    _go("Sample", checkpoint, made, latent_moves.around, start, float(radius), int(n), **options)


def _climb(checkpoint: Checkpoint, made: LatentMap) -> None:
    start, ridge = _polymer(A), made.ridge
    CLIMBED.restore(ridge.keys)
    key = st.selectbox(
        "Property", ridge.keys, key=CLIMBED.key, on_change=CLIMBED.remember, persist_state="session",
        format_func=lambda key: f"{PROPERTIES[key].label} (R² {ridge.quality(key):.2f})",
    )  # fmt: skip
    st.caption(plain(
        f"Up the gradient of a ridge regression from codes to the guide's predictions for our library. Fitted to "
        f"{ridge.n:,} polymers, it predicts the other {ridge.n_held_out:,} with R² {ridge.quality(key):.2f} for "
        f"{PROPERTIES[key].label}. A step's length is in standard deviations of the library's codes."
    ))  # fmt: skip
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        steps = st.number_input("Steps", 2, latent_moves.MOST, 10, key="climb_steps", bind="query-params")
        stride = st.number_input("Length", 0.0, latent_moves.FARTHEST, 0.6, 0.1, key="stride", bind="query-params")
        way = st.segmented_control("Way", ["up", "down"], key="way", default="up", required=True, bind="query-params")
    options = _options(checkpoint)
    _go(f"Climb {way}", checkpoint, made, latent_moves.uphill, start, key, int(steps), float(stride),
        down=way == "down", **options)  # fmt: skip


def _plane(checkpoint: Checkpoint, made: LatentMap) -> None:
    st.caption("A grid of codes that differ from that of A in z1 and z2 alone; the map of first coordinates shows it.")
    start = _polymer(A)
    with st.container(horizontal=True, gap="small"):
        n = st.number_input("Points a side", 2, 22, 5, key="side", bind="query-params")
        reach = st.number_input("Reach", 0.0, latent_moves.FARTHEST, 1.5, 0.1, key="reach", bind="query-params")
    options = _options(checkpoint)
    _go("Decode", checkpoint, made, latent_moves.plane, start, int(n), float(reach), **options)


def _prior(checkpoint: Checkpoint, made: LatentMap) -> None:
    st.caption("Codes as a prior draws them without targets, decoded. Priors of one autoencoder share its space.")
    priors = {found.id: found for found in latent_priors.priors_of(checkpoint)}
    PRIOR.restore(priors)
    id = st.selectbox(
        "Prior", list(priors), key=PRIOR.key, on_change=PRIOR.remember, persist_state="session",
        format_func=lambda id: _prior_name(priors[id]),
    )  # fmt: skip
    n = st.number_input("Draws", 1, latent_moves.MOST_AROUND, 20, key="draws", bind="query-params")
    options = _options(checkpoint)
    _go("Draw", checkpoint, made, latent_moves.draws, priors[id], int(n), **options)


def _prior_name(checkpoint: Checkpoint) -> str:
    own = latent_priors.autoencoder_of(checkpoint).sha256 == checkpoint.sha256
    return f"{checkpoint.label}: its own normal distribution" if own else f"{checkpoint.label}: learnt"


def _own(checkpoint: Checkpoint, made: LatentMap) -> None:
    candidates, starred = _candidates(), list(star.entries().values())
    text = st.text_area(
        "Polymers", key="latent.typed", placeholder="PEEK\n*CC(*)c1ccccc1", height=110, persist_state="session",
        help="Repeat units or names, one a line.",
    )  # fmt: skip
    with st.container(horizontal=True, gap="medium"):
        with_runs = st.checkbox(f"Candidates of this session ({len(candidates):,})", True, key="latent.runs",
                                disabled=not candidates)  # fmt: skip
        with_stars = st.checkbox(f"Shortlist ({len(starred):,})", True, key="latent.stars", disabled=not starred)
    if not candidates and not starred:
        st.caption("Candidates come from the Design page, the shortlist from stars anywhere.")
    polymers = (text or "", candidates if with_runs else [], starred if with_stars else [])
    if st.button(
        "Place on the map", icon=":material/add_location:", key="latent.place", type="primary",
        disabled=latent_run.RUN.running(),
    ):  # fmt: skip
        _start("placed", checkpoint, made, latent_points.place, *polymers)
    if placed := latent_run.kept("placed", checkpoint):
        st.caption(f"{len(placed):,} of your own are on the map.")
        for note in placed.notes:
            st.warning(plain(note), icon=":material/info:")


def _candidates() -> list[Entry]:
    """Return the candidates of this session's runs, each chain once, the latest first."""
    entries: dict[str, Entry] = {}
    for _, asked, result in run.RUN.past():
        for rank, candidate in enumerate(result.candidates, start=1):
            if candidate.chain_key not in entries:
                entries[candidate.chain_key] = of_candidate(candidate, f"{asked.checkpoint}, rank {rank}")
    return list(entries.values())[: latent_points.MOST]


def _polymer(field: str) -> str:
    st.session_state.setdefault(field, _FIRST[field])
    return st.text_input(
        f"Polymer {field.upper()}", key=field, bind="query-params", persist_state="session", max_chars=2000,
        placeholder="*CC(*)c1ccccc1, or PEEK", help="A repeat unit with two *, or a name; or pick one on the map.",
    )  # fmt: skip


def _options(checkpoint: Checkpoint) -> dict[str, Any]:
    """Draw how codes are decoded; return options and seed."""
    spec = registry.specs("generators")[checkpoint.family]
    first = latent_moves.decoding_options(checkpoint)
    shown = [option for option in spec.options if option.name in _DECODING]
    with st.expander("Decoding", icon=":material/tune:"):
        for option in shown:
            st.session_state.setdefault(_field(spec.family, option.name), first[option.name])
            settings.widget(option, _field(spec.family, option.name))
        seed = st.number_input("Seed", 0, MAX_SEED, 0, key="latent.seed", persist_state="session")
    return {
        "options": {option.name: st.session_state[_field(spec.family, option.name)] for option in shown},
        "seed": int(seed),
    }


def _field(family: str, name: str) -> str:
    return f"latent.option.{family}.{name}"


def _go(
    label: str, checkpoint: Checkpoint, made: LatentMap, work: Callable[..., Any], *given: Any, **more: Any
) -> None:
    # Not in a callback: what was typed just before the button was pressed is known to this run, not to the last one.
    if st.button(
        label, icon=":material/route:", key="latent.go", type="primary", disabled=latent_run.RUN.running()
    ):  # fmt: skip
        _start("moves", checkpoint, made, work, *given, **more)


def _start(
    kind: latent_run.Kind, checkpoint: Checkpoint, made: LatentMap, work: Callable[..., Any], *given: Any, **more: Any
) -> None:
    latent_run.start(kind, checkpoint, work, latent_run.space(checkpoint, made), *given, **more)
    st.rerun()  # with the button off and the progress on
