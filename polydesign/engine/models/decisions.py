"""What the generators that decide on whole graphs make of a structure."""

from __future__ import annotations

from polydesign import store
from polydesign.core.protocols import GraphDecider
from polydesign.core.results import Decisions
from polydesign.engine.session import Session
from polydesign.store import Checkpoint

_FAMILY = "graphvae"


def decider() -> Checkpoint | None:
    """Return the checkpoint on this machine that decides on whole graphs, None where there is none."""
    return next((found for found in store.list_checkpoints("generator") if found.family == _FAMILY), None)


def decisions(session: Session, checkpoint: Checkpoint, text: str) -> Decisions:
    """Return what it decides from the code of a structure; raise `ChemistryError` for one that it cannot read."""
    generator = session.generator(checkpoint)
    assert isinstance(generator, GraphDecider)
    return generator.decisions(text)
