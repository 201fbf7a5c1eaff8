"""From a command line to a checkpoint: find the data, build the network, train it, write the folder."""

from __future__ import annotations

import dataclasses
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from polydesign.core import registry
from polydesign.core.errors import TrainingError
from polydesign.core.properties import FIRST_KEYS, MOLECULE_GUIDE, MOLECULE_KEYS
from polydesign.core.specs import GeneratorSpec
from polydesign.data.corpora.corpus import CORPORA
from polydesign.data.corpora.known_chains import pack, unpack
from polydesign.data.encodings.batches import Batches, PreparedData, StringBatches
from polydesign.data.encodings.tokenizer import PolymerTokenizer
from polydesign.training.codes import read_codes
from polydesign.training.phases import choose
from polydesign.training.reinforce import PolicyGradient
from polydesign.training.trainer import Reinforce, RunReport, RunSettings, Trainer

if TYPE_CHECKING:
    from polydesign.store import Checkpoint

PREPARED = Path("prepared")


@dataclass(frozen=True)
class Recipe:
    """What to train, on what, for how long; see ``python -m polydesign.train --help``."""

    family: str
    data: str
    out: Path
    preset: str = "small"
    minutes: float | None = None
    steps: int | None = None
    resume: bool = False
    device: str = "cpu"
    seed: int = 0
    phases: tuple[str, ...] | None = None
    init: str | None = None
    autoencoder: str | None = None
    overrides: Mapping[str, str] = field(default_factory=dict)
    log_every: int = 10
    save_every: float = 120.0


def train_generator(recipe: Recipe) -> Path:
    """Train a generator family and write its checkpoint; return the folder."""
    from polydesign import store

    data = PreparedData.load(find_data(recipe.data))
    config = settings(recipe).for_data(data.meta)
    autoencoder = handed_in(recipe, config, data)
    if autoencoder is not None:
        its = autoencoder.config
        config = config.for_autoencoder(autoencoder.family, its["config"], its["id"], autoencoder.sha256)
    torch.manual_seed(recipe.seed)
    network = registry.network_class(recipe.family)(config)
    if autoencoder is not None:
        network.take(autoencoder.weights())
    if recipe.init is not None:
        _start_from(network, recipe.init)
    phases = choose(config.phases, recipe.phases)
    steps, minutes = recipe.steps, recipe.minutes
    if not steps and minutes is None:
        steps, minutes = (
            (300, None) if recipe.data == "demo" else (None, registry.minutes(recipe.family, recipe.preset))
        )
    scored = None
    if any(phase.kind == "reinforce" for phase in phases):
        scored = _policy_gradient(config, data)
    run = RunSettings(
        recipe.out, recipe.seed, None if minutes else steps, minutes, recipe.device, recipe.resume,
        log_every=recipe.log_every, save_every=recipe.save_every,
    )  # fmt: skip
    batches: Batches = StringBatches(data, config.batch_tokens, network.max_tokens)
    if autoencoder is not None:
        batches = _among_codes(network, batches, recipe)
    report = Trainer(network, batches, phases, run, reinforce=scored).run()
    card = describe(recipe, config, data, report)
    store.save(
        recipe.out,
        config=card,
        weights=report.weights,
        files={
            **{name: data.folder / name for name in ("tokenizer.json", "joint.json")},
            "known_chains.npy": _known_chains(recipe, data),
        },
        metrics=card["metrics"],
        card=None,
    )
    return recipe.out


def handed_in(recipe: Recipe, config: Any, data: PreparedData) -> Checkpoint | None:
    """Return the verified checkpoint of the autoencoder that the family works with, None where it needs none.

    Raises `TrainingError` when one is missing, not wanted, or writes in other tokens than the data's.
    """
    from polydesign import store

    wanted = hasattr(config, "for_autoencoder")
    if wanted != (recipe.autoencoder is not None):
        raise TrainingError(
            f"{recipe.family} works in the space of an autoencoder. Name its checkpoint: --autoencoder ID."
            if wanted
            else f"{recipe.family} takes no autoencoder; leave --autoencoder out."
        )
    if recipe.autoencoder is None:
        return None
    checkpoint = store.find(Path(recipe.autoencoder) if Path(recipe.autoencoder).is_dir() else recipe.autoencoder)
    store.verify(checkpoint)
    name = "tokenizer.json"
    if checkpoint.path(name).read_bytes() != (data.folder / name).read_bytes():
        raise TrainingError(
            f"'{recipe.autoencoder}' was trained with another tokenizer than that of {data.folder}. "
            "Give the data that it was trained on."
        )
    return checkpoint


def _among_codes(network: Any, strings: Batches, recipe: Recipe) -> Batches:
    """Return codes of the strings, read by the network's autoencoder; a network from another run knows their spread."""
    config = network.config
    network.to(recipe.device).eval()
    codes = read_codes(network, strings, config.n_codes, config.batch_codes, seed=recipe.seed, device=recipe.device)
    if recipe.init is None:
        network.measure(*(torch.from_numpy(part).to(recipe.device) for part in (codes.train.mean, codes.train.log_var)))
    return codes


def find_data(name: str) -> Path:
    """Return the prepared folder called `name`; prepare the demo set when it is asked for."""
    for folder in (Path(name), PREPARED / name):
        if (folder / "meta.json").exists():
            return folder
    if name == "demo":
        from polydesign.data.corpora.prepare import prepare

        return prepare("demo", PREPARED / "demo", vocab_size=96)
    raise TrainingError(f"No prepared data '{name}'. Run: python -m polydesign.data prepare {name}")


