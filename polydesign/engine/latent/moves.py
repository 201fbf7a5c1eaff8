"""Ways through a latent space: from one polymer to another, around one, and up a property.

Every step is decoded, judged and, where it is a repeat unit, predicted by the guide. Nothing is left out: a step that
decodes to no repeat unit keeps its place, its string and the reason.

Shapes: n steps, d dimensions of a code.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np

from polydesign.core import registry
from polydesign.core.errors import DataError, OptionError
from polydesign.core.progress import OnProgress, Progress, ShouldStop, stop_if_asked
from polydesign.core.properties import property_spec
from polydesign.core.protocols import LatentGenerator
from polydesign.core.results import Prediction, PredictionColumns
from polydesign.engine.intake import read as upload
from polydesign.engine.intake.resolve import resolve
from polydesign.engine.latent.map import LatentMap, encode, first_two
from polydesign.engine.predict.polymer import common_name
from polydesign.engine.session import Session
from polydesign.engine.writers import csv_text
from polydesign.store import Checkpoint

MOST = 100
"""Steps of a walk or a climb."""
MOST_AROUND = 500
FARTHEST = 3.0
"""Radius or stride, in standard deviations."""


@dataclass(frozen=True)
class Moves:
    """n decoded codes in order, and what is thought of them.

    Attributes:
        title: what was done, in words.
        xy: (n, 2) places in the plane of the map's principal components.
        distance: (n,) from the first code, in standard deviations of the prior a dimension (root mean square).
        raw: n strings as decoded.
        psmiles: n canonical repeat units, None where a step is none.
        reasons: n reasons why not, "" for a repeat unit.
        keys: of the n chains, None where there is none.
        names: n names of common polymers with these chains, "" for none.
        predictions: property key -> n of the guide's predictions, NaN where there is no repeat unit.
        line: n values that the map's line gives to the codes, in the unit of `climbed`; empty but for a climb.
        climbed: the property that was climbed, "" for none.
        ordered: whether the steps follow each other on a line.
        first: (n, 2) places by the first two dimensions of the codes.
        notes: sentences for the reader.
    """

    title: str
    xy: np.ndarray
    distance: np.ndarray
    raw: list[str]
    psmiles: list[str | None]
    reasons: list[str]
    keys: list[str | None]
    names: list[str]
    predictions: Mapping[str, PredictionColumns]
    line: np.ndarray = field(default_factory=lambda: np.zeros(0))
    climbed: str = ""
    ordered: bool = True
    first: np.ndarray = field(default_factory=lambda: np.zeros((0, 2)))
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.raw)

    @property
    def valid(self) -> np.ndarray:
        """(n,) bool: whether a step is a repeat unit."""
        return np.array([text is not None for text in self.psmiles], dtype=bool)

    def of(self, step: int) -> dict[str, Prediction]:
        """Return the predictions of one step, none where there is no repeat unit."""
        if self.psmiles[step] is None:
            return {}
        return {key: columns.row(step) for key, columns in self.predictions.items()}

    def to_csv(self) -> str:
        """Return one row a step, invalid ones included; what is not known is an empty cell."""
        rows = []
        for i, raw in enumerate(self.raw):
            cells: dict[str, Any] = {
                "step": i + 1, "psmiles": self.psmiles[i] or "", "decoded": raw, "problem": self.reasons[i],
                "name": self.names[i], "distance": f"{self.distance[i]:.4g}",
                "pc1": f"{self.xy[i, 0]:.4g}", "pc2": f"{self.xy[i, 1]:.4g}",
            }  # fmt: skip
            if self.climbed:
                cells[f"{self.climbed}_line"] = self.line[i]
            for key, value in self.of(i).items():
                cells |= {key: value.mean, f"{key}_lo80": value.lo80, f"{key}_hi80": value.hi80}
                cells[f"{key}_in_domain"] = value.in_domain
            rows.append(cells)
        return csv_text(rows)


@dataclass(frozen=True)
class Space:
    """A generator's latent space: its checkpoint, its map, and the loaded models to go through it with."""

    checkpoint: Checkpoint
    map: LatentMap
    session: Session

    @property
    def generator(self) -> LatentGenerator:
        """The generator; loaded when first asked for."""
        return cast(LatentGenerator, self.session.generator(self.checkpoint))

    def loading(self, on_progress: OnProgress | None) -> None:
        """Say that the generator is being loaded, which takes seconds the first time."""
        if on_progress is not None:
            on_progress(Progress("load", 0, 1, f"Loading {self.checkpoint.label}"))


