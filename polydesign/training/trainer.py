"""The only training loop: families give losses, this gives everything else.

Mixed precision where the hardware has it, gradient clipping, a moving average of the weights, a
schedule over phases, a wall-clock budget, a progress bar, a log in JSON lines, and exact resume.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import Tensor, nn
from tqdm import tqdm

from polydesign.core.errors import TrainingError
from polydesign.core.specs import Phase
from polydesign.data.encodings.batches import Batches
from polydesign.nn.trainable import Trainable
from polydesign.training.optimizers import MuonAdamW
from polydesign.training.phases import Pace, learning_rate, position
from polydesign.training.state import load_state, read_log, run_folder, save_state

_TIMED_STEPS = 8

# A source of the loss of one step of a "reinforce" phase: (network, step, generator) -> losses.
Reinforce = Callable[[Any, int, torch.Generator], dict[str, Tensor]]


@dataclass(frozen=True)
class RunSettings:
    """How a run is carried out, apart from the family's own settings.

    Attributes:
        out: checkpoint folder to be written; the run's state lies beside it.
        seed: seed of everything random.
        steps, minutes: length of the run; exactly one of them.
        device: "cpu" or "cuda".
        resume: go on from the state beside `out`.
        clip: largest norm of the gradient.
        average: decay of the moving average of the weights.
        weight_decay: of matrices only.
        log_every, save_every: steps between log lines, and seconds between saved states.
    """

    out: Path
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
    """What a finished run has to say: averaged weights, steps, minutes, last losses."""

    weights: dict[str, Tensor]
    steps: int
    minutes: float
    held_out: dict[str, float]


class Trainer:
    """Train one network on batches through its phases."""

    def __init__(
        self,
        network: Trainable,
        batches: Batches,
        phases: Sequence[Phase],
        settings: RunSettings,
        *,
        reinforce: Reinforce | None = None,
    ) -> None:
        if any(phase.kind == "reinforce" for phase in phases) and reinforce is None:
            raise TrainingError("This run has a reinforce phase but nothing to score samples with.")
        self.network = network.to(settings.device)
        self.batches = batches
        self.phases = phases
        self.settings = settings
        self.reinforce = reinforce
        self.folder = run_folder(settings.out)
        self.optimizer = MuonAdamW(network, settings.weight_decay)
        self.average = {name: p.detach().clone() for name, p in network.named_parameters()}
        self.step, self.phase_index, self.phase_step, self.elapsed = 0, 0, 0, 0.0
        self.pace = Pace(settings.steps, settings.minutes)
        if settings.resume:
            self._resume()
        elif self.folder.exists() and (self.folder / "state.json").exists():
            raise TrainingError(f"{self.folder} holds an unfinished run. Go on with --resume, or delete it.")

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
        self.folder.mkdir(parents=True, exist_ok=True)
        self.network.train()
        batches: Iterator[dict[str, Any]] | None = None
        times: deque[float] = deque(maxlen=self.pace.every)
        saved = time.monotonic()
        hard_limit = 66.0 * settings.minutes + 60.0 if settings.minutes else float("inf")
        bar = tqdm(total=1000, initial=int(1000 * self.pace.progress), unit="‰", smoothing=0, mininterval=1.0)
        with (self.folder / "log.jsonl").open("a", buffering=1) as log, bar:
            while self.pace.progress < 1.0 and self.elapsed < hard_limit:
                began = time.monotonic()
                index, within = position(self.phases, self.pace.progress)
                phase = self.phases[index]
                if index != self.phase_index:
                    self.phase_index, self.phase_step, batches = index, 0, None
                    self._write(log, {"event": "phase", "phase": phase.name, **self.held_out()})
                    times.clear()
                if batches is None:
                    batches = self.batches.endless(settings.seed * 1009 + index, start=self.phase_step)
                lr = learning_rate(phase, within)
                self.network.proceed(phase.name, within)
                losses = self._update(phase, lr, next(batches))
                self.step += 1
                self.phase_step += 1
                times.append(time.monotonic() - began)
                self.elapsed += times[-1]
                # The first steps of a phase are slow (kernels are compiled) and would make it look nearly over.
                recent = median(times) if len(times) >= _TIMED_STEPS else None
                pace = self.pace.advance(self.step, self.elapsed, recent)
                if pace is not None:
                    self._write(log, {"event": "pace", "pace": pace})
                if self.step % settings.log_every == 0:
                    numbers = {name: round(float(value), 5) for name, value in losses.items()}
                    self._write(log, {"phase": phase.name, "lr": lr, "seconds": round(self.elapsed, 2), **numbers})
                    bar.set_postfix_str(f"{phase.name} " + " ".join(f"{k} {v:.3f}" for k, v in numbers.items()))
                bar.update(int(1000 * self.pace.progress) - bar.n)
                if time.monotonic() - saved > settings.save_every:
                    self.save()
                    saved = time.monotonic()
            figures = self.held_out()
            self._write(log, {"event": "end", **figures})
        self.save()
        return RunReport(dict(self.average), self.step, self.elapsed / 60.0, figures)

    def _update(self, phase: Phase, lr: float, batch: dict[str, Any]) -> dict[str, Tensor]:
        """Take one optimizer step and return its losses."""
        settings = self.settings
        seed = settings.seed * 1_000_003 + self.step
        torch.manual_seed(seed)  # dropout
        generator = torch.Generator(device=settings.device).manual_seed(seed)
        tensors = {name: torch.from_numpy(array).to(settings.device) for name, array in batch.items()}
        with torch.autocast(settings.device, dtype=torch.bfloat16):
            losses = self.network.loss(tensors, "finetune" if phase.kind == "reinforce" else phase.name, generator)
        total = losses["loss"]
        if phase.kind == "reinforce":
            assert self.reinforce is not None  # checked when the trainer was made
            scored = self.reinforce(self.network, self.step, generator)
            total = total + scored["loss"]
            losses = {**losses, **{f"align_{k}": v for k, v in scored.items()}}
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), settings.clip)
        if not torch.isfinite(norm):
            raise TrainingError(f"The gradient is not finite at step {self.step}. Lower the learning rate.")
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        self.optimizer.step()
        # Early on the average follows closely; otherwise it would carry the initial weights along.
        decay = min(settings.average, (1 + self.step) / (10 + self.step))
        parameters = [p.detach() for p in self.network.parameters()]
        torch._foreach_lerp_(list(self.average.values()), parameters, 1 - decay)
        return {name: value.detach() for name, value in losses.items()}

    @torch.no_grad()
    def held_out(self) -> dict[str, float]:
        """Return the network's `held_out` figures of the averaged weights: weighted means over held-out batches."""
        current = {name: p.detach().clone() for name, p in self.network.named_parameters()}
        self.network.load_state_dict(self.average, strict=False)
        self.network.eval()
        wanted = self.network.held_out
        sums, total = dict.fromkeys(wanted, 0.0), 0.0
        for batch, weight in self.batches.held_out():
            tensors = {name: torch.from_numpy(array).to(self.settings.device) for name, array in batch.items()}
            total += weight
            for phase in dict.fromkeys(phase for phase, _ in wanted.values()):
                generator = torch.Generator(device=self.settings.device).manual_seed(0)
                losses = self.network.loss(tensors, phase, generator)
                for name in (name for name, entry in wanted.items() if entry[0] == phase):
                    sums[name] += float(losses[wanted[name][1]]) * weight
        self.network.load_state_dict(current, strict=False)
        self.network.train()
        return {name: round(value / total, 5) for name, value in sums.items()} if total else {}

    def save(self) -> None:
        """Write the state of the run."""
        counters = {
            "step": self.step,
            "phase_index": self.phase_index,
            "phase_step": self.phase_step,
            "elapsed": self.elapsed,
            "progress": self.pace.progress,
            "pace": self.pace.pace,
            "seed": self.settings.seed,
        }
        save_state(self.folder, self.network, self.average, self.optimizer, counters)

    def _resume(self) -> None:
        counters = load_state(self.folder, self.network, self.average, self.optimizer)
        if counters["seed"] != self.settings.seed:
            raise TrainingError(f"The run was started with seed {counters['seed']}; got {self.settings.seed}.")
        self.step, self.phase_index = counters["step"], counters["phase_index"]
        self.phase_step, self.elapsed = counters["phase_step"], counters["elapsed"]
        lines = read_log(self.folder, self.step)
        recorded = {line["step"]: line["pace"] for line in lines if line.get("event") == "pace"}
        self.pace.progress, self.pace.pace, self.pace.recorded = counters["progress"], counters["pace"], recorded

    def _write(self, log: Any, fields: dict[str, Any]) -> None:
        log.write(json.dumps({"step": self.step, **fields}) + "\n")
