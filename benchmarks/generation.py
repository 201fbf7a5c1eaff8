"""Seconds for 100 valid new polymers: every installed generator in one run, without targets, by turns."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.timing import repeated
from polydesign.core.request import Filters
from polydesign.engine.design.run import round_seed, round_size
from polydesign.engine.session import Session
from polydesign.evaluation.comparison import PACE, SECONDS, SIZE, size_mb
from polydesign.evaluation.machine import hardware, now, versions
from polydesign.evaluation.result import Column, Manifest, Result, Row, Table
from polydesign.evaluation.statistics import Figure, rate
from polydesign.store import Checkpoint

N = 100
BUDGET = 50 * N  # generations after which a generator is given up
COLUMNS = (
    SECONDS,
    Column("generated", "generations", "count"),
    Column("valid", "valid", "percent", 1),
    Column("usable", "valid, distinct and new", "percent", 1),
    SIZE,
)
NOTES = (
    f"Seconds until there are {N} valid polymers of different chains, none of them a training chain: sampling at the "
    "family's own settings, validity, chain key and novelty, with the model loaded; nothing is predicted.",
    "Medians, with the smallest and the largest as the range; generators by turns, in rounds as the design flow makes "
    f"them. A dash: not {N} among {BUDGET:,} generations, or the training chains are not known.",
)


@dataclass(frozen=True)
class Turn:
    """One measurement: seconds (NaN when given up) and how many strings were generated, valid and usable."""

    seconds: float
    generated: int
    valid: int
    usable: int


def measure(checkpoints: Sequence[Checkpoint], *, repeats: int, seed: int, session: Session | None = None) -> Result:
    """Measure generators by turns and return one table.

    Args:
        checkpoints: the generators.
        repeats: turns that count, after one that does not.
        seed: of the first turn that counts.
        session: loads them; keeps all of them loaded when None.
    """
    session = session or Session(max_generators=len(checkpoints), max_bytes=10**12)
    turns: dict[str, list[Turn]] = {checkpoint.id: [] for checkpoint in checkpoints}
    for number in range(repeats + 1):
        for checkpoint in checkpoints:
            turn = gather(session, checkpoint, seed + number)
            if number:
                turns[checkpoint.id].append(turn)
    rows = [
        Row(_figures(found, turns[found.id]), found.label, found.id, found.sha256, "installed") for found in checkpoints
    ]
    manifest = Manifest(
        seed=seed, hardware=hardware(), date=now(), versions=versions(), settings={"repeats": repeats}
    )  # fmt: skip
    return Result(PACE, [Table(PACE, f"{N} valid new polymers", COLUMNS, rows)], NOTES, manifest)


def gather(session: Session, checkpoint: Checkpoint, seed: int) -> Turn:
    """Sample until there are `N` valid new polymers of different chains, or the budget is spent."""
    from polydesign.chem.filters import compile_filters
    from polydesign.engine.design.screen import Screen

    generator, known = session.generator(checkpoint), session.known_chains(checkpoint)
    screen = Screen(compile_filters(Filters()), known, novel_only=known is not None)
    found = number = 0
    began = time.perf_counter()
    while found < N and screen.counts["generated"] < BUDGET:
        done = screen.counts["generated"]
        size = round_size(N - found, found, done, BUDGET - done)
        found += len(screen.accept(generator.sample({}, size, seed=round_seed(seed, number))))
        number += 1
    seconds = time.perf_counter() - began if found >= N and known is not None else math.nan
    return Turn(seconds, screen.counts["generated"], screen.counts["valid"], found)


def _figures(checkpoint: Checkpoint, turns: Sequence[Turn]) -> dict[str, Figure]:
    generated = sum(turn.generated for turn in turns)
    return {
        SECONDS.key: repeated([turn.seconds for turn in turns]),
        "generated": repeated([turn.generated for turn in turns]),
        "valid": rate(sum(turn.valid for turn in turns), generated),
        "usable": rate(sum(turn.usable for turn in turns), generated),
        SIZE.key: Figure(size_mb(checkpoint), 1),
    }