def read_polymer(text: str) -> str:
    """Return the canonical repeat unit that a text names: a p-SMILES, or a common polymer by its name.

    Raises `DataError` with the reason when it is neither, or several.
    """
    from polydesign.chem.notation.psmiles import validate

    rows = resolve(upload.typed(text).rows)
    if not rows:
        raise DataError("Nothing was given. Type a repeat unit with two *, or the name of a polymer.")
    if len(rows) > 1:
        raise DataError(f"{len(rows)} polymers were given where one is needed.")
    verdict = validate(rows[0].psmiles or "")
    reason = rows[0].reason if rows[0].psmiles is None else verdict.reason
    if verdict.psmiles is None or rows[0].psmiles is None:
        raise DataError(f"{reason[:1].upper()}{reason[1:]}")
    return verdict.psmiles


def walk(
    space: Space, start: str, end: str, n: int = 10, *, options: Mapping[str, Any] | None = None, seed: int = 0,
    on_progress: OnProgress | None = None, should_stop: ShouldStop | None = None,
) -> Moves:  # fmt: skip
    """Go straight from the code of one polymer to that of another in `n` steps, both ends included.

    Raises `DataError` for a polymer that cannot be read, `OptionError` for a number out of bounds, `Stopped`.
    """
    _within("The number of steps", n, 2, MOST)
    first, last = read_polymer(start), read_polymer(end)
    space.loading(on_progress)
    a, b = _codes(space, [first, last])
    codes = a + np.linspace(0, 1, n, dtype=np.float32)[:, None] * (b - a)
    title = f"From {_called(first)} to {_called(last)} in {n} steps"
    return _judge(space, codes, title, options, seed, on_progress, should_stop, {0: first, n - 1: last})


def around(
    space: Space, start: str, radius: float = 0.5, n: int = 20, *, options: Mapping[str, Any] | None = None,
    seed: int = 0, on_progress: OnProgress | None = None, should_stop: ShouldStop | None = None,
) -> Moves:  # fmt: skip
    """Decode the code of a polymer and `n` points about it, nearest first.

    Each dimension of a point is off by a normal number of `radius` standard deviations of the prior. Raises as `walk`.
    """
    _within("The number of points", n, 1, MOST_AROUND)
    _within("The radius", radius, 0.0, FARTHEST)
    first = read_polymer(start)
    space.loading(on_progress)
    (a,) = _codes(space, [first])
    noise = np.random.default_rng(seed).standard_normal((n, len(a))).astype(np.float32)
    noise = noise[np.argsort((noise**2).sum(axis=1), kind="stable")]
    codes = np.concatenate([a[None], a + radius * space.map.prior_std * noise])
    title = f"{n} points around {_called(first)}, radius {radius:g}"
    return _judge(space, codes, title, options, seed, on_progress, should_stop, {0: first}, ordered=False)


def uphill(
    space: Space, start: str, key: str, n: int = 10, stride: float = 0.6, *, down: bool = False,
    options: Mapping[str, Any] | None = None, seed: int = 0, on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> Moves:  # fmt: skip
    """Go up (or `down`) a property from the code of a polymer, the first of `n` steps, by the map's ridge regression.

    Each step is `stride` standard deviations of the library's codes long. Raises as `walk`.
    """
    spec = property_spec(key)
    _within("The number of steps", n, 2, MOST)
    _within("The length of a step", stride, 0.0, FARTHEST)
    direction = space.map.ridge.uphill(key) * (-1 if down else 1)
    first = read_polymer(start)
    space.loading(on_progress)
    (a,) = _codes(space, [first])
    codes = (a + stride * np.arange(n)[:, None] * direction).astype(np.float32)
    title = f"{'Down' if down else 'Up'} in {spec.label} from {_called(first)} in {n} steps"
    line = space.map.ridge.read(key, codes)
    return _judge(space, codes, title, options, seed, on_progress, should_stop, {0: first}, line=line, climbed=key)


def plane(
    space: Space, start: str, n: int = 5, reach: float = 1.5, *, options: Mapping[str, Any] | None = None,
    seed: int = 0, on_progress: OnProgress | None = None, should_stop: ShouldStop | None = None,
) -> Moves:  # fmt: skip
    """Decode the code of a polymer, then a grid of `n` by `n` codes that differ from it in z1 and z2 alone.

    The grid reaches `reach` standard deviations of the prior to either side. Raises as `walk`.
    """
    _within("The points a side", n, 2, math.isqrt(MOST_AROUND))
    _within("The reach", reach, 0.0, FARTHEST)
    first = read_polymer(start)
    space.loading(on_progress)
    (a,) = _codes(space, [first])
    steps = np.linspace(-reach, reach, n, dtype=np.float32)
    codes = np.repeat(a[None], 1 + n * n, axis=0)
    grid = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)[:, : len(a)]
    codes[1:, :2] += grid * space.map.prior_std[:2]
    title = f"{n} by {n} points of z1 and z2 around {_called(first)}"
    return _judge(space, codes, title, options, seed, on_progress, should_stop, {0: first}, ordered=False)


