"""Carry out tasks on checkpoints: load the models, run, and add what the figures depend on."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from polydesign.core import registry
from polydesign.core.errors import DataError
from polydesign.core.protocols import PropertyPredictor
from polydesign.core.specs import GeneratorSpec
from polydesign.evaluation.machine import hardware, now, versions
from polydesign.evaluation.result import Result
from polydesign.evaluation.tasks import TASKS, PredictorSetting, Setting

if TYPE_CHECKING:
    from polydesign.engine.session import Session
    from polydesign.store import Checkpoint


def evaluate(
    checkpoint: Checkpoint,
    task: str,
    *,
    session: Session,
    n: int | None = None,
    seed: int = 0,
    options: Mapping[str, Any] | None = None,
    held_out: Path | None = None,
    prepared: Path | None = None,
    show_progress: bool = False,
) -> Result:
    """Run one task on one checkpoint and return its tables, notes and manifest.

    Args:
        checkpoint: the generator, or for some tasks the property model, to measure.
        task: a name in `TASKS`.
        session: where models are loaded.
        n, seed, options, held_out, prepared, show_progress: see `Setting`.

    Raises:
        DataError: unknown task, or missing reference data.
        CheckpointError: the checkpoint, or a property model that the task needs, is no such model or broken.
        OptionError: an option that the generator does not have.
    """
    if task not in TASKS:
        raise DataError(f"Unknown task '{task}'. Choose one of {', '.join(sorted(TASKS))}.")
    if n is not None and n < 1:
        raise DataError(f"The number of generations must be at least 1; got {n}.")
    setting: Setting | PredictorSetting
    if TASKS[task].measures == "predictor":
        checked: dict[str, Any] = {}
        setting = _predictor_setting(checkpoint, n, seed, held_out, show_progress)
    else:
        generator = session.generator(checkpoint)
        checked = cast(GeneratorSpec, registry.spec(checkpoint.family)).check_options(options)
        models = TASKS[task].models
        guide, checker = (
            (partial(session.predictor, id) for id in models) if models else (session.guide, session.checker)
        )
        setting = Setting(
            id=checkpoint.id,
            label=checkpoint.label,
            generator=generator,
            trained_chains=session.known_chains(checkpoint),
            data=tuple(str(entry.get("name")) for entry in checkpoint.config["data"]),
            guide=guide,
            checker=checker,
            guide_properties=lambda: session.role("guide").properties,
            n=n,
            seed=seed,
            options=checked,
            held_out=held_out,
            prepared=prepared,
            show_progress=show_progress,
            sha256=checkpoint.sha256,
            settings={name: checked[name] for name in options or {}},
        )
    began = time.perf_counter()
    result = TASKS[task].run(setting)
    manifest = replace(
        result.manifest,
        checkpoint=checkpoint.id,
        sha256=checkpoint.sha256,
        family=checkpoint.family,
        seed=seed,
        options=checked,
        held_out_file=None if held_out is None else held_out.name,
        seconds=round(time.perf_counter() - began, 1),
        hardware=hardware(),
        versions=versions(),
        date=now(),
    )
    return replace(result, manifest=manifest)


def _predictor_setting(
    checkpoint: Checkpoint, n: int | None, seed: int, held_out: Path | None, show_progress: bool
) -> PredictorSetting:
    from polydesign import store
    from polydesign.core.settings import read_settings

    if checkpoint.kind != "predictor":
        raise DataError(f"{checkpoint.id} is a {checkpoint.kind}; this task measures property models, such as guide.")
    config = read_settings(registry.config_class(checkpoint.family), checkpoint.config["config"])
    predictor = cast(PropertyPredictor, store.load_model(checkpoint))
    return PredictorSetting(
        checkpoint.id, checkpoint.role, checkpoint.family, config, predictor, n, seed, held_out, show_progress,
        checkpoint.sha256,
    )  # fmt: skip
