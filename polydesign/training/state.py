"""The state of a run on disk, complete enough to go on with the very same losses.

Beside the checkpoint folder OUT, a run keeps OUT.run/ with state.safetensors (weights and buffers of all networks, the
moving average, the optimizers' moments, what the objective keeps), state.json (counters) and log.jsonl. Randomness
needs no state: every step seeds its own generator from the run's seed and its number.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, as_tensor, nn

from polydesign.core.errors import TrainingError
from polydesign.training.objectives.objective import Objective
from polydesign.training.optimizers import Optimizer


def run_folder(out: Path) -> Path:
    """Return the folder that holds the state of the run that writes the checkpoint `out`."""
    return out.with_name(out.name + ".run")


def save_state(
    folder: Path,
    objective: Objective,
    average: Mapping[str, Tensor],
    optimizers: Mapping[str, Optimizer],
    counters: Mapping[str, Any],
) -> None:
    """Write the state so that a crash at any moment leaves the old or the new one, never a mixture."""
    tensors = {f"average/{name}": value for name, value in average.items()}
    tensors |= {f"objective/{name}": value for name, value in objective.state().items()}
    for place, network in _networks(objective):
        tensors |= {f"{place}/{name}": value for name, value in network.state_dict().items()}
        tensors |= {f"{place}.buffers/{name}": value for name, value in _unsaved_buffers(network).items()}
    for name, optimizer in optimizers.items():
        for index, moments in optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{name}/{index}/{of}": as_tensor(value) for of, value in moments.items()}
    folder.mkdir(parents=True, exist_ok=True)
    name = f"state-{counters['step']}.safetensors"
    try:
        save_file({k: v.detach().contiguous().clone() for k, v in tensors.items()}, folder / name)
        written = folder / "state.json.new"
        written.write_text(json.dumps({**counters, "tensors": name}))
        os.replace(written, folder / "state.json")
    except (OSError, SafetensorError) as error:
        raise TrainingError(
            f"The state of the run cannot be written to {folder} ({error}). Make room there."
        ) from error
    for old in folder.glob("state-*.safetensors"):
        if old.name != name:
            old.unlink()


def read_counters(folder: Path) -> dict[str, Any]:
    """Return the counters of the state in `folder`; raise `TrainingError` where there is none."""
    try:
        return json.loads((folder / "state.json").read_text())
    except (OSError, ValueError) as error:
        raise TrainingError(
            f"{folder} holds no state to resume from ({error}). Start the run without --resume."
        ) from error


def load_state(
    folder: Path, objective: Objective, average: Mapping[str, Tensor], optimizers: Mapping[str, Optimizer]
) -> None:
    """Fill networks, average, optimizers and objective from the state in `folder`."""
    try:
        tensors = load_file(folder / read_counters(folder)["tensors"])
    except (OSError, KeyError, SafetensorError) as error:
        raise TrainingError(f"{folder} holds no state to resume from ({error}). Start the run anew.") from error
    for place, network in _networks(objective):
        try:
            network.load_state_dict(_part(tensors, f"{place}/"), strict=True)
        except RuntimeError as error:
            raise TrainingError(
                f"{folder} holds the run of another network. Resume with the family, preset and settings it began with."
            ) from error
        kept = _part(tensors, f"{place}.buffers/")
        for name, buffer in _unsaved_buffers(network).items():
            buffer.copy_(kept[name])
    for name, value in _part(tensors, "average/").items():
        average[name].copy_(value)
    objective.load_state(_part(tensors, "objective/"))
    for name, optimizer in optimizers.items():
        moments: dict[int, dict[str, Tensor]] = {}
        for place, value in _part(tensors, f"optimizer.{name}/").items():
            index, of = place.split("/", 1)
            moments.setdefault(int(index), {})[of] = value
        optimizer.load_state_dict({**optimizer.state_dict(), "state": moments})


def _networks(objective: Objective) -> Iterator[tuple[str, nn.Module]]:
    """Return name in the state -> network, of all that are trained."""
    yield "network", objective.followed
    for name, network in objective.others.items():
        yield f"other.{name}", network


def _unsaved_buffers(network: nn.Module) -> dict[str, Tensor]:
    """Return the buffers that a checkpoint does not hold and training may change, such as a running count."""
    stored = network.state_dict()
    return {name: buffer for name, buffer in network.named_buffers() if name not in stored}


def read_log(folder: Path) -> list[dict[str, Any]]:
    """Return the log's lines, up to one that was being written when the run was killed."""
    path = folder / "log.jsonl"
    lines: list[dict[str, Any]] = []
    for line in path.read_text().splitlines() if path.exists() else ():
        try:
            lines.append(json.loads(line))
        except ValueError:
            break
    return lines


def cut_log(folder: Path, until_step: int) -> None:
    """Take the lines after `until_step` from the log, since they will be written again."""
    kept = [line for line in read_log(folder) if line["step"] <= until_step]
    (folder / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in kept))


def _part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name[len(prefix) :]: value for name, value in tensors.items() if name.startswith(prefix)}
