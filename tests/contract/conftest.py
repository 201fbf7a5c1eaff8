"""A small, freshly trained checkpoint of each registered family, made once for all contract tests."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from torch.optim.optimizer import register_optimizer_step_pre_hook

from polydesign import store
from polydesign.core import registry
from polydesign.data.corpora.demo import demo_polymers

KEYS = ("tg_exp_c", "perm_o2_exp_barrer")
_STEPS = 6


@dataclass
class Fresh:
    """A checkpoint, and what its training touched.

    Attributes:
        checkpoint: as written.
        gradients: one flag for each trained tensor, whether it ever received a gradient other than zero.
    """

    checkpoint: store.Checkpoint
    gradients: list[bool] = field(default_factory=list)

    def load(self):
        return store.load_model(self.checkpoint)


@pytest.fixture(scope="session")
def fresh(tmp_path_factory, toy_generator) -> Callable[[str], Fresh]:
    """Return a function from a family's name to its `Fresh` checkpoint.

    How a family is trained is told by what it offers: a config with phases goes through the training
    loop, a property model through the module that its spec names, and a generator that only counts is
    the toy itself.
    """

    @cache
    def train(family: str) -> Fresh:
        folder = tmp_path_factory.mktemp("contract") / family
        seen: dict[int, list] = {}

        def look(optimizer, args, kwargs):
            for parameter in (p for group in optimizer.param_groups for p in group["params"]):
                entry = seen.setdefault(id(parameter), [parameter, False])
                entry[1] |= parameter.grad is not None and bool(parameter.grad.abs().sum() > 0)

        handle = register_optimizer_step_pre_hook(look)
        try:
            if registry.role_of(family) == "predictors":
                _train_predictor(family, folder)
            elif hasattr(registry.config_class(family), "phases"):
                autoencoder = _autoencoder(family)
                if autoencoder is not None:
                    train(autoencoder)  # before this one's gradients are watched
                    seen.clear()
                _train_generator(family, folder, autoencoder and train(autoencoder).checkpoint.folder)
            else:
                folder = toy_generator
        finally:
            handle.remove()
        return Fresh(store.open_folder(folder), [flag for _, flag in seen.values()])

    return train


def _autoencoder(family: str) -> str | None:
    """Return the family whose checkpoint is handed to `family`, None where it needs none."""
    return "polyvae" if hasattr(registry.config_class(family), "for_autoencoder") else None


def _train_generator(family: str, folder: Path, autoencoder: Path | None) -> None:
    from polydesign.data.corpora.prepare import prepare
    from polydesign.training.recipes import Recipe, train_generator

    data = prepare("demo", folder.parent / "demo", vocab_size=96)
    phases = registry.presets(family)["tiny"].phases
    supervised = tuple(phase.name for phase in phases if phase.kind == "supervised")
    handed_in = str(autoencoder) if autoencoder else None
    train_generator(Recipe(family, str(data), folder, "tiny", steps=_STEPS, phases=supervised, autoencoder=handed_in))


def _train_predictor(family: str, folder: Path) -> None:
    from dataclasses import replace

    from polydesign.chem.notation.identity import chain_key

    train_on = import_module(f"polydesign.training.{registry.spec(family).training}").train_on
    polymers = demo_polymers()
    size = np.array([len(p) for p in polymers], dtype=float)
    labels = pd.DataFrame({
        "psmiles": polymers,
        "chain_key": [chain_key(p) for p in polymers],
        "tg_exp_c": 5 * size - 50,  # made up
        "perm_o2_exp_barrer": 10 ** (size / 20 - 1),
    })  # fmt: skip
    config = replace(registry.presets(family)["tiny"], keys=KEYS)
    train_on(family, labels, folder, config=config, sources=[], max_minutes=None, seed=0)
