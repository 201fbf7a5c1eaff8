"""From targets to ranked candidates: the flow that every page and command runs.

    targets -> generator -> raw strings -> screen -> predict -> rank -> checker

Rules of a run, so that a seed determines it:

- Candidates are gathered in rounds until there are 1.5 times as many as asked for (5 times when the
  targets are met by selection alone or by ascent in the latent space, as many as asked for without
  targets); the best are kept.
- A round is as large as the acceptance so far suggests, and has its own seed made from the run's.
- At most 20 generations for each candidate asked for, and 200 more, are made; when they are spent,
  what there is comes back with a warning.
- Stop returns the candidates gathered so far, ranked but unchecked, with a warning; `Stopped` is
  raised when there are none yet.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace

import numpy as np

from polydesign.core import registry
from polydesign.core.errors import CheckpointError, Stopped
from polydesign.core.progress import OnProgress, Progress, ShouldStop, stop_if_asked
from polydesign.core.protocols import Generator, PropertyPredictor
from polydesign.core.request import DesignRequest
from polydesign.core.results import Candidate, DesignResult
from polydesign.core.specs import GeneratorSpec
from polydesign.engine.design import manifest
from polydesign.engine.design.pool import COMPUTED, Pool
from polydesign.engine.design.screen import Screen
from polydesign.engine.design.steering import choice as steer
from polydesign.engine.design.steering.kind import Means
from polydesign.engine.goals import advice, feasibility
from polydesign.engine.session import PredictorRole, Session
from polydesign.store import Checkpoint

_EACH, _MORE = 20, 200  # generations allowed: so many for each candidate asked for, and so many more
_EXPECTED = 0.8  # share of accepted generations before any was seen
_MARGIN = 1.1
_ROUND = (32, 2048)  # smallest and largest round
_BLOCK = 128  # strings screened and predicted between two looks at Stop


def design(
    request: DesignRequest,
    *,
    session: Session | None = None,
    checkpoint: Checkpoint | None = None,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> DesignResult:
    """Answer a request.

    Args:
        request: targets, number, seed, options, filters.
        session: loaded models; a new one when None.
        checkpoint: the generator's, when it is already open (a folder, for example); found by
            `request.checkpoint` when None.
        on_progress: called with the stages "load", "head", "generate", "screen" and "check".
        should_stop: asked often; see the rules above.

    Raises:
        TargetError, OptionError, ChemistryError: the request cannot be fulfilled; the message says what to change.
        CheckpointError: a model is missing or broken.
        Stopped: stopped before there was any candidate.
    """
    run = _Run(request, session or Session(), checkpoint, on_progress, should_stop)
    began = time.perf_counter()
    with run.timed("load"):
        run.load()
    try:
        run.gather()
        stopped = False
    except Stopped:
        if not len(run.pool):
            raise
        stopped = True
    with run.timed("rank"):
        candidates = run.pool.best(request.n)
    if stopped:
        run.warnings.append(f"Stopped early, with {len(candidates)} of {request.n} candidates and without the checker.")
    else:
        if len(candidates) < request.n:
            run.warnings.append(run.shortage(len(candidates)))
        with run.timed("check"):
            run.check(candidates)
    run.timings["total"] = time.perf_counter() - began
    return DesignResult(
        candidates=candidates,
        counts={**run.screen.counts, "kept": len(candidates)},
        rejected=dict(run.screen.rejected.most_common()),
        timings={stage: round(seconds, 4) for stage, seconds in run.timings.items()},
        manifest=manifest.record(run.request, run.steered.plan.name, run.models, run.steered.head),
        warnings=run.warnings,
    )


def rankable(session: Session) -> set[str]:
    """Return the keys that candidates can be ranked by: the guide's and those computed from the string."""
    try:
        return {*COMPUTED, *session.role("guide").properties}
    except CheckpointError:
        return set(COMPUTED)


