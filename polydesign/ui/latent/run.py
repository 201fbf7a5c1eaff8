"""The runs of the Latent space page: one at a time, the latest answer of each kind kept for each generator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, cast

import streamlit as st

from polydesign.core.errors import CheckpointError
from polydesign.core.progress import OnProgress, Progress, ShouldStop
from polydesign.core.protocols import LatentGenerator
from polydesign.engine.latent.map import LatentMap, build
from polydesign.engine.latent.map_file import shipped
from polydesign.engine.latent.moves import Space
from polydesign.store import Checkpoint
from polydesign.ui.parts.job import Run, session
from polydesign.ui.parts.text import plain

Kind = Literal["map", "moves", "placed", "tsne"]
_KEPT, _TRIED = "latent.kept", "latent.tried"


@dataclass(frozen=True)
class Asked:
    """What a run is to bring, and of which generator."""

    kind: Kind
    sha256: str


RUN: Run[Asked, Any] = Run("latent", "Stopped before there was anything to show.")


def start(kind: Kind, checkpoint: Checkpoint, work: Callable[..., Any], *given: Any, **more: Any) -> None:
    """Queue ``work(*given, on_progress=, should_stop=, **more)``; what it brings replaces the latest of its kind."""

    def job(on_progress: OnProgress, should_stop: ShouldStop) -> Any:
        return work(*given, on_progress=on_progress, should_stop=should_stop, **more)

    RUN.start(Asked(kind, checkpoint.sha256), job)


def collect() -> None:
    """Take over what a finished run brought; to be called once a run of the page, where a message may stand."""
    before = RUN.number()
    answer = RUN.collect()
    if RUN.number() != before and (asked := RUN.answered()) is not None:
        st.session_state.setdefault(_KEPT, {})[asked] = answer


def kept(kind: Kind, checkpoint: Checkpoint) -> Any:
    """Return the latest answer of a kind for this generator, None when there is none."""
    return st.session_state.get(_KEPT, {}).get(Asked(kind, checkpoint.sha256))


def map_of(checkpoint: Checkpoint) -> LatentMap | None:
    """Return the map of a generator: the one that ships with it, or one made here; start that when nobody has."""
    try:
        if (made := shipped(checkpoint)) is not None:
            return made
    except CheckpointError as error:
        st.warning(plain(error), icon=":material/broken_image:")
    if (made := kept("map", checkpoint)) is not None:
        return made
    tried = st.session_state.setdefault(_TRIED, set())
    if checkpoint.sha256 not in tried and not RUN.running():
        tried.add(checkpoint.sha256)
        _make(checkpoint)
    st.info(
        plain(f"No map of {checkpoint.label} lies beside its checkpoint, or it is of other weights or another library: "
              "it is made anew, once for all visitors."),
        icon=":material/map:",
    )  # fmt: skip
    RUN.watch()
    if not RUN.running():
        offer(checkpoint)
    return None


def offer(checkpoint: Checkpoint) -> None:
    """Draw the button that makes a map anew."""
    st.button("Make the map", icon=":material/map:", key="latent.make", on_click=_make, args=(checkpoint,),
              disabled=RUN.running())  # fmt: skip


def _make(checkpoint: Checkpoint) -> None:
    models = session()

    def work(on_progress: OnProgress, should_stop: ShouldStop) -> LatentMap:
        on_progress(Progress("load", 0, 1, f"Loading {checkpoint.label}"))
        generator = cast(LatentGenerator, models.generator(checkpoint))
        return models.remembered(
            ("latent map", checkpoint.sha256),
            lambda: build(generator, checkpoint, on_progress=on_progress, should_stop=should_stop),
        )

    start("map", checkpoint, work)


def space(checkpoint: Checkpoint, made: LatentMap) -> Space:
    """Return the latent space with the loaded models that all visitors share."""
    return Space(checkpoint, made, session())
