"""From what a recipe made to a checkpoint: the one place where config.json of a trained model is filled in."""

from __future__ import annotations

import dataclasses
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from polydesign import store
from polydesign.core import registry
from polydesign.core.errors import TrainingError
from polydesign.training.processes import joined
from polydesign.training.recipe import Made, Order
from polydesign.training.state import run_folder


def train(order: Order) -> Path:
    """Train a family as its recipe says and write its checkpoint; return the folder.

    Raises `TrainingError` for an order that the recipe cannot honour, `DataError` for data that are not there,
    `CheckpointError` where the checkpoint could not be written.
    """
    recipe = registry.recipe(order.family)
    recipe.check(order)
    if not order.out.name:
        raise TrainingError(f"--out {order.out} has no name. Give the path of a new folder.")
    store.check_replaceable(order.out)  # now, not after hours of training
    with joined(order.device) as processes:
        made = recipe.make(order, processes)
        if processes.first:
            write(order, made)
        processes.wait()
    return order.out


def write(order: Order, made: Made) -> None:
    """Write the checkpoint of what was made."""
    record = describe(order, made)
    card = None if made.card is None else made.card(record)
    store.save(
        order.out, config=record, weights=made.weights, files=made.files, parts=made.parts, metrics=made.metrics,
        card=card,
    )  # fmt: skip
    for name, text in made.beside.items():
        run_folder(order.out).mkdir(exist_ok=True)
        (run_folder(order.out) / name).write_text(text)


def describe(order: Order, made: Made) -> dict[str, Any]:
    """Return the config.json of a checkpoint."""
    spec = registry.spec(order.family)
    trained: Mapping[str, Any] = {
        **made.trained, "hardware": hardware(order.device), "date": datetime.now(UTC).date().isoformat(),
    }  # fmt: skip
    return {
        "id": order.out.name,
        "kind": registry.role_of(order.family).removesuffix("s"),
        "role": made.role,
        "family": order.family,
        "label": made.label or spec.label,
        "summary": made.summary or spec.summary,
        "config": dataclasses.asdict(made.config),
        "properties": dict(made.properties),
        "data": list(made.data),
        "seed": order.seed,
        "git_commit": git_commit(),
        "trained": trained,
        "metrics": dict(made.metrics),
    }


def git_commit() -> str:
    """Return the commit of the working tree, "unknown" outside of one."""
    try:
        result = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return result.stdout.strip()


def hardware(device: str) -> str:
    """Return what the run was carried out on."""
    import torch

    if device == "cuda":
        return torch.cuda.get_device_name()
    return f"{torch.get_num_threads()} threads, {platform.processor() or platform.machine()}"
