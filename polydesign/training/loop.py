"""The only training loop: objectives give losses, this gives everything else.

A moving average of the weights, a schedule over phases, a wall-clock budget, a progress bar, a log in JSON lines,
exact resume, and several processes that train one network.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import IO, Any

import torch
from torch import Tensor, nn
from tqdm import tqdm

from polydesign.core.errors import TrainingError
from polydesign.core.specs import Phase
from polydesign.data.encodings.stream import Batch, Batches
from polydesign.training.objectives.objective import Objective
from polydesign.training.optimizers import Optimizer
from polydesign.training.pace import Pace, learning_rate, position
from polydesign.training.processes import Processes
from polydesign.training.state import cut_log, load_state, read_counters, read_log, run_folder, save_state
from polydesign.training.step import Step

_TIMED_STEPS = 8


@dataclass(frozen=True)
class RunSettings:
    """How a run is carried out, apart from the family's own settings.

    Attributes:
        out: checkpoint folder to be written; the run's state lies beside it. None keeps no state and no log.
        seed: seed of everything random.
        steps, minutes: length of the run; exactly one of them.
        device: "cpu" or "cuda".
        resume: go on from the state beside `out`.
        clip: largest norm of the gradient.
        average: decay of the moving average of the weights; 0 for none.
        weight_decay: of matrices only.
        log_every, save_every: steps between log lines, and seconds between saved states.
    """

    out: Path | None
    seed: int = 0
    steps: int | None = None
    minutes: float | None = None
    device: str = "cpu"
    resume: bool = False
    clip: float = 1.0
    average: float = 0.998
    weight_decay: float = 0.05
    log_every: int = 10
    save_every: float = 120.0


@dataclass(frozen=True)
class RunReport:
    """What a finished run has to say: averaged weights with the buffers, steps, minutes, last figures."""

    weights: dict[str, Tensor]
    steps: int
    minutes: float
    held_out: dict[str, float]


@dataclass
class _Counted:
    """Batches of a phase, and how many were taken: an objective may take several a step."""

    batches: Iterator[Batch]
    n: int

    def __iter__(self) -> Iterator[Batch]:
        return self

    def __next__(self) -> Batch:
        self.n += 1
        return next(self.batches)


@dataclass
class Loop:
    """Train through phases.

    Attributes:
        objectives: name of a phase -> its objective; all follow one network.
        batches: what is learnt from, and watched.
        phases: in order.
        settings: see `RunSettings`.
        processes: those that train together.
    """

    objectives: Mapping[str, Objective]
    batches: Batches
    phases: Sequence[Phase]
    settings: RunSettings
    processes: Processes = field(default_factory=Processes)

    def __post_init__(self) -> None:
        first = self.objectives[self.phases[0].name]
        if any(self.objectives[phase.name].followed is not first.followed for phase in self.phases):
            raise TrainingError("The objectives of one run follow different networks. Train them in runs of their own.")
        self.network: nn.Module = first.followed
        self.folder = None if self.settings.out is None else run_folder(self.settings.out)
        self.average: dict[str, Tensor] = {}
        self.optimizers: dict[str, Optimizer] = {}
        self.step, self.phase_index, self.batch_number, self.elapsed = 0, -1, 0, 0.0
        self.pace = Pace(self.settings.steps, self.settings.minutes)
        if self.settings.resume:
            self._resume()
        else:
            if self.folder is not None and (self.folder / "state.json").exists():
                raise TrainingError(f"{self.folder} holds an unfinished run. Go on with --resume, or delete it.")
            self._enter(0)
            self.average = {name: p.detach().clone() for name, p in self.network.named_parameters()}

    @property
    def objective(self) -> Objective:
        """That of the present phase."""
        return self.objectives[self.phases[self.phase_index].name]

    def run(self) -> RunReport:
        """Train until the budget is spent; return averaged weights and figures."""
        # The optimizer's moments of idle weights decay into denormal numbers, which make steps 8 times slower.
        torch.set_flush_denormal(True)
        try:
            return self._run()
        finally:
            torch.set_flush_denormal(False)  # the rest of the process keeps IEEE arithmetic

    def _run(self) -> RunReport:
        settings = self.settings
        self._mode(training=True)
        batches: _Counted | None = None
        times: deque[float] = deque(maxlen=self.pace.every)
        saved = time.monotonic()
        hard_limit = 66.0 * settings.minutes + 60.0 if settings.minutes else float("inf")
        bar = tqdm(
            total=1000, initial=int(1000 * self.pace.progress), unit="‰", smoothing=0, mininterval=1.0,
            disable=not self.processes.first,
        )  # fmt: skip
        with _Log(self.folder if self.processes.first else None) as log, bar:
            while self.pace.progress < 1.0 and self.elapsed < hard_limit:
                began = time.monotonic()
                index, within = position(self.phases, self.pace.progress)
                phase = self.phases[index]
                if index != self.phase_index:
                    figures = self.held_out()
                    self._enter(index)
                    batches = None
                    log.write(self.step, {"event": "phase", "phase": phase.name, **figures})
                    times.clear()
                if batches is None:
                    stream = self.batches.endless(
                        settings.seed * 1009 + index, start=self.batch_number, share=self.processes.share
                    )
                    batches = _Counted(stream, self.batch_number)
                losses = self._step(phase, within, batches)
                self.step += 1
                self.batch_number = batches.n
                times.append(self.processes.agreed(time.monotonic() - began))
                self.elapsed += times[-1]
                # The first steps of a phase are slow (kernels are compiled) and would make it look nearly over.
                recent = median(times) if len(times) >= _TIMED_STEPS else None
                pace = self.pace.advance(self.step, self.elapsed, recent)
                if pace is not None:
                    log.write(self.step, {"event": "pace", "pace": pace})
                if self.step % settings.log_every == 0:
                    numbers = {name: round(float(value), 5) for name, value in losses.items()}
                    lr = learning_rate(phase, within)
                    log.write(self.step, {"phase": phase.name, "lr": lr, "seconds": round(self.elapsed, 2), **numbers})
                    bar.set_postfix_str(f"{phase.name} " + " ".join(f"{k} {v:.3f}" for k, v in numbers.items()))
                bar.update(int(1000 * self.pace.progress) - bar.n)
                if self.processes.agreed(time.monotonic() - saved) > settings.save_every:
                    self.save()
                    saved = time.monotonic()
            figures = self.held_out()
            log.write(self.step, {"event": "end", **figures})
        self.save()
        buffers = {name: value for name, value in self.network.state_dict().items() if name not in self.average}
        return RunReport({**self.average, **buffers}, self.step, self.elapsed / 60.0, figures)

    def _enter(self, index: int) -> None:
        """Begin a phase; an optimizer that the phase before had under the same name goes on."""
        self.phase_index, self.batch_number = index, 0
        for network in (self.objective.followed, *self.objective.others.values()):
            network.to(self.settings.device)
        new = self.objective.optimizers(self.settings.weight_decay)
        self.optimizers = {name: self.optimizers.get(name, optimizer) for name, optimizer in new.items()}
        self._mode(training=True)

    def _mode(self, *, training: bool) -> None:
        for network in (self.objective.followed, *self.objective.others.values()):
            network.train(training)

    def _step(self, phase: Phase, within: float, batches: Iterator[Batch]) -> dict[str, Tensor]:
        """Take one step and return its figures."""
        at = self._at(phase, within)
        torch.manual_seed(at.seed + at.processes.rank)  # dropout
        losses = self.objective.step(batches, at)
        self.processes.average(buffer for buffer in self.network.buffers() if buffer.is_floating_point())
        # Early on the average follows closely; otherwise it would carry the initial weights along.
        decay = min(self.settings.average, (1 + self.step) / (10 + self.step))
        parameters = [p.detach() for p in self.network.parameters()]
        torch._foreach_lerp_(list(self.average.values()), parameters, 1 - decay)
        return losses

    def _at(self, phase: Phase, within: float) -> Step:
        settings = self.settings
        return Step(
            self.step, phase, within, learning_rate(phase, within), settings.device,
            settings.seed * 1_000_003 + self.step, self.optimizers, self.batches.count, settings.clip, self.processes,
        )  # fmt: skip

    @torch.no_grad()
    def held_out(self) -> dict[str, float]:
        """Return the objective's figures of the averaged network: weighted means over held-out batches."""
        current = {name: p.detach().clone() for name, p in self.network.named_parameters()}
        self.network.load_state_dict(self.average, strict=False)
        self._mode(training=False)
        at = Step(0, self.phases[self.phase_index], 1.0, 0.0, self.settings.device, 0, {}, self.batches.count)
        sums: dict[str, float] = {}
        total = 0.0
        for batch, weight in self.batches.held_out():
            for name, value in self.objective.held_out(at.tensors(batch), at).items():
                sums[name] = sums.get(name, 0.0) + float(value) * weight
            total += weight
        self.network.load_state_dict(current, strict=False)
        self._mode(training=True)
        return {name: round(value / total, 5) for name, value in sums.items()} if total else {}

    def save(self) -> None:
        """Write the state of the run; the first process alone does."""
        if self.folder is not None and self.processes.first:
            counters = {
                "step": self.step,
                "phase_index": self.phase_index,
                "batch_number": self.batch_number,
                "elapsed": self.elapsed,
                "progress": self.pace.progress,
                "pace": self.pace.pace,
                "seed": self.settings.seed,
            }
            save_state(self.folder, self.objective, self.average, self.optimizers, counters)
        self.processes.wait()

    def _resume(self) -> None:
        if self.folder is None:
            raise TrainingError("A run that keeps no state cannot be resumed.")
        counters = read_counters(self.folder)
        if counters["seed"] != self.settings.seed:
            raise TrainingError(f"The run was started with seed {counters['seed']}; got {self.settings.seed}.")
        for index in range(counters["phase_index"] + 1):
            self._enter(index)  # one after another, so that optimizers are those that the run had
        self.average = {name: p.detach().clone() for name, p in self.network.named_parameters()}
        load_state(self.folder, self.objective, self.average, self.optimizers)
        self.step, self.batch_number, self.elapsed = counters["step"], counters["batch_number"], counters["elapsed"]
        # Paces measured after the state was saved are replayed, so that the same steps follow.
        recorded = {line["step"]: line["pace"] for line in read_log(self.folder) if line.get("event") == "pace"}
        self.processes.wait()
        if self.processes.first:
            cut_log(self.folder, self.step)
        self.pace.progress, self.pace.pace, self.pace.recorded = counters["progress"], counters["pace"], recorded


class _Log:
    """log.jsonl of a run; nothing without a folder."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.file: IO[str] | None = None

    def __enter__(self) -> _Log:
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.file = (self.folder / "log.jsonl").open("a", buffering=1)
        return self

    def __exit__(self, *_: object) -> None:
        if self.file is not None:
            self.file.close()

    def write(self, step: int, fields: Mapping[str, Any]) -> None:
        """Write a line."""
        if self.file is not None:
            self.file.write(json.dumps({"step": step, **fields}) + "\n")
