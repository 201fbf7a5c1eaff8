"""Steer a generator that has codes: fit a property head to its own codes, lead new codes up its gradient, decode them.

The head is fitted once for a checkpoint and a guide, to codes that the generator draws, decodes with the settings a
design run starts from, and the guide judges; its seed is fixed, so that a run does not depend on who fitted it. How
well it predicts rows it has not seen is measured and goes into the result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Protocol, cast

import numpy as np

from polydesign.core.goal import goals
from polydesign.core.progress import OnProgress, Progress, ShouldStop, stop_if_asked
from polydesign.core.properties import property_spec
from polydesign.core.protocols import Generator, LatentGenerator, PropertyPredictor
from polydesign.core.specs import GeneratorSpec
from polydesign.core.targets import Targets
from polydesign.engine.design.pool import COMPUTED, computed
from polydesign.engine.design.steering.kind import Means, Plan, Prepared, Steering, told
from polydesign.engine.design.steering.select import SELECT

LATENT = "latent"
N_CODES = 2000
"""Codes drawn for a head; some decode to nothing valid."""
LEAST_ROWS = 100
LEAST_R2 = 0.1
"""A head that explains less of a property on rows it has not seen cannot lead codes to it."""
_HELD_OUT = 0.2
_SEED = 0
_BLOCK = 256


class SteerableGenerator(Generator, LatentGenerator, Protocol):
    """A generator that has codes."""


@dataclass(frozen=True)
class FittedHead:
    """A property head and how far to trust it.

    Attributes:
        head: an `nn.property_head.PropertyHead` of K properties.
        keys: the K properties.
        mean, std: (K,) of the properties on their scales, by which the head's are standardised.
        error: (K,) standard deviations, standardised, of its errors on rows it has not seen.
        r2: key -> coefficient of determination on those rows.
        n, n_held_out: rows it was fitted to, and those it has not seen.
    """

    head: Any
    keys: tuple[str, ...]
    mean: np.ndarray
    std: np.ndarray
    error: np.ndarray
    r2: Mapping[str, float]
    n: int
    n_held_out: int

    def record(self, targets: Targets) -> dict[str, Any]:
        """Return what a manifest says of the head: rows, and its R2 for the targets."""
        r2 = {key: round(self.r2[key], 3) for key in targets if key in self.r2}
        return {"n": self.n, "n_held_out": self.n_held_out, "r2": r2}


def fit(
    generator: SteerableGenerator,
    spec: GeneratorSpec,
    guide: PropertyPredictor | None,
    *,
    n_codes: int = N_CODES,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> FittedHead | None:
    """Fit a head for what the guide predicts and what is computed from the string.

    Returns None when too few of `n_codes` codes decode to valid units. Raises `Stopped` when asked to.
    """
    import torch

    from polydesign.nn.property_head import fit_head

    codes, table = label(generator, spec, guide, n_codes, on_progress, should_stop)
    n_held_out = round(_HELD_OUT * len(codes))
    n = len(codes) - n_held_out
    if n < LEAST_ROWS:
        return None
    scaled = {key: property_spec(key).to_scale(values) for key, values in table.items()}
    keys = tuple(key for key, values in scaled.items() if np.nanstd(values[:n]) > 0)
    y = np.stack([np.where(np.isfinite(scaled[key]), scaled[key], np.nan) for key in keys], axis=1)
    mean, std = np.nanmean(y[:n], axis=0), np.nanstd(y[:n], axis=0)
    y = (y - mean) / std
    z = torch.from_numpy(codes)
    head = fit_head(
        z[:n],
        torch.from_numpy(y[:n].astype(np.float32)),
        seed=_SEED,
        check=lambda: stop_if_asked(should_stop, "Steering"),
    )
    errors = head(z[n:]).numpy() - y[n:]
    spread = np.nanvar(y[n:], axis=0)
    r2 = 1 - np.nanmean(errors**2, axis=0) / np.where(spread > 0, spread, np.nan)
    error = np.sqrt(np.nanmean(errors**2, axis=0))
    return FittedHead(head, keys, mean, std, error, dict(zip(keys, r2.tolist(), strict=True)), n, n_held_out)


def label(
    generator: SteerableGenerator,
    spec: GeneratorSpec,
    guide: PropertyPredictor | None,
    n_codes: int,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Draw codes, decode and judge them; return (N, d) codes of valid units and key -> (N,) values in the unit."""
    from polydesign.chem.notation.psmiles import validate

    options = spec.check_options(None, design=True)
    codes = generator.prior(n_codes, seed=_SEED, options=options, should_stop=should_stop)
    kept, blocks = [], []
    for start in range(0, n_codes, _BLOCK):
        stop_if_asked(should_stop, "Steering")
        rows = codes[start : start + _BLOCK]
        raw = generator.decode(rows, seed=_SEED + start, options=options, should_stop=should_stop)
        verdicts = [validate(text).psmiles for text in raw]
        psmiles = [text for text in verdicts if text is not None]
        if psmiles:
            kept.append(rows[[text is not None for text in verdicts]])
            columns = {} if guide is None else dict(guide.predict(psmiles, should_stop=should_stop))
            values = {key: np.asarray(column.mean, dtype=float) for key, column in columns.items()}
            blocks.append(values | computed(COMPUTED, psmiles))
        if on_progress is not None:
            done = min(start + _BLOCK, n_codes)
            message = f"Learning where properties lie: {done:,} of {n_codes:,} codes"
            on_progress(Progress("head", done, n_codes, message))
    if not kept:
        return codes[:0], {}
    return np.concatenate(kept), {key: np.concatenate([block[key] for block in blocks]) for key in blocks[0]}


