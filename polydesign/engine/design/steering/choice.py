"""The kinds of steering there are, and which one a request is answered by."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Any

from polydesign.core.properties import PROPERTIES
from polydesign.core.request import DesignRequest
from polydesign.core.specs import GeneratorSpec
from polydesign.engine.design import steering as folder
from polydesign.engine.design.steering.free import FREE
from polydesign.engine.design.steering.kind import Plan, Steering
from polydesign.engine.design.steering.select import SELECT
from polydesign.store import Checkpoint


@cache
def kinds() -> Mapping[str, Steering]:
    """Return name -> kind, of every file of this folder that has a `STEERING`, in the order of menus."""
    modules = (info.name for info in pkgutil.iter_modules(folder.__path__, f"{folder.__name__}."))
    others = (name for name in modules if name != __name__)
    found = [kind for name in others if (kind := getattr(importlib.import_module(name), "STEERING", None))]
    return MappingProxyType({kind.name: kind for kind in sorted(found, key=lambda kind: kind.place)})


def names() -> tuple[str, ...]:
    """Return the names that a request may ask for."""
    return tuple(name for name, kind in kinds().items() if kind.label)


def offered(spec: GeneratorSpec) -> tuple[str, ...]:
    """Return the names of the kinds that a family can follow, its usual one first."""
    return tuple(name for name, kind in kinds().items() if kind.offered(spec))


def gathered(plan: Plan, spec: GeneratorSpec) -> float:
    """Return how many candidates are gathered for each one that is returned."""
    return kinds()[plan.name].gathered(spec)


def choose(request: DesignRequest, spec: GeneratorSpec, checkpoint: Checkpoint) -> Plan:
    """Return the plan that is asked for, or the nearest that the generator is able to follow."""
    if not request.targets:
        return Plan(FREE, {})
    kind = kinds()[request.steering]
    if kind.offered(spec):
        return kind.plan(request, spec, checkpoint)
    return replace(kinds()[SELECT].plan(request, spec, checkpoint), warnings=(kind.refusal(spec),))


def sentence(manifest: Mapping[str, Any]) -> str:
    """Return what a reader should know of the property head behind a result; nothing where there was none."""
    head = manifest.get("head")
    if not head:
        return ""
    scores = [f"{PROPERTIES[key].symbol} {r2:.2f}" for key, r2 in head["r2"].items() if key in PROPERTIES]
    return (
        f"Steered by gradient ascent in the latent space. Its property head, fitted to {head['n']:,} decoded codes, "
        f"predicts {head['n_held_out']:,} others with R² {', '.join(scores)}."
    )