def settings(recipe: Recipe) -> Any:
    """Return the preset's config with the recipe's overrides, each in the type of its default."""
    presets = registry.presets(recipe.family)
    preset = "tiny" if recipe.data == "demo" and recipe.preset == "small" else recipe.preset
    if preset not in presets:
        raise TrainingError(f"{recipe.family} has no preset '{preset}'. It has: {', '.join(presets)}.")
    config = presets[preset]
    changes = {}
    for name, text in recipe.overrides.items():
        if not isinstance(getattr(config, name, None), (int, float, str)):
            raise TrainingError(f"{recipe.family} has no setting '{name}' that can be overridden.")
        try:
            changes[name] = _converted(text, getattr(config, name))
        except ValueError:
            raise TrainingError(
                f"Setting {name} expects {type(getattr(config, name)).__name__}; got '{text}'."
            ) from None
    return dataclasses.replace(config, **changes)


def _converted(text: str, default: Any) -> Any:
    """Return `text` in the type of the default; raise ValueError when it is not of that type."""
    if isinstance(default, bool):
        if text.lower() not in ("true", "false"):
            raise ValueError(text)
        return text.lower() == "true"
    return type(default)(text)


def describe(recipe: Recipe, config: Any, data: PreparedData, report: RunReport) -> dict[str, Any]:
    """Return the config.json of the checkpoint."""
    spec = registry.spec(recipe.family)
    assert isinstance(spec, GeneratorSpec)
    return {
        "format": 1,
        "id": recipe.out.name,
        "kind": "generator",
        "role": None,
        "family": recipe.family,
        "label": spec.label,
        "summary": spec.summary,
        "config": dataclasses.asdict(config),
        "properties": {key: data.meta["properties"][key] for key in data.meta["conditions"]},
        "data": data.meta["data"],
        "seed": recipe.seed,
        "git_commit": _git_commit(),
        "trained": _trained(recipe, config, data, report),
        "metrics": report.held_out,
    }


def _trained(recipe: Recipe, config: Any, data: PreparedData, report: RunReport) -> dict[str, Any]:
    """Return what was done, the stages before it included where the run began from another checkpoint."""
    from polydesign import store

    before: dict[str, Any] = {}
    if recipe.init is not None:
        before = store.find(Path(recipe.init) if Path(recipe.init).is_dir() else recipe.init).config["trained"]
    phases = choose(config.phases, recipe.phases)
    stage = {
        "phases": {phase.name: round(phase.share, 3) for phase in phases},
        "minutes": round(report.minutes, 2),
        "steps": report.steps,
        "settings": dict(recipe.overrides),
    }
    return {
        "minutes": round(report.minutes + before.get("minutes", 0.0), 2),
        "steps": report.steps + before.get("steps", 0),
        "hardware": _hardware(recipe.device),
        "date": datetime.now(UTC).date().isoformat(),
        "stages": [*before.get("stages", []), stage],
        "corpus": {k: data.meta[k] for k in ("corpus", "n", "n_train", "groups")},
    }


def _policy_gradient(config: Any, data: PreparedData) -> Reinforce:
    from polydesign import store
    from polydesign.core.errors import CheckpointError
    from polydesign.training.rewards import PolymerReward

    molecules = CORPORA[data.meta["corpus"]].molecules
    name, keys = (MOLECULE_GUIDE, MOLECULE_KEYS) if molecules else ("guide", FIRST_KEYS)
    guide: Any = None
    if set(config.conditions) & set(keys):
        try:
            guide = store.load_model(name)
        except CheckpointError as error:
            family, given = ("gnn", "qm9") if molecules else ("fpnet", "properties")
            raise TrainingError(
                f"Alignment scores samples with the guide, which cannot be loaded ({error}). "
                f"Train it first: python -m polydesign.train {family} --data {given} --out checkpoints/{name}"
            ) from error
    tokenizer = PolymerTokenizer.load(data.folder / "tokenizer.json", data.meta["notation"])
    mean, std = np.array(config.condition_mean), np.array(config.condition_std)
    known = np.load(data.folder / "known_chains.npy", allow_pickle=False)
    reward = PolymerReward(config.conditions, mean, std, guide, known, molecules=molecules)
    return PolicyGradient(data, tokenizer, reward, weight=config.gamma)


def _known_chains(recipe: Recipe, data: PreparedData) -> bytes:
    """Return the list of training chains, those of the stages before this one included."""
    from polydesign import store

    known = np.load(data.folder / "known_chains.npy", allow_pickle=False)
    if recipe.init is not None:
        before = store.find(Path(recipe.init) if Path(recipe.init).is_dir() else recipe.init)
        known = np.union1d(known, unpack(np.load(before.path("known_chains.npy"), allow_pickle=False)))
    return pack(known)


def _start_from(network: nn.Module, init: str) -> None:
    from polydesign import store

    try:
        checkpoint = store.find(Path(init) if Path(init).is_dir() else init)
        store.verify(checkpoint)
        its = checkpoint.config["config"]
        for name in ("vocabulary", "notation", "conditions", "condition_mean", "condition_std"):
            if name in its and list(its[name]) != list(getattr(network.config, name)):
                raise TrainingError(
                    f"'{init}' was trained on data with another {name}. Prepare these with --like and its folder."
                )
        network.load_state_dict(checkpoint.weights(), strict=True)
    except RuntimeError as error:
        raise TrainingError(f"The weights of '{init}' do not fit this network: {error}.") from error


def _git_commit() -> str:
    try:
        result = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return result.stdout.strip()


def _hardware(device: str) -> str:
    if device == "cuda":
        return torch.cuda.get_device_name()
    return f"{torch.get_num_threads()} threads, {platform.processor() or platform.machine()}"
