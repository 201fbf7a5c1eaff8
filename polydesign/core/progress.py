"""How a long call says how far it is, and is asked to stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """How far a long call has come: `done` of `total` in `stage`, with a sentence for the user."""

    stage: str
    done: int
    total: int
    message: str = ""


OnProgress = Callable[[Progress], None]
ShouldStop = Callable[[], bool]
