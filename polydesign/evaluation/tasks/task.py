"""What a task is given, and what it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from tqdm import tqdm

from polydesign.core.progress import Progress
from polydesign.core.protocols import Generator, PropertyPredictor
from polydesign.core.targets import Targets
from polydesign.evaluation.result import Result, Row
from polydesign.evaluation.rows import Option
from polydesign.evaluation.samples import Samples, judge
from polydesign.evaluation.statistics import Figure

_WARM_UP = 16  # strings that pay for what is loaded and tabulated once


@dataclass(frozen=True)
class Setting:
    """One checkpoint under one task.

    Attributes:
        id: id of the checkpoint.
        label: what people call it.
        generator: the loaded model.
        trained_chains: sorted (M,) uint32 hashes of the chains it was trained on; None when it does not say.
        data: names of the data sets it was trained on.
        guide, checker: load the two property models (of the task, where it names its own) when they are needed.
        guide_properties: return key -> statistics of the values the guide was trained on.
        n: number of generations (of each target in `properties`); None takes the task's default.
        seed: seed of the generator and of all resampling.
        options: options of the generator; what is absent takes the family's default.
        held_out: file with held-out polymers; None takes the test side of the task's prepared corpus.
        prepared: folder of that corpus; None looks in prepared/.
        show_progress: draw progress bars, when stderr is a terminal.
        sha256: of its weights.
        settings: those of its options that somebody chose; they are named in its rows.
    """

    id: str
    label: str
    generator: Generator
    trained_chains: np.ndarray | None
    data: tuple[str, ...]
    guide: Callable[[], PropertyPredictor]
    checker: Callable[[], PropertyPredictor]
    guide_properties: Callable[[], Mapping[str, Mapping[str, Any]]]
    n: int | None = None
    seed: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    held_out: Path | None = None
    prepared: Path | None = None
    show_progress: bool = False
    sha256: str = ""
    settings: Mapping[str, Option] = field(default_factory=dict)

    def row(self, figures: Mapping[str, Figure], *, question: str = "", aspect: str = "", variant: str = "") -> Row:
        """Return a row of this checkpoint; see `Row` for the words."""
        return Row(
            figures, self.label, self.id, self.sha256, origin="installed", question=question, aspect=aspect,
            variant=variant, settings=self.settings,
        )  # fmt: skip

    def generate(self, targets: Targets | Sequence[Targets], n: int, *, seed: int | None = None) -> list[str]:
        """Return `n` raw strings, one for each of the targets or all for one of them."""
        with self.bar("generate", n) as bar:

            def advance(progress: Progress) -> None:
                bar.update(progress.done - bar.n)

            return self.generator.sample(
                targets, n, seed=self.seed if seed is None else seed, options=self.options, on_progress=advance
            )

    def timed(self, n: int) -> tuple[Samples, float]:
        """Return the verdict on `n` generations without targets, and the seconds that writing them took."""
        self.generator.sample({}, min(n, _WARM_UP), seed=self.seed, options=self.options)
        began = time.perf_counter()
        raw = self.generate({}, n)
        seconds = time.perf_counter() - began
        return self.judge(raw), seconds

    def judge(self, raw: Sequence[str], *, molecules: bool = False) -> Samples:
        """Return the verdict on raw strings, as repeat units or as star-free molecules."""
        with self.bar("judge", len(raw)) as bar:
            return judge(raw, molecules=molecules, on_each=bar.update)

    @contextmanager
    def bar(self, stage: str, total: int) -> Iterator[tqdm]:
        """Give a progress bar, silent unless `show_progress` and on a terminal."""
        with _bar(self.id, stage, total, self.show_progress) as bar:
            yield bar


@dataclass(frozen=True)
class PredictorSetting:
    """One property model under one task.

    Attributes:
        id, role: of the checkpoint; the role is "guide", "checker" or None.
        family, config: its recipe, to train it anew.
        predictor: the loaded model.
        n: number of labelled chains; None takes all.
        seed: seed of training and of all resampling.
        held_out: file of polymers with measured values, on which the model itself is asked.
        show_progress: draw progress bars, when stderr is a terminal.
        sha256: of its weights.
    """

    id: str
    role: str | None
    family: str
    config: Any
    predictor: PropertyPredictor
    n: int | None = None
    seed: int = 0
    held_out: Path | None = None
    show_progress: bool = False
    sha256: str = ""

    def row(self, figures: Mapping[str, Figure], question: str, *, named: bool = True) -> Row:
        """Return a row of this checkpoint, which says whose it is only if `named`."""
        label = self.id if named else ""
        return Row(figures, label, self.id, self.sha256, origin="installed", question=question)

    @contextmanager
    def bar(self, stage: str, total: int) -> Iterator[tqdm]:
        """Give a progress bar, silent unless `show_progress` and on a terminal."""
        with _bar(self.id, stage, total, self.show_progress) as bar:
            yield bar


@contextmanager
def _bar(id: str, stage: str, total: int, show: bool) -> Iterator[tqdm]:
    disable = None if show else True  # None: tqdm looks for a terminal
    with tqdm(total=total, desc=f"{id}: {stage}", disable=disable, leave=False) as bar:
        yield bar


@dataclass(frozen=True)
class Task:
    """A protocol with a name.

    Attributes:
        name: name on the command line.
        summary: one sentence.
        n: default number of generations (None: as many as there are requests).
        run: carries it out.
        measures: what kind of checkpoint it is given, a `Setting` or a `PredictorSetting`.
        models: ids of the checkpoints that are its guide and its checker; None takes those of polymers.
    """

    name: str
    summary: str
    n: int | None
    run: Callable[[Any], Result]
    measures: Literal["generator", "predictor"] = "generator"
    models: tuple[str, str] | None = None
