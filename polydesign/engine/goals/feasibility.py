"""Refuse requests that nothing can fulfil, and say why.

What is merely unlikely is let through with a warning (see `engine.goals.advice`).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

from polydesign.core.errors import ChemistryError, OptionError, TargetError
from polydesign.core.goal import Goal, Interval
from polydesign.core.properties import DESCRIPTORS, property_spec
from polydesign.core.request import DesignRequest, Filters
from polydesign.core.targets import Target, Targets
from polydesign.engine.design.steering.choice import names
from polydesign.store import Checkpoint

MAX_N = 100_000
MAX_SEED = 2**32 - 1

_POSITIVE = (0.0, math.inf)
# The values that a property can have at all, in its unit.
_POSSIBLE: dict[str, tuple[float, float]] = {
    "tg_exp_c": (-273.15, math.inf), "tm_exp_c": (-273.15, math.inf), "egc_dft_ev": _POSITIVE,
    "egb_dft_ev": _POSITIVE, "ei_dft_ev": _POSITIVE, "eps_dft": (1.0, math.inf), "nc_dft": (1.0, math.inf),
    "refractive_index_md": (1.0, math.inf), "dielectric_dc_md": (1.0, math.inf), "xc_exp_pct": (0.0, 100.0),
    "density_md_g_cm3": _POSITIVE, "ffv_md": (0.0, 1.0), "thermal_conductivity_md_w_mk": _POSITIVE,
    "cp_md_j_kgk": _POSITIVE, "bulk_modulus_md_gpa": _POSITIVE, "rg_md_a": _POSITIVE, "sa_score": (1.0, 10.0),
    **dict.fromkeys(DESCRIPTORS, _POSITIVE),
}  # fmt: skip
_COUNTS = frozenset(DESCRIPTORS) - {"MolWt"}
# (parts, whole): the parts together are never more than the whole.
_WITHIN = [
    (("NumAromaticRings", "NumAliphaticRings"), "RingCount"),
    (("NumAromaticCarbocycles", "NumAromaticHeterocycles"), "NumAromaticRings"),
    (("NumAliphaticCarbocycles", "NumAliphaticHeterocycles"), "NumAliphaticRings"),
    (("NumAromaticCarbocycles", "NumAromaticHeterocycles", "NumAliphaticCarbocycles", "NumAliphaticHeterocycles"),
     "RingCount"),
    (("NOCount",), "HeavyAtomCount"),
    (("NOCount",), "NumHeteroatoms"),
]  # fmt: skip


def check(request: DesignRequest, checkpoint: Checkpoint, rankable: Collection[str]) -> None:
    """Raise an error that says what to change when `request` cannot be fulfilled.

    Args:
        request: what was asked for.
        checkpoint: the generator's, whose training data say how far targets can reach.
        rankable: keys for which candidates can be judged.

    Raises:
        TargetError: number out of bounds, or targets that are unknown, impossible or contradictory.
        OptionError: seed out of bounds or unknown steering.
        ChemistryError: malformed or contradictory filters.
    """
    if not 1 <= request.n <= MAX_N:
        raise TargetError(f"The number of candidates must lie between 1 and {MAX_N:,}; got {request.n:,}.")
    check_seed(request.seed)
    if request.steering not in names():
        raise OptionError(f"Steering must be one of {', '.join(names())}; got '{request.steering}'.")
    for key, target in request.targets.items():
        check_target(key, target, checkpoint.properties)
        if key not in rankable:
            raise TargetError(
                f"No model here judges {property_spec(key).label} ({key}), so candidates cannot be ranked by it. "
                f"Leave it out, or choose among {', '.join(sorted(rankable))}."
            )
    check_counts(request.targets)
    check_filters(request.filters, request.targets)


def check_seed(seed: int) -> None:
    """Raise `OptionError` when a seed is out of bounds."""
    if not 0 <= seed <= MAX_SEED:
        raise OptionError(f"The seed must lie between 0 and {MAX_SEED:,}; got {seed:,}.")


def check_target(key: str, target: Target, properties: Mapping[str, Mapping]) -> None:
    """Raise `TargetError` when a target is impossible or hopelessly far from the training data.

    Hopeless is farther outside the range from the 1st to the 99th percentile than that range is wide.
    """
    goal = Goal(key, target)
    spec, wanted = goal.spec, goal.interval
    if math.isnan(goal.centre):  # log10 of zero or less
        raise TargetError(f"{spec.label} ({key}) must be above zero; got {spec.show(target.central)}.")
    least, most = _POSSIBLE.get(key, (-math.inf, math.inf))
    too_low = target.minimum is None and target.central < least
    too_high = target.maximum is None and target.central > most
    if too_low or too_high:
        bound = f"below {spec.show(least)}" if too_low else f"above {spec.show(most)}"
        raise TargetError(f"{goal.words} is impossible: {spec.label} cannot be {bound}.")
    if key in _COUNTS and _fewest(wanted) > _most(wanted):
        raise TargetError(f"{goal.words} is impossible: no whole number lies within the tolerance.")
    if key not in properties or not properties[key]["n"]:
        return
    low, high = properties[key]["p1"], properties[key]["p99"]
    p1, p99 = (float(spec.to_scale(bound)) for bound in (low, high))
    reach = max(p99 - p1, 4 * goal.tolerance)
    if wanted.low > p99 + reach or wanted.high < p1 - reach:
        raise TargetError(
            f"{goal.words} is out of reach: the training data lie between {spec.show(low)} and "
            f"{spec.show(high)} (1st to 99th percentile). Choose a target near that range."
        )


def check_counts(targets: Targets) -> None:
    """Raise `TargetError` when targets for counts contradict each other, such as more aromatic rings than rings."""
    for parts, whole in _WITHIN:
        asked = [Goal(part, targets[part]) for part in parts if part in targets]
        if whole not in targets or not asked:
            continue
        limit = Goal(whole, targets[whole])
        if sum(_fewest(goal.interval) for goal in asked) > _most(limit.interval):
            raise TargetError(
                f"{', '.join(goal.words for goal in asked)} and {limit.words} contradict each other: "
                f"the former cannot exceed the latter. Change or leave out one of them."
            )


def check_filters(filters: Filters, targets: Targets) -> None:
    """Raise `ChemistryError` for malformed filters, `TargetError` for filters that contradict the targets."""
    for name in ("must_contain", "exclude", "exclude_elements"):
        patterns = getattr(filters, name)
        if not isinstance(patterns, tuple) or not all(isinstance(pattern, str) for pattern in patterns):
            raise ChemistryError(f"The filter {name} must be a list of texts; got {patterns!r:.80}.")
    for name in ("pfas_free", "novel_only"):
        if not isinstance(getattr(filters, name), bool):
            raise ChemistryError(f"The filter {name} must be true or false; got {getattr(filters, name)!r:.40}.")
    limit = filters.max_atoms
    if limit is not None and (type(limit) is not int or limit < 1):
        raise ChemistryError(f"The filter max_atoms must be a whole number of at least 1; got {limit!r:.40}.")
    both = sorted(set(filters.must_contain) & set(filters.exclude))
    if both:
        raise ChemistryError(f"{both[0]} is both required and excluded. Take it out of one of the two lists.")
    if limit is not None and "HeavyAtomCount" in targets:
        atoms = Goal("HeavyAtomCount", targets["HeavyAtomCount"])
        if _fewest(atoms.interval) > limit:
            raise TargetError(
                f"{atoms.words} contradicts the limit of {limit} heavy atoms. Raise the limit or lower the target."
            )


def _fewest(wanted: Interval) -> float:
    return max(math.ceil(wanted.low), 0) if math.isfinite(wanted.low) else 0


def _most(wanted: Interval) -> float:
    return math.floor(wanted.high) if math.isfinite(wanted.high) else math.inf
