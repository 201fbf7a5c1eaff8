"""Finds model families by folder and loads their torch code only when it is used.

A family is a folder in polydesign/generators or polydesign/predictors with spec.py (a module-level
`SPEC`, free of torch), config.py, network.py and a generator.py or predictor.py. Adding a family touches no other file.
"""

from __future__ import annotations

import importlib
import importlib.util
from functools import cache
from pathlib import Path
from typing import Any, Literal

from polydesign.core.errors import CheckpointError, TrainingError
from polydesign.core.specs import GeneratorSpec, PredictorSpec

Role = Literal["generators", "predictors"]
_PACKAGE = Path(__file__).resolve().parent.parent


@cache
def specs(role: Role) -> dict[str, Any]:
    """Return family name -> `GeneratorSpec` or `PredictorSpec` of every folder that has a spec.py."""
    found = {}
    for path in sorted((_PACKAGE / role).glob("*/spec.py")):
        spec = importlib.import_module(f"polydesign.{role}.{path.parent.name}.spec").SPEC
        if spec.family != path.parent.name:
            raise RuntimeError(f"{path} names its family '{spec.family}'; the folder says '{path.parent.name}'.")
        found[spec.family] = spec
    return found


def role_of(family: str) -> Role:
    """Say whether `family` generates or predicts; raise `CheckpointError` when it is unknown."""
    for role in ("generators", "predictors"):
        if family in specs(role):  # type: ignore[arg-type]
            return role  # type: ignore[return-value]
    known = sorted([*specs("generators"), *specs("predictors")])
    raise CheckpointError(f"Unknown model family '{family}'. This version knows: {', '.join(known)}.")


def spec(family: str) -> GeneratorSpec | PredictorSpec:
    """Return the spec of a family."""
    return specs(role_of(family))[family]


def card_text(family: str) -> str:
    """Return the family's card.md, what every model card of the family says in words; "" where there is none."""
    path = _PACKAGE / role_of(family) / family / "card.md"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def config_class(family: str) -> Any:
    """Return the dataclass that holds the family's settings (torch-free)."""
    return _attribute(family, "config", spec(family).config)


def presets(family: str) -> dict[str, Any]:
    """Return preset name -> config of a family (torch-free)."""
    return importlib.import_module(f"polydesign.{role_of(family)}.{family}.config").PRESETS


def minutes(family: str, preset: str) -> float:
    """Return the wall-clock minutes that the family's recipe states for a preset (torch-free)."""
    return importlib.import_module(f"polydesign.{role_of(family)}.{family}.config").MINUTES[preset]


def is_trained(family: str) -> bool:
    """Say whether a family has a recipe; one without is counted or made by hand."""
    return importlib.util.find_spec(f"polydesign.{role_of(family)}.{family}.recipe") is not None


def recipe(family: str) -> Any:
    """Return how a family is trained, its `RECIPE`; imports torch. Raises `TrainingError` where it has none."""
    if not is_trained(family):
        raise TrainingError(f"{family} has no recipe.py: it is not trained here.")
    return importlib.import_module(f"polydesign.{role_of(family)}.{family}.recipe").RECIPE


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
    return getattr(importlib.import_module(f"polydesign.{role_of(family)}.{family}.{module}"), name)