def draws(
    space: Space, prior: Checkpoint, n: int = 20, *, options: Mapping[str, Any] | None = None, seed: int = 0,
    on_progress: OnProgress | None = None, should_stop: ShouldStop | None = None,
) -> Moves:  # fmt: skip
    """Decode `n` codes that a prior of this space draws without targets, at its own settings; see `priors`.

    Raises `OptionError` for a number out of bounds, `CheckpointError` when the prior cannot be loaded, `Stopped`.
    """
    _within("The number of draws", n, 1, MOST_AROUND)
    space.loading(on_progress)
    generator = cast(LatentGenerator, space.session.generator(prior))
    codes = generator.prior(n, seed=seed, should_stop=should_stop)
    title = f"{n} draws of the prior of {prior.label}"
    return _judge(space, codes, title, options, seed, on_progress, should_stop, {}, ordered=False)


def decoding_options(checkpoint: Checkpoint, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the options to decode with: those of a design run, but the most probable token each time.

    A walk is to show what lies where, not the dice of the decoder. `given` wins; raises `OptionError`.
    """
    spec = registry.specs("generators")[checkpoint.family]
    careful = {"temperature": 0.0} if any(option.name == "temperature" for option in spec.options) else {}
    return spec.check_options({**careful, **(given or {})}, design=True)


def _codes(space: Space, psmiles: list[str]) -> np.ndarray:
    codes = encode(space.generator, psmiles)
    for text, code in zip(psmiles, codes, strict=True):
        if not np.isfinite(code).all():
            raise DataError(f"{space.checkpoint.label} cannot read {text[:80]}: its notation has no way to write it.")
    return codes


def _judge(
    space: Space, codes: np.ndarray, title: str, options: Mapping[str, Any] | None, seed: int,
    on_progress: OnProgress | None, should_stop: ShouldStop | None, ends: Mapping[int, str], **more: Any,
) -> Moves:  # fmt: skip
    """Decode codes and judge what comes; `ends` are the polymers whose own codes stand in these places."""
    from polydesign.chem.notation.identity import chain_key
    from polydesign.chem.notation.psmiles import validate

    stop_if_asked(should_stop, "The way through the latent space")

    def decoding(progress: Progress) -> None:
        if on_progress is not None:
            on_progress(Progress("generate", 0, 2, f"Decoding {len(codes)} points"))

    decoding(Progress("generate", 0, 1))
    chosen = decoding_options(space.checkpoint, options)
    raw = space.generator.decode(codes, seed=seed, options=chosen, should_stop=should_stop)
    verdicts = [validate(text) for text in raw]
    psmiles = [verdict.psmiles for verdict in verdicts]
    keys = [chain_key(text) if text is not None else None for text in psmiles]
    if on_progress is not None:
        on_progress(Progress("predict", 1, 2, "Predicting their properties"))
    return Moves(
        title=title,
        xy=space.map.project(codes),
        first=first_two(codes),
        distance=np.sqrt((((codes - codes[0]) / space.map.prior_std) ** 2).mean(axis=1)),
        raw=raw,
        psmiles=psmiles,
        reasons=["" if verdict.psmiles is not None else verdict.reason for verdict in verdicts],
        keys=keys,
        names=[common_name(key) if key else "" for key in keys],
        predictions=_predicted(space.session, psmiles, should_stop),
        notes=tuple(
            f"Step {place + 1} is the code of {_called(text)} itself, which decodes to "
            + ("another polymer." if keys[place] else "no repeat unit.")
            for place, text in ends.items()
            if keys[place] != chain_key(text)
        ),
        **more,
    )


def _predicted(
    session: Session, psmiles: list[str | None], should_stop: ShouldStop | None
) -> dict[str, PredictionColumns]:
    """Return the guide's predictions of repeat units, each distinct one asked once; NaN where there is none."""
    distinct = list(dict.fromkeys(text for text in psmiles if text is not None))
    if not distinct:
        return {}
    places = np.array([distinct.index(text) if text is not None else -1 for text in psmiles])
    found = session.guide().predict(distinct, should_stop=should_stop)

    def spread(column: np.ndarray) -> np.ndarray:
        return np.where(places < 0, np.nan, column[places])

    return {
        key: PredictionColumns(
            spread(c.mean), spread(c.std), spread(c.lo80), spread(c.hi80), (places >= 0) & c.in_domain[places]
        )
        for key, c in found.items()
    }


def _called(psmiles: str) -> str:
    from polydesign.chem.notation.identity import chain_key

    return common_name(chain_key(psmiles)) or psmiles


def _within(what: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise OptionError(f"{what} must lie between {low:g} and {high:g}; got {value:g}.")
