"""How a long call says how far it is, and is asked to stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from polydesign.core.errors import Stopped


@dataclass(frozen=True)
class Progress:
    """How far a long call has come: `done` of `total` in `stage`, with a sentence for the user."""

    stage: str
    done: int
    total: int
    message: str = ""


OnProgress = Callable[[Progress], None]
ShouldStop = Callable[[], bool]


def stop_if_asked(should_stop: ShouldStop | None, what: str) -> None:
    """Raise `Stopped`, which says that `what` ("Sampling", "The map") was stopped, once `should_stop()` is true."""
    if should_stop is not None and should_stop():
        raise Stopped(f"{what} was stopped.")