@dataclass
class _Run:
    """The state of one run."""

    request: DesignRequest
    session: Session
    given: Checkpoint | None
    on_progress: OnProgress | None
    should_stop: ShouldStop | None
    warnings: list[str] = field(default_factory=list)
    timings: dict[str, float] = field(default_factory=dict)
    models: dict[str, Checkpoint | None] = field(default_factory=dict)

    def load(self) -> None:
        """Check the request and load the models; nothing slow happens before the request was found sound."""
        from polydesign.chem.filters import compile_filters

        request, session = self.request, self.session
        checkpoint = session.checkpoint(self.given or request.checkpoint, request.revision)
        spec: GeneratorSpec = registry.specs("generators")[checkpoint.family]
        self.request = request = replace(request, options=spec.check_options(request.options, design=True))
        if self._needs_guide:
            session.role("guide")  # raises when it is missing, before its properties are asked for
        feasibility.check(request, checkpoint, rankable(session))
        filters = compile_filters(request.filters)
        self.spec, plan = spec, steer.choose(request, spec, checkpoint)

        self._say("load", 0, 1, f"Loading {checkpoint.label}")
        self.models["checkpoint"] = checkpoint
        self.generator: Generator = session.generator(checkpoint)
        known = session.known_chains(checkpoint)
        if known is None:
            self.warnings.append(f"{checkpoint.label} has no list of its training chains: novelty is not known.")
        self.screen = Screen(filters, known, novel_only=request.filters.novel_only)
        self.pool = Pool(request.targets, self._predictor("guide"))
        self._say("load", 1, 1, f"{checkpoint.label} is ready")
        guide = self.models["guide"]
        means = Means(
            self.generator, spec, checkpoint, self.pool.guide, guide.sha256 if guide else "", session,
            self.on_progress, self.should_stop,
        )  # fmt: skip
        kind = steer.kinds()[plan.name]
        with self.timed(kind.slow) if kind.slow else nullcontext():
            self.steered = kind.prepare(plan, means)
        self.warnings += [*self.steered.plan.warnings, *advice.warnings(checkpoint, request.targets)]

    def gather(self) -> None:
        """Generate, screen and predict in rounds until there is enough to choose from; raises `Stopped`."""
        wanted = math.ceil(steer.gathered(self.steered.plan, self.spec) * self.request.n)
        budget = _EACH * self.request.n + _MORE
        for number in range(budget):
            generated = self.screen.counts["generated"]
            size = round_size(wanted - len(self.pool), len(self.pool), generated, budget - generated)
            if size == 0:
                return
            with self.timed("generate"):
                raw = self.steered.sample(
                    size, seed=round_seed(self.request.seed, number), options=self.request.options,
                    on_progress=self._forward, should_stop=self.should_stop,
                )  # fmt: skip
            for start in range(0, size, _BLOCK):
                stop_if_asked(self.should_stop, "The run")
                with self.timed("screen"):
                    accepted = self.screen.accept(raw[start : start + _BLOCK])
                with self.timed("predict"):
                    unknown = self.pool.add(accepted, self.should_stop)
                if unknown:
                    self.screen.rejected["no prediction for a target"] += unknown
                self._say("screen", min(len(self.pool), wanted), wanted, f"{len(self.pool)} candidates so far")

    def check(self, candidates: list[Candidate]) -> None:
        """Ask the checker about the candidates that are returned; it has no say in their rank."""
        checker = self._predictor("checker")
        if checker is None or not candidates:
            return
        self._say("check", 0, len(candidates), "Asking the checker")
        try:
            columns = checker.predict([c.psmiles for c in candidates], should_stop=self.should_stop)
        except Stopped:
            self.warnings.append("Stopped before the checker had answered.")
            return
        for i, candidate in enumerate(candidates):
            candidate.checker = {key: {"mean": float(column.mean[i])} for key, column in columns.items()}
        self._say("check", len(candidates), len(candidates), "Done")

    def shortage(self, n: int) -> str:
        """Say why there are fewer candidates than asked for."""
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in self.screen.rejected.most_common(3))
        return (
            f"Only {n:,} of {self.request.n:,} candidates after {self.screen.counts['generated']:,} generations. "
            f"Most were rejected as: {reasons}. Loosen the filters, raise the temperature or ask for fewer."
        )

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the seconds spent inside to a stage."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.timings[stage] = self.timings.get(stage, 0.0) + time.perf_counter() - began

    def _predictor(self, role: PredictorRole) -> PropertyPredictor | None:
        """Return the guide or the checker; a run whose targets do not need it goes on without, and says so."""
        load: Callable[[], PropertyPredictor] = self.session.guide if role == "guide" else self.session.checker
        try:
            self.models[role] = self.session.role(role)
            return load()
        except CheckpointError as error:
            if role == "guide" and self._needs_guide:
                raise
            self.models[role] = None
            self.warnings.append(f"No values of the {role}: {error}")
            return None

    @property
    def _needs_guide(self) -> bool:
        return not set(self.request.targets) <= set(COMPUTED)

    def _say(self, stage: str, done: int, total: int, message: str) -> None:
        if self.on_progress is not None:
            self.on_progress(Progress(stage, done, total, message))

    def _forward(self, progress: Progress) -> None:
        self._say("generate", progress.done, progress.total, f"{progress.done:,} of {progress.total:,} strings")


def round_size(missing: int, accepted: int, generated: int, left: int) -> int:
    """Return how many strings to generate next; 0 when nothing is missing or nothing is left of the budget."""
    if missing <= 0 or left <= 0:
        return 0
    rate = max(accepted / generated, 0.02) if generated else _EXPECTED
    smallest, largest = _ROUND
    return min(max(math.ceil(_MARGIN * missing / rate), smallest), largest, left)


def round_seed(seed: int, number: int) -> int:
    """Return the seed of a round; runs with neighbouring seeds share none."""
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
