"""A design request as the query part of an address, and back.

One parameter a wish, in the words of the command line, so that a link can be read, edited and mailed:
``?generator=polygpt&target=tg_exp_c=180:20&target=egc_dft_ev>=4@2&n=100``. A part that cannot be read is
reported and left out; the others are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from polydesign.core.errors import PolydesignError, TargetError
from polydesign.core.request import DesignRequest, Filters
from polydesign.core.targets import Target, parse_target
from polydesign.engine.design.steering.choice import names
from polydesign.engine.goals.feasibility import MAX_N, MAX_SEED

MAX_PARTS = 100
MAX_LENGTH = 500  # characters of one part
MAX_ATOMS = 500

_MANY = {"target", "option", "keep", "exclude"}


def encode(request: DesignRequest) -> dict[str, str | list[str]]:
    """Return the query parameters that restore `request`; what has its usual value is left out."""
    usual, filters = DesignRequest(request.checkpoint), request.filters
    parts: dict[str, Any] = {
        "generator": request.checkpoint,
        "revision": request.revision,
        "target": [target.text(key) for key, target in request.targets.items()],
        "n": str(request.n) if request.n != usual.n else None,
        "seed": str(request.seed) if request.seed != usual.seed else None,
        "option": [f"{name}={value}" for name, value in request.options.items()],
        "steering": request.steering if request.steering != usual.steering else None,
        "keep": list(filters.must_contain),
        "exclude": list(filters.exclude),
        "without": ",".join(filters.exclude_elements),
        "max_atoms": str(filters.max_atoms) if filters.max_atoms is not None else None,
        "pfas_free": "1" if filters.pfas_free else None,
        "known": "1" if not filters.novel_only else None,
    }
    return {name: value for name, value in parts.items() if value}


def decode(parameters: Mapping[str, Sequence[str]]) -> tuple[DesignRequest, list[str]]:
    """Return the request that a link describes and one sentence for each part that could not be read."""
    problems: list[str] = []
    fields: dict[str, Any] = {"checkpoint": ""}
    filters: dict[str, Any] = {}
    targets: dict[str, Target] = {}
    options: dict[str, str] = {}

    def target(text: str) -> None:
        key, wish = parse_target(text)
        targets[key] = wish

    def option(text: str) -> None:
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise TargetError(f"An option is written NAME=VALUE; got '{text}'.")
        options[name] = value

    readers: dict[str, Callable[[str], None]] = {
        "generator": lambda text: fields.update(checkpoint=text),
        "revision": lambda text: fields.update(revision=text),
        "target": target,
        "n": lambda text: fields.update(n=_whole("n", text, 1, MAX_N)),
        "seed": lambda text: fields.update(seed=_whole("seed", text, 0, MAX_SEED)),
        "option": option,
        "steering": lambda text: fields.update(steering=_one_of("steering", text, names())),
        "keep": lambda text: filters.update(must_contain=(*filters.get("must_contain", ()), text)),
        "exclude": lambda text: filters.update(exclude=(*filters.get("exclude", ()), text)),
        "without": lambda text: filters.update(exclude_elements=tuple(t.strip() for t in text.split(",") if t.strip())),
        "max_atoms": lambda text: filters.update(max_atoms=_whole("max_atoms", text, 1, MAX_ATOMS)),
        "pfas_free": lambda text: filters.update(pfas_free=_one_of("pfas_free", text, ("0", "1")) == "1"),
        "known": lambda text: filters.update(novel_only=_one_of("known", text, ("0", "1")) == "0"),
    }
    parts = [(name, text) for name, texts in parameters.items() for text in (texts if name in _MANY else texts[-1:])]
    if len(parts) > MAX_PARTS:
        problems.append(f"It has {len(parts)} parts; the first {MAX_PARTS} were read.")
    for name, text in parts[:MAX_PARTS]:
        if name not in readers:
            problems.append(f"'{name[:40]}' is not a part of a request.")
        elif len(text) > MAX_LENGTH:
            problems.append(f"'{name}' is {len(text)} characters long; at most {MAX_LENGTH} are read.")
        else:
            try:
                readers[name](text)
            except PolydesignError as error:
                problems.append(str(error))
    return DesignRequest(**fields, targets=targets, options=options, filters=Filters(**filters)), problems


def _whole(name: str, text: str, low: int, high: int) -> int:
    try:
        value = int(text)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise TargetError(f"'{name}' must be a whole number from {low} to {high}; got '{text[:40]}'.")
    return value


def _one_of(name: str, text: str, allowed: tuple[str, ...]) -> str:
    if text not in allowed:
        raise TargetError(f"'{name}' must be {' or '.join(allowed)}; got '{text[:40]}'.")
    return text
