"""How far a run has come, which phase it is in, and the learning rate there.

Progress runs from 0 to 1. With a number of steps it is simply their share. With a budget in minutes
each step advances it by a pace that is measured anew now and then; the paces are written to the log,
and a resumed run replays them, so that it sees the same learning rates and the same losses.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from polydesign.core.errors import TrainingError
from polydesign.core.specs import Phase

_WARMUP = 0.03  # share of a phase
_FLOOR = 0.03  # learning rate at the end of a phase, as a share of its peak
_FIRST_PACE = 1e-4  # before anything was measured


def choose(phases: Sequence[Phase], names: Sequence[str] | None) -> list[Phase]:
    """Return the phases called `names` (all when None) with shares that add up to 1."""
    known = [phase.name for phase in phases]
    unknown = sorted(set(names or ()) - set(known))
    if unknown:
        raise TrainingError(f"Unknown phase {', '.join(unknown)}. This family has: {', '.join(known)}.")
    kept = [phase for phase in phases if names is None or phase.name in names]
    total = sum(phase.share for phase in kept)
    return [Phase(p.name, p.share / total, p.lr, p.kind) for p in kept]


def position(phases: Sequence[Phase], progress: float) -> tuple[int, float]:
    """Return the index of the phase at `progress` and how far it has come, in [0, 1]."""
    start = 0.0
    for index, phase in enumerate(phases):
        if progress < start + phase.share or index == len(phases) - 1:
            return index, min(max((progress - start) / phase.share, 0.0), 1.0)
        start += phase.share
    raise TrainingError("A run needs at least one phase.")


def learning_rate(phase: Phase, within: float) -> float:
    """Return the learning rate at the point `within` [0, 1] of a phase: linear warm-up, then a cosine."""
    if within < _WARMUP:
        return phase.lr * max(within / _WARMUP, 0.01)
    cosine = 0.5 * (1 + math.cos(math.pi * (within - _WARMUP) / (1 - _WARMUP)))
    return phase.lr * (_FLOOR + (1 - _FLOOR) * cosine)


@dataclass
class Pace:
    """Advance the progress of a run, by steps or by minutes.

    Attributes:
        steps: total number of steps, or None for a budget in minutes.
        minutes: the budget.
        progress: how far the run has come.
        pace: progress a step.
        every: steps between measurements of the pace.
        recorded: step -> pace, from the log of an interrupted run.
    """

    steps: int | None = None
    minutes: float | None = None
    progress: float = 0.0
    pace: float = _FIRST_PACE
    every: int = 20
    recorded: Mapping[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.steps is None) == (self.minutes is None):
            raise TrainingError("Give either a number of steps or a budget in minutes.")

    def advance(self, step: int, elapsed: float, seconds_a_step: float | None) -> float | None:
        """Count one finished `step`; return the new pace when it was measured now, else None.

        Args:
            step: number of finished steps.
            elapsed: seconds of the run so far.
            seconds_a_step: recent time of a step; None while a phase has too few steps to tell.
        """
        if self.steps is not None:
            self.progress = step / self.steps
            return None
        self.progress = min(1.0, self.progress + self.pace)
        if step in self.recorded:
            self.pace = self.recorded[step]
        elif step % self.every == 0 and seconds_a_step is not None:
            left = max(60.0 * (self.minutes or 0.0) - elapsed, 0.0)
            self.pace = (1.0 - self.progress) / max(left / seconds_a_step, 1.0)
            return self.pace
        return None