def generate(
    generator: SteerableGenerator,
    fitted: FittedHead,
    targets: Targets,
    n: int,
    *,
    seed: int,
    options: Mapping[str, Any],
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> list[str]:
    """Return `n` raw strings of codes led towards `targets`, all of which the head knows; raises `Stopped`.

    The codes climb the logarithm of the closeness that ranks (`core.goal`), a parabola about each goal's aim that is
    as wide as its tolerance and the head's error together, and the narrower the more the target weighs.
    """
    import torch

    from polydesign.nn.property_head import climb

    columns, low, high, width = [], [], [], []
    for goal in goals(targets):
        place = fitted.keys.index(goal.key)
        mean, std = fitted.mean[place], fitted.std[place]
        columns.append(place)
        low.append((goal.aim.low - mean) / std)
        high.append((goal.aim.high - mean) / std)
        width.append(np.hypot(goal.tolerance / std, fitted.error[place]) / np.sqrt(goal.target.weight))
    z = generator.prior(n, seed=seed, options=options, should_stop=should_stop)
    led = climb(
        fitted.head,
        torch.from_numpy(z),
        columns,
        *(torch.tensor(values, dtype=torch.float32) for values in (low, high, width)),
        generator=torch.Generator().manual_seed(seed),
        check=lambda: stop_if_asked(should_stop, "Steering"),
    )
    return generator.decode(led.numpy(), seed=seed, options=options, on_progress=on_progress, should_stop=should_stop)


def trusted(plan: Plan, fitted: FittedHead | None) -> Plan:
    """Return the plan by the targets that the head knows something of; by selection when there are none."""
    if fitted is None:
        warning = (
            f"Fewer than {LEAST_ROWS} of the codes that were tried decode to valid units, too few to learn where "
            "properties lie: the best of free samples are selected."
        )
        return Plan(SELECT, {}, (*plan.warnings, warning))
    readable = {key: target for key, target in plan.conditions.items() if fitted.r2.get(key, 0.0) >= LEAST_R2}
    unread = [property_spec(key).label for key in plan.conditions if key not in readable]
    if not unread:
        return plan
    warning = (
        f"The codes say too little of {', '.join(unread)} (R² below {LEAST_R2:g} on rows the property head has not "
        f"seen): {'used for ranking only' if readable else 'the best of free samples are selected'}."
    )
    return Plan(LATENT if readable else SELECT, readable, (*plan.warnings, warning))


class LatentAscent(Steering):
    """Families with codes."""

    name: ClassVar[str] = LATENT
    label: ClassVar[str] = "gradient ascent in the latent space"
    place: ClassVar[int] = 2
    slow: ClassVar[str] = "head"

    def offered(self, spec: GeneratorSpec) -> bool:
        """See `Steering`."""
        return "latent" in spec.abilities

    def refusal(self, spec: GeneratorSpec) -> str:
        """See `Steering`."""
        return f"{spec.label} has no latent space to climb in: it samples freely and the best are selected."

    def gathered(self, spec: GeneratorSpec) -> float:
        """See `Steering`; who is led by a head that knows half of it needs more to choose from."""
        return 5.0

    def prepare(self, plan: Plan, means: Means) -> Prepared:
        """See `Steering`; the head is fitted when there is none yet in the session for these models."""
        generator = cast(SteerableGenerator, means.generator)

        def fitting() -> FittedHead | None:
            return fit(
                generator, means.spec, means.guide, on_progress=means.on_progress, should_stop=means.should_stop
            )  # fmt: skip

        head = means.session.remembered(("head", means.checkpoint.sha256, means.guide_sha256), fitting)
        plan = trusted(plan, head)
        if head is None or plan.name != LATENT:
            return Prepared(plan, told(generator, {}))
        sample = partial(_led, generator, head, plan.conditions)
        return Prepared(plan, sample, head.record(plan.conditions))


def _led(generator: SteerableGenerator, head: FittedHead, targets: Targets, n: int, **how: Any) -> list[str]:
    return generate(generator, head, targets, n, **how)


STEERING = LatentAscent()
