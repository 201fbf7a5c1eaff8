"""Knows the model families, ours and those of installed packages, and loads their torch code only when it is used.

A family is a folder with spec.py (a module-level `SPEC`, free of torch), config.py, network.py, a generator.py or
predictor.py, and where it has them card.md, recipe.py (a module-level `RECIPE`) and encoding.py. Adding a family
touches no other file: see `polydesign.core.families` for where the folders are looked for.
"""

from __future__ import annotations

import importlib
import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

from polydesign.core.errors import CheckpointError, TrainingError
from polydesign.core.families import ROLES, Families, Role, find_families
from polydesign.core.specs import GeneratorSpec, Minutes, PredictorSpec


@cache
def _families() -> Families:
    return find_families()


def look_again() -> None:
    """Forget which families there are, so that a package installed meanwhile is seen."""
    importlib.invalidate_caches()
    _families.cache_clear()


def specs(role: Role) -> dict[str, Any]:
    """Return family name -> `GeneratorSpec` or `PredictorSpec` of every family that generates or predicts."""
    return _families().specs[role]


def role_of(family: str) -> Role:
    """Say whether `family` generates or predicts; raise `CheckpointError` when it is unknown or cannot be used."""
    for role in ROLES:
        if family in specs(role):
            return role
    if family in _families().broken:
        raise CheckpointError(f"{_families().broken[family]} Mend that package, or ask for another family.")
    names = sorted(name for role in ROLES for name in specs(role))
    raise CheckpointError(
        f"Unknown model family '{family}'. This version knows: {', '.join(names)}. Where another package has it, "
        f"install that package beside polydesign."
    )


def spec(family: str) -> GeneratorSpec | PredictorSpec:
    """Return the spec of a family."""
    return specs(role_of(family))[family]


def package(family: str) -> str:
    """Return the dotted name of the package that is the family, such as ``polydesign.generators.polygpt``."""
    role = role_of(family)
    return _families().guests.get(family, f"polydesign.{role}.{family}")


def card_text(family: str) -> str:
    """Return the family's card.md, what every model card of the family says in words; "" where there is none."""
    found = importlib.util.find_spec(package(family))
    folders = (found and found.submodule_search_locations) or ()
    cards = [path for folder in folders if (path := Path(folder) / "card.md").is_file()]
    return cards[0].read_text(encoding="utf-8") if cards else ""


def config_class(family: str) -> Any:
    """Return the dataclass that holds the family's settings (torch-free)."""
    return _attribute(family, "config", spec(family).config)


def presets(family: str) -> dict[str, Any]:
    """Return preset name -> config of a family (torch-free)."""
    return _attribute(family, "config", "PRESETS")


def minutes(family: str, preset: str) -> Minutes:
    """Return the wall-clock minutes that the family states for a preset, none where it states none (torch-free)."""
    return _attribute(family, "config", "MINUTES").get(preset, Minutes())


def is_trained(family: str) -> bool:
    """Say whether a family has a recipe; one without is counted or made by hand."""
    return importlib.util.find_spec(f"{package(family)}.recipe") is not None


def recipe(family: str) -> Any:
    """Return how a family is trained, its `RECIPE`; imports torch. Raises `TrainingError` where it has none."""
    if not is_trained(family):
        raise TrainingError(f"{family} has no recipe.py: it is not trained here.")
    return _attribute(family, "recipe", "RECIPE")


def network_class(family: str) -> Any:
    """Return the torch module of a family; imports torch."""
    return _attribute(family, "network", spec(family).network)


def model_class(family: str) -> Any:
    """Return the family's generator or predictor class; imports torch."""
    entry = spec(family)
    if isinstance(entry, GeneratorSpec):
        return _attribute(family, "generator", entry.generator)
    return _attribute(family, "predictor", entry.predictor)


def _attribute(family: str, module: str, name: str) -> Any:
    """Return what a module of the family defines; raise `CheckpointError` when another's package does not."""
    path = f"{package(family)}.{module}"
    try:
        return getattr(importlib.import_module(path), name)
    except Exception as error:
        if path.startswith("polydesign."):  # a mistake of ours: it keeps its trace
            raise
        raise CheckpointError(
            f"The model family '{family}' cannot be used: {path}, which is no part of polydesign, fails with "
            f"{type(error).__name__}: {error}. Mend that package, or ask for another family."
        ) from error
