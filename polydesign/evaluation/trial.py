"""One request through every installed generator, one after the other, so that a chemist can choose between them.

All get the same targets, number, seed and filters. An option of the request goes to the generators that have one of
that name; the others run as on the Design page. Models are loaded one at a time by the session, which lets go of those
used least recently.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from polydesign.core import registry
from polydesign.core.errors import CheckpointError, OptionError, PolydesignError, Stopped
from polydesign.core.goal import goals
from polydesign.core.progress import OnProgress, Progress, ShouldStop
from polydesign.core.request import DesignRequest
from polydesign.core.results import Candidate, DesignResult
from polydesign.core.targets import Targets
from polydesign.engine.design.pool import COMPUTED
from polydesign.engine.design.run import design
from polydesign.engine.models.installed import name_of
from polydesign.engine.session import Session
from polydesign.evaluation.result import Column, Row, Table
from polydesign.evaluation.statistics import Figure, rate
from polydesign.store import Checkpoint, polymer_generators

State = Literal["done", "stopped", "failed", "not run"]
DIVERSE = 1000  # candidates, best first, among which diversity is computed: it takes their square
BEST = 3  # repeat units that are kept for a look
_PARTS = 1000  # steps of progress a generator

COLUMNS = (
    Column("kept", "candidates", "count"),
    Column("hits", "hits by the checker", "percent", 0),
    Column("guide_hits", "by the guide", "percent", 0),
    Column("valid", "valid", "percent", 1),
    Column("novel", "novel", "percent", 1),
    Column("intdiv1", "IntDiv1"),
    Column("seconds", "seconds", digits=1),
    Column("seconds_hits", "s for 100 hits", digits=1),
)
NOTES = (
    "A hit is a candidate whose value meets every target, by the checker where it has the property (the guide ranks, "
    "the checker had no say); hits are shares of the candidates. Valid is of all generations, novel of the distinct "
    "chains among them.",
    f"IntDiv1 is 1 - mean similarity within the candidates (the best {DIVERSE:,} where there are more). Seconds are "
    "those of the whole run without loading the models.",
)


@dataclass(frozen=True)
class Trial:
    """What one generator made of the request.

    Attributes:
        name: `name_of` its checkpoint.
        label: what people call it.
        request: as it was put to it; opens the same run in Design.
        state: "done"; "stopped" before its end (some figures); "failed" (`problem` says why); "not run".
        problem: a sentence, "" for none.
        figures: by the keys of `COLUMNS`; empty when nothing came out.
        warnings: of the run.
        best: the first few repeat units.
    """

    name: str
    label: str
    request: DesignRequest
    state: State
    problem: str = ""
    figures: dict[str, Figure] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    best: Sequence[str] = ()

    @property
    def row(self) -> Row:
        """Its line in the table."""
        return Row(self.figures, self.label, self.name, origin="installed")

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        return {
            **{key: getattr(self, key) for key in ("name", "label", "state", "problem")},
            "request": self.request.to_dict(),
            "figures": {key: figure.to_dict() for key, figure in self.figures.items()},
            "warnings": list(self.warnings),
            "best": list(self.best),
        }


def try_all(
    request: DesignRequest,
    *,
    session: Session,
    checkpoints: Sequence[Checkpoint] | None = None,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> list[Trial]:
    """Run `request` through each generator.

    Args:
        request: its checkpoint is of no account.
        session: loaded models.
        checkpoints: the generators; all installed ones when None.
        on_progress: called with the stage "compare".
        should_stop: asked often; what is done by then comes back, the others as "stopped" and "not run".

    Raises:
        CheckpointError: there is no generator.
        OptionError: an option that no generator has.
        Stopped: stopped before the first generator had brought anything.
    """
    checkpoints = polymer_generators() if checkpoints is None else checkpoints
    if not checkpoints:
        raise CheckpointError("There is no generator on this machine. Train one: python -m polydesign.train --help")
    _check_options(request, checkpoints)
    trials: list[Trial] = []
    for number, checkpoint in enumerate(checkpoints):
        if should_stop is not None and should_stop():
            trials.append(_not_run(request, checkpoint))
            continue
        progress = None if on_progress is None else _Share(on_progress, number, len(checkpoints), checkpoint.label)
        trials.append(_try(request, checkpoint, session, progress, should_stop))
    if not any(trial.figures or trial.state == "failed" for trial in trials):
        raise Stopped("Stopped before there was any candidate.")
    return trials


def table(trials: Sequence[Trial]) -> Table:
    """Return the figures as a table with a row for each generator."""
    rows = [trial.row for trial in trials]
    return Table("trial", "generator", COLUMNS, rows)


def adapted(request: DesignRequest, checkpoint: Checkpoint) -> DesignRequest:
    """Return `request` as it is put to one generator, with the options that its family has."""
    names = {option.name for option in registry.spec(checkpoint.family).options}
    options = {name: value for name, value in request.options.items() if name in names}
    return replace(request, checkpoint=checkpoint.id, revision=checkpoint.revision, options=options)


def _check_options(request: DesignRequest, checkpoints: Sequence[Checkpoint]) -> None:
    specs = [registry.spec(checkpoint.family) for checkpoint in checkpoints]
    names = {option.name for spec in specs for option in spec.options}
    if unknown := sorted(set(request.options) - names):
        raise OptionError(f"No generator has the option {unknown[0]}. There are: {', '.join(sorted(names)) or 'none'}.")


def _try(
    request: DesignRequest,
    checkpoint: Checkpoint,
    session: Session,
    on_progress: OnProgress | None,
    should_stop: ShouldStop | None,
) -> Trial:
    asked = adapted(request, checkpoint)
    empty = Trial(name_of(checkpoint), checkpoint.label, asked, "failed")
    try:
        result = design(
            asked, session=session, checkpoint=checkpoint, on_progress=on_progress, should_stop=should_stop
        )  # fmt: skip
    except Stopped:
        return replace(empty, state="stopped")
    except PolydesignError as error:
        return replace(empty, problem=str(error))
    return replace(
        empty,
        state="stopped" if should_stop is not None and should_stop() else "done",
        figures=_figures(result),
        warnings=result.warnings,
        best=[candidate.psmiles for candidate in result.candidates[:BEST]],
    )


def _not_run(request: DesignRequest, checkpoint: Checkpoint) -> Trial:
    return Trial(name_of(checkpoint), checkpoint.label, adapted(request, checkpoint), "not run")


def _figures(result: DesignResult) -> dict[str, Figure]:
    from polydesign.evaluation.distribution import fingerprint_bits, internal_diversity

    counts, candidates = result.counts, result.candidates
    seconds = result.timings["total"] - result.timings.get("load", 0.0)
    hits = hit_rate(candidates, result.request.targets, by_checker=True)
    n_hits = 0 if math.isnan(hits.value) else round(hits.value * hits.n)
    bits = fingerprint_bits([candidate.psmiles for candidate in candidates[:DIVERSE]])
    return {
        "kept": Figure(len(candidates), len(candidates)),
        "hits": hits,
        "guide_hits": hit_rate(candidates, result.request.targets, by_checker=False),
        "valid": rate(counts["valid"], counts["generated"]),
        "novel": rate(counts["novel"], counts["unique"]) if "novel" in counts else Figure(math.nan, counts["unique"]),
        "intdiv1": internal_diversity(bits),
        "seconds": Figure(seconds, 1),
        "seconds_hits": Figure(100 * seconds / n_hits if n_hits else math.nan, n_hits),
    }


def hit_rate(candidates: Sequence[Candidate], targets: Targets, *, by_checker: bool) -> Figure:
    """Return the share of candidates that meet every target; NaN without targets, or where a value is not known.

    What is computed from the string has one value only, which is taken in either case.
    """
    met = [_meets(candidate, targets, by_checker) for candidate in candidates]
    if not targets or not met or None in met:
        return Figure(math.nan, len(met))
    return rate(sum(map(bool, met)), len(met))


def _meets(candidate: Candidate, targets: Targets, by_checker: bool) -> bool | None:
    met = []
    for goal in goals(targets):
        if by_checker and goal.key not in COMPUTED:
            value = candidate.checker.get(goal.key, {}).get("mean")
        else:
            prediction = candidate.predictions.get(goal.key)
            value = None if prediction is None else prediction.mean
        if value is None:
            return None
        met.append(bool(goal.met(goal.spec.to_scale(value))))
    return all(met)


class _Share:
    """Reports the progress of one generator as its share of the whole; never backwards."""

    def __init__(self, on_progress: OnProgress, number: int, total: int, label: str) -> None:
        self._report, self._number, self._total = on_progress, number, total
        self._head, self._done = f"{number + 1} of {total}, {label}", 0

    def __call__(self, progress: Progress) -> None:
        if progress.stage == "screen":  # the only stage that knows how much is left
            self._done = max(self._done, _PARTS * progress.done // max(progress.total, 1))
        done = self._number * _PARTS + self._done
        self._report(Progress("compare", done, self._total * _PARTS, f"{self._head}: {progress.message}"))
