"""The state of a run on disk, complete enough to go on with the very same losses.

Beside the checkpoint folder OUT, a run keeps OUT.run/ with state.safetensors (weights, their moving
average, the optimizer's moments), state.json (counters) and log.jsonl. Randomness needs no state:
every step seeds its own generator from the run's seed and its number.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from polydesign.core.errors import TrainingError
from polydesign.training.optimizers import MuonAdamW


def run_folder(out: Path) -> Path:
    """Return the folder that holds the state of the run that writes the checkpoint `out`."""
    return out.with_name(out.name + ".run")


def save_state(
    folder: Path, network: nn.Module, average: Mapping[str, Tensor], optimizer: MuonAdamW, counters: dict
) -> None:
    """Write the state so that a crash at any moment leaves the old or the new one, never a mixture."""
    tensors = {f"network.{k}": v for k, v in network.state_dict().items()}
    tensors |= {f"average.{k}": v for k, v in average.items()}
    for index, moments in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{name}": torch.as_tensor(value) for name, value in moments.items()}
    folder.mkdir(parents=True, exist_ok=True)
    name = f"state-{counters['step']}.safetensors"
    save_file({k: v.detach().contiguous().clone() for k, v in tensors.items()}, folder / name)
    written = folder / "state.json.new"
    written.write_text(json.dumps({**counters, "tensors": name}))
    os.replace(written, folder / "state.json")
    for old in folder.glob("state-*.safetensors"):
        if old.name != name:
            old.unlink()


def load_state(folder: Path, network: nn.Module, average: dict[str, Tensor], optimizer: MuonAdamW) -> dict[str, Any]:
    """Fill network, average and optimizer from the state in `folder`; return the counters."""
    try:
        counters = json.loads((folder / "state.json").read_text())
        tensors = load_file(folder / counters["tensors"])
    except (OSError, ValueError, KeyError) as error:
        raise TrainingError(
            f"{folder} holds no state to resume from ({error}). Start the run without --resume."
        ) from error
    part = {prefix: _strip(tensors, prefix) for prefix in ("network.", "average.", "optimizer.")}
    network.load_state_dict(part["network."], strict=True)
    for name, value in part["average."].items():
        average[name].copy_(value)
    moments: dict[int, dict[str, Tensor]] = {}
    for name, value in part["optimizer."].items():
        index, field = name.split(".", 1)
        moments.setdefault(int(index), {})[field] = value
    optimizer.load_state_dict({**optimizer.state_dict(), "state": moments})
    return counters


def read_log(folder: Path, until_step: int) -> list[dict[str, Any]]:
    """Return the log's lines; those after `until_step` are cut from the file, since they will be written again."""
    path = folder / "log.jsonl"
    if not path.exists():
        return []
    lines = []
    for line in path.read_text().splitlines():
        try:
            lines.append(json.loads(line))
        except ValueError:
            break  # the line that was being written when the run was killed
    path.write_text("".join(json.dumps(line) + "\n" for line in lines if line["step"] <= until_step))
    return lines


def _strip(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name[len(prefix) :]: value for name, value in tensors.items() if name.startswith(prefix)}
