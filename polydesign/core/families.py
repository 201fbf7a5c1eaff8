"""Where the model families are: in our own folders, and in installed packages that announce theirs.

Ours are the folders of polydesign/generators and polydesign/predictors. Another distribution announces a family by an
entry point of the group ``polydesign.generators`` or ``polydesign.predictors``, whose name is the family's and whose
value is the dotted name of a package of the same form (in its pyproject.toml)::

    [project.entry-points."polydesign.generators"]
    toygraph = "toy_families.toygraph"

What such a package says of itself is read here, torch-free. One that is not as it should be is never dropped in
silence: a warning names it, and whoever asks for the family is told why it is not there.
"""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Literal

from polydesign.core.specs import GeneratorSpec, PredictorSpec

Role = Literal["generators", "predictors"]
ROLES: dict[Role, type[GeneratorSpec] | type[PredictorSpec]] = {
    "generators": GeneratorSpec,
    "predictors": PredictorSpec,
}
_OURS = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Families:
    """Which families there are.

    Attributes:
        specs: role -> family -> its `SPEC`; ours first, then those of other packages.
        guests: family of another package -> dotted name of that package.
        broken: family -> why it cannot be used, a sentence.
    """

    specs: Mapping[Role, dict[str, Any]] = field(default_factory=lambda: {role: {} for role in ROLES})
    guests: dict[str, str] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)


def find_families() -> Families:
    """Look for all families; warn of each announced one that cannot be used."""
    families = Families()
    taken: dict[str, str] = {}
    for role in ROLES:
        for path in sorted((_OURS / role).glob("*/spec.py")):
            name = path.parent.name
            taken[name] = f"polydesign.{role}.{name}"
            families.specs[role][name] = spec = importlib.import_module(f"{taken[name]}.spec").SPEC
            if spec.family != name:
                raise RuntimeError(f"{path} names its family '{spec.family}'; the folder says '{name}'.")
    for role, entry in _announced():
        try:
            if entry.name in taken:
                raise _Unfit(f"the name is taken by {taken[entry.name]}")
            families.specs[role][entry.name] = _read(role, entry)
            taken[entry.name] = families.guests[entry.name] = entry.value
        except Exception as error:  # whatever another's code raises, ours goes on
            problem = str(error) if isinstance(error, _Unfit) else f"{type(error).__name__}: {error}"
            sentence = f"The model family '{entry.name}' of {_origin(entry)} is left out: {problem.rstrip('.')}."
            warnings.warn(sentence, stacklevel=2)
            families.broken.setdefault(entry.name, sentence)
    return families


class _Unfit(Exception):
    """A package that is not of the form of a family."""


def _announced() -> Iterator[tuple[Role, EntryPoint]]:
    """Yield the entry points of both groups, in an order that does not depend on the file system."""
    for role in ROLES:
        found = entry_points(group=f"polydesign.{role}")
        yield from ((role, entry) for entry in sorted(found, key=lambda entry: (entry.name, _origin(entry))))


def _read(role: Role, entry: EntryPoint) -> GeneratorSpec | PredictorSpec:
    """Return the spec of an announced package after a look at all that can be seen without torch."""
    package = entry.value
    spec = importlib.import_module(f"{package}.spec").SPEC
    expected = ROLES[role]
    if not isinstance(spec, expected):
        raise _Unfit(f"SPEC in {package}.spec must be a {expected.__name__}; it is {type(spec).__name__}")
    if spec.family != entry.name:
        raise _Unfit(f"its entry point says '{entry.name}', SPEC in {package}.spec says '{spec.family}'")
    config = importlib.import_module(f"{package}.config")
    for name in (spec.config, "PRESETS"):
        if not hasattr(config, name):
            raise _Unfit(f"{package}.config has no {name}")
    for name in ("network", role.removesuffix("s")):
        if importlib.util.find_spec(f"{package}.{name}") is None:
            raise _Unfit(f"there is no {package}.{name}")
    return spec


def _origin(entry: EntryPoint) -> str:
    """Say which distribution announces a family, and by which package."""
    name = f"{entry.dist.name} {entry.dist.version}" if entry.dist is not None else "an unknown distribution"
    return f"{name} (package {entry.value})"
