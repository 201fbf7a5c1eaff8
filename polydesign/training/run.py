"""A run of the training loop, from an order to what a checkpoint holds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from polydesign import store
from polydesign.core import registry
from polydesign.core.configs import LoopConfig
from polydesign.core.errors import TrainingError
from polydesign.data.corpora.known_chains import pack, unpack
from polydesign.data.encodings.chosen import choose_rows
from polydesign.data.encodings.encoding import Encoding, PreparedRows
from polydesign.nn.trainable import Trainable
from polydesign.store import Checkpoint
from polydesign.training.loop import Loop, RunReport, RunSettings
from polydesign.training.pace import choose
from polydesign.training.processes import Processes
from polydesign.training.recipe import PREPARED, Made, Order

if TYPE_CHECKING:
    from polydesign.training.recipes.loop import LoopRecipe

_DEMO_STEPS = 300
# Settings of the data that a network which goes on from another has to share with it.
_SHARED = ("vocabulary", "notation", "kinds", "conditions", "condition_mean", "condition_std")


def run(recipe: LoopRecipe, order: Order, processes: Processes) -> Made:
    """Find the data, build the network, train it."""
    preset = recipe.preset(order)
    rows = find_rows(order.data, recipe.encoding_for(preset), processes)
    if order.where is not None:
        rows = choose_rows(rows, order.where)
    parts = {name: opened(id) for name, id in order.parts.items()}
    config = recipe.configure(preset, rows, parts)
    torch.manual_seed(order.seed)
    network = recipe.network(config, parts)
    if order.init is not None:
        start_from(network, order.init)
    phases = choose(recipe.phases(config), order.phases)
    steps, minutes = length(recipe, order)
    settings = RunSettings(
        order.out, order.seed, steps, minutes, order.device, order.resume,
        log_every=order.log_every, save_every=order.save_every,
    )  # fmt: skip
    objectives = {phase.name: recipe.objective(phase, network, rows) for phase in phases}
    report = Loop(objectives, recipe.batches(network, rows, order), phases, settings, processes).run()
    return Made(
        config=config,
        properties={key: rows.meta["properties"][key] for key in rows.meta["conditions"]},
        data=rows.meta["data"],
        weights=report.weights,
        trained=_trained(recipe, order, rows, config, report),
        metrics=report.held_out,
        files={**rows.files, "known_chains.npy": _known_chains(order, rows)},
        parts=parts,
    )


def find_rows(name: str, encoding: Encoding, processes: Processes = Processes()) -> PreparedRows:  # noqa: B008 - frozen
    """Return the rows of the prepared folder `name`; encode its table where only another encoding has been made yet.

    The demo set is prepared when it is asked for. Raises `TrainingError` where nothing is prepared under that name.
    """
    folder = next((f for f in (Path(name), PREPARED / name) if (f / "meta.json").exists()), None)
    if folder is None and name != "demo":  # said by every process, so that none waits for the first
        raise TrainingError(f"No prepared data '{name}'. Run: python -m polydesign.data prepare {name}")
    if processes.first and (folder is None or not (encoding.folder_in(folder) / "meta.json").exists()):
        folder = _prepared(folder, encoding)
    processes.wait()
    folder = folder or PREPARED / name
    return encoding.load(encoding.folder_in(folder))


def _prepared(folder: Path | None, encoding: Encoding) -> Path:
    """Return a folder with this encoding; the demo set's where there is none."""
    from polydesign.data.corpora.prepare import prepare, prepare_again

    if folder is None:
        folder = PREPARED / "demo"
        prepare("demo", folder, vocab_size=96)
    return prepare_again(folder, encoding)


def length(recipe: LoopRecipe, order: Order) -> tuple[int | None, float | None]:
    """Return the steps or the minutes of a run; what the family states where the order says neither.

    Raises `TrainingError` where the family states nothing for this preset on this device.
    """
    if order.minutes is not None:
        return None, order.minutes
    if order.steps is not None:
        return order.steps, None
    if order.data == "demo":
        return _DEMO_STEPS, None
    minutes = registry.minutes(recipe.family, order.preset).on(order.device)
    if minutes is None:
        raise TrainingError(
            f"{recipe.family} does not say how long its preset '{order.preset}' takes on {order.device}. Give a budget "
            "with --max-minutes."
        )
    return None, minutes


def opened(id: str) -> Checkpoint:
    """Return the verified checkpoint of an id or folder."""
    checkpoint = store.find_named(id)
    store.verify(checkpoint)
    return checkpoint


def start_from(network: nn.Module, init: str) -> None:
    """Take the weights of a checkpoint; raise `TrainingError` where it was trained on other data or does not fit."""
    checkpoint = opened(init)
    its = checkpoint.record.config
    for name in _SHARED:
        ours = getattr(network.config, name, None)
        if name in its and ours is not None and _as_json(its[name]) != _as_json(ours):
            raise TrainingError(
                f"'{init}' was trained on data with another {name}. Prepare these with --like and its folder."
            )
    weights = checkpoint.weights()
    fresh = network.fresh if isinstance(network, Trainable) else ()
    for name, value in network.state_dict().items():
        if name.startswith(fresh):
            weights.setdefault(name, value)
    try:
        network.load_state_dict(weights, strict=True)
    except RuntimeError as error:
        raise TrainingError(
            f"The weights of '{init}', a {checkpoint.family}, do not fit this network. "
            "Start from a checkpoint of the same family, preset and settings."
        ) from error


def _as_json(value: Any) -> Any:
    """Return a setting as config.json has it."""
    return list(value) if isinstance(value, tuple) else value


def _trained(
    recipe: LoopRecipe, order: Order, rows: PreparedRows, config: LoopConfig, report: RunReport
) -> dict[str, Any]:
    """Return what was done, the stages before it included where the run began from another checkpoint."""
    before: Mapping[str, Any] = {} if order.init is None else opened(order.init).config["trained"]
    phases = choose(recipe.phases(config), order.phases)
    stage: dict[str, Any] = {
        "phases": {phase.name: round(phase.share, 3) for phase in phases},
        "minutes": round(report.minutes, 2),
        "steps": report.steps,
        "settings": dict(order.overrides),
    }
    if order.where is not None:
        stage["note"] = f"only the {int((rows.split == 0).sum()):,} training rows with {order.where}"
    return {
        "minutes": round(report.minutes + before.get("minutes", 0.0), 2),
        "steps": report.steps + before.get("steps", 0),
        "stages": [*before.get("stages", []), stage],
        "corpus": {k: rows.meta[k] for k in ("corpus", "n", "n_train", "groups")},
    }


def _known_chains(order: Order, rows: PreparedRows) -> bytes:
    """Return the list of training chains, those of the stages before this one included."""
    known = np.load(rows.folder / "known_chains.npy", allow_pickle=False)
    if order.init is not None:
        before = opened(order.init)
        known = np.union1d(known, unpack(np.load(before.path("known_chains.npy"), allow_pickle=False)))
    return pack(known)
