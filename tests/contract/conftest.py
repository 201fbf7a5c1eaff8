"""A small, freshly trained checkpoint of each registered family, made once for all contract tests."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
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
def fresh(tmp_path_factory) -> Callable[[str], Fresh]:
    """Return a function from a family's name to its `Fresh` checkpoint.

    A family is trained as its recipe says: a few steps of its supervised phases, or where it only counts, as a whole.
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
            else:
                parts = {name: str(train(other).checkpoint.folder) for name, other in _parts(family).items()}
                seen.clear()  # of the parts
                _train_generator(family, folder, parts)
        finally:
            handle.remove()
        return Fresh(store.open_folder(folder), [flag for _, flag in seen.values()])

    return train


def _parts(family: str) -> dict[str, str]:
    """Return name of a part -> a family whose checkpoint is handed in for it."""
    return {name: {"autoencoder": "polyvae"}[name] for name in registry.recipe(family).parts}


def learns_by_gradients(family: str) -> bool:
    """Say whether a generator goes through the training loop; what does not, counts."""
    from polydesign.training.recipes.loop import LoopRecipe

    return isinstance(registry.recipe(family), LoopRecipe)


def _train_generator(family: str, folder: Path, parts: dict[str, str]) -> None:
    from polydesign.data.corpora.prepare import prepare
    from polydesign.training.recipe import Order
    from polydesign.training.record import train

    data = prepare("demo", folder.parent / "demo", vocab_size=96)
    if not learns_by_gradients(family):
        train(Order(family, str(data), folder, "tiny", parts=parts))
        return
    phases = registry.recipe(family).phases(registry.presets(family)["tiny"])
    supervised = tuple(phase.name for phase in phases if phase.kind == "supervised")
    train(Order(family, str(data), folder, "tiny", steps=_STEPS, phases=supervised, parts=parts))


def _train_predictor(family: str, folder: Path) -> None:
    from dataclasses import replace

    from polydesign.chem.notation.identity import chain_key
    from polydesign.training.recipe import Order
    from polydesign.training.record import write

    polymers = demo_polymers()
    size = np.array([len(p) for p in polymers], dtype=float)
    labels = pd.DataFrame({
        "psmiles": polymers,
        "chain_key": [chain_key(p) for p in polymers],
        "tg_exp_c": 5 * size - 50,  # made up
        "perm_o2_exp_barrer": 10 ** (size / 20 - 1),
    })  # fmt: skip
    config = replace(registry.presets(family)["tiny"], keys=KEYS)
    order = Order(family, "properties", folder)
    write(order, registry.recipe(family).learn(labels, config, order, []))
