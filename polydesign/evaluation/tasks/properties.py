"""`properties`: ask for measured and DFT values on a grid, and let the independent checker say what came out.

The checker conditions, rewards and ranks nothing. Beside the generator's own conditions stands
sample-and-select: as many generations without targets, of which the guide picks the best.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from polydesign.core.properties import property_spec
from polydesign.core.targets import Target, Targets
from polydesign.evaluation.hits import Answers, Scored, each_figures, pick_best, set_figures
from polydesign.evaluation.references import held_out_of_file, held_out_of_table, prepared_table
from polydesign.evaluation.result import Column, Details, Manifest, Result, Row, Spread, Table
from polydesign.evaluation.statistics import Figure, mean_figure, r2_figures
from polydesign.evaluation.tasks.task import Setting, Task

CORPUS = "polymers"
TARGET_SETS: tuple[tuple[str, ...], ...] = (
    ("tg_exp_c",),
    ("egc_dft_ev",),
    ("tg_exp_c", "egc_dft_ev"),
    ("egc_dft_ev", "eps_dft"),
    ("tg_exp_c", "density_md_g_cm3"),
    ("egc_dft_ev", "thermal_conductivity_md_w_mk"),
)
SINGLE_POINTS, PAIR_POINTS = 10, 4
LOWEST, HIGHEST = 0.05, 0.95
PICKED = 0.1  # share of the generations that the guide picks
MANY = 100  # distinct hits whose seconds are told
PERCENTILES = (10, 25, 50, 75, 90)  # of the checker's values for each target, kept for plots

SET_COLUMNS = (
    Column("hits", "hits", "percent", 1),
    Column("hits_std", "within 1 std", "percent", 1),
    Column("new_hits", "distinct hits a target", digits=1),
    Column("r2", "R2"),
    Column("share", "of ceiling", "percent", 0),
    Column("valid", "valid", "percent", 1),
    Column("unique", "unique", "percent", 1),
    Column("novel", "novel", "percent", 1),
    Column("intdiv1", "IntDiv1"),
    Column("seconds", f"s for {MANY} distinct hits", digits=1),
)
EACH_COLUMNS = (
    Column("r2", "R2"),
    Column("ceiling", "ceiling R2"),
    Column("share", "of ceiling", "percent", 0),
    Column("mae", "MAE"),
    Column("hits", "hits", "percent", 1),
)
CEILING_COLUMNS = (Column("r2", "R2"), Column("mae", "MAE"))


def run(setting: Setting) -> Result:
    """Generate for every target of every set, select from as many unconditional samples, and compare."""
    n = setting.n or PROPERTIES_TASK.n or 0
    grids = {keys: target_grid(keys, setting.guide_properties()) for keys in TARGET_SETS}
    pool_size = n * max(len(grid) for grid in grids.values())
    pool_seconds, raw = _timed(setting, {}, pool_size)
    pool = Scored.of(setting, raw)
    held_out, ceilings = _ceilings(setting)

    rows: dict[str, list[Row]] = {"singles": [], "pairs": [], "each": []}
    spreads: list[Spread] = []
    for keys, grid in grids.items():
        asked = [target for target in grid for _ in range(n)]
        seconds, raw = _timed(setting, asked, len(asked))
        native = Answers(keys, grid, Scored.of(setting, raw), n)
        without = Answers(keys, grid, pool.first(len(asked)), n)
        picked = max(1, round(PICKED * n))
        best = f"best {picked} of {n} by the guide"
        # Seconds of generation: what is selected from has to be generated as a whole.
        free = pool_seconds * len(asked) / pool_size
        answers = {
            "": (native, seconds),
            "no targets": (without, free),
            best: (pick_best(native, picked), seconds),
            f"no targets, {best}": (pick_best(without, picked), free),
        }
        title = " and ".join(property_spec(key).symbol for key in keys)
        for variant, (answer, spent) in answers.items():
            figures = set_figures(answer, ceilings, setting.trained_chains, setting.seed)
            figures["seconds"] = seconds_for_many(spent, figures["new_hits"], len(grid))
            row = setting.row(figures, question=title, variant=variant)
            rows["singles" if len(keys) == 1 else "pairs"].append(row)
        for key in keys:
            spreads.append(spread(native, key))
            spec = property_spec(key)
            aspect = f"{spec.symbol} ({spec.unit_text})" if spec.unit_text else spec.symbol
            figures = each_figures(native, key, ceilings, setting.seed)
            rows["each"].append(setting.row(figures, question=title, aspect=aspect))

    head = f"{n} generations a target"
    tables = [
        Table("properties", head, SET_COLUMNS, rows["singles"]),
        Table("properties-pairs", head, SET_COLUMNS, rows["pairs"]),
        Table("properties-each", head, EACH_COLUMNS, rows["each"]),
        Table("properties-ceiling", "checker against guide", CEILING_COLUMNS, _ceiling_rows(ceilings)),
    ]
    details: Details = {
        "targets": [{key: [row[key].central for row in grid] for key in keys} for keys, grid in grids.items()],
        "held_out": held_out,
        "tolerances": {key: property_spec(key).tolerance for keys in TARGET_SETS for key in keys},
        "spreads": spreads,
    }
    return Result("properties", tables, _notes(held_out), Manifest(n=n), details)


def target_grid(keys: Sequence[str], properties: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Target]]:
    """Return the grid of targets of one set: evenly spaced from the 5th to the 95th percentile of each property.

    Args:
        keys: one or two property keys; every combination of their points is asked for.
        properties: key -> statistics of the measured or DFT values, as in the guide's config.json.
    """
    points = SINGLE_POINTS if len(keys) == 1 else PAIR_POINTS
    axes = [
        np.linspace(percentile(key, LOWEST, properties[key]), percentile(key, HIGHEST, properties[key]), points)
        for key in keys
    ]
    values = [property_spec(key).from_scale(axis) for key, axis in zip(keys, axes, strict=True)]
    return [
        {key: Target(value=float(v)) for key, v in zip(keys, combination, strict=True)}
        for combination in product(*values)
    ]


def percentile(key: str, share: float, statistics: Mapping[str, Any]) -> float:
    """Return a percentile, on the property's scale, from a histogram between the 1st and the 99th percentile."""
    spec = property_spec(key)
    edges = spec.to_scale(statistics["histogram"]["edges"])
    counts = np.asarray(statistics["histogram"]["counts"], dtype=float)
    below = 0.01 + 0.98 * np.concatenate([[0.0], np.cumsum(counts)]) / counts.sum()
    return float(np.interp(share, below, edges))


def _timed(setting: Setting, targets: Targets | Sequence[Targets], n: int) -> tuple[float, list[str]]:
    """Return the seconds that `n` generations took, and the generations."""
    began = time.perf_counter()
    raw = setting.generate(targets, n)
    return time.perf_counter() - began, raw


def seconds_for_many(seconds: float, a_target: Figure, n_targets: int) -> Figure:
    """Return the seconds of generation for `MANY` distinct hits, NaN when there was none.

    Args:
        seconds: that all generations took.
        a_target: distinct hits a target.
        n_targets: targets that were asked for.
    """
    hits = 0 if np.isnan(a_target.value) else round(a_target.value * n_targets)
    return Figure(MANY * seconds / hits if hits else np.nan, hits)


def spread(answers: Answers, key: str) -> Spread:
    """Return what the checker says of the answers to each value of one property: counts and percentiles."""
    spec = property_spec(key)
    wanted, reached = answers.wanted(key), answers.scored.checker[key]
    levels = np.unique(wanted)
    groups = [reached[(wanted == level) & np.isfinite(reached)] for level in levels]
    return {
        "asked": list(answers.keys),
        "key": key,
        "levels": list(PERCENTILES),
        "targets": [float(value) for value in spec.from_scale(levels)],
        "n": [len(group) for group in groups],
        "percentiles": [
            [float(value) for value in spec.from_scale(np.percentile(group, PERCENTILES))] if len(group) else None
            for group in groups
        ],
    }


def _ceilings(setting: Setting) -> tuple[str, dict[str, tuple[Figure, Figure]]]:
    """Return the source of the held-out polymers and, for each key, R2 and MAE of the checker against the guide.

    Of each property those polymers count that have a value of it: outside the field in which it was ever
    measured or computed the two models have less to agree on. All count where the source has no such column.
    """
    if setting.held_out is not None:
        held_out = held_out_of_file(setting.held_out)
    else:
        held_out = held_out_of_table(prepared_table(CORPUS, setting.prepared))
    guide, checker = (model().predict(held_out.psmiles) for model in (setting.guide, setting.checker))
    ceilings = {}
    for key in sorted({key for keys in TARGET_SETS for key in keys}):
        spec = property_spec(key)
        wanted, reached = (spec.to_scale(columns[key].mean) for columns in (guide, checker))
        counted = np.isfinite(wanted) & np.isfinite(reached) & held_out.valued.get(key, True)
        _, r2 = r2_figures(wanted[counted], reached[counted], seed=setting.seed)
        ceilings[key] = (r2, mean_figure(np.abs(reached - wanted)[counted], seed=setting.seed))
    return held_out.source, ceilings


def _ceiling_rows(ceilings: Mapping[str, tuple[Figure, Figure]]) -> list[Row]:
    return [
        Row({"r2": r2, "mae": mae}, question=f"{property_spec(key).symbol} {property_spec(key).unit_text}".strip())
        for key, (r2, mae) in ceilings.items()
    ]


def _notes(held_out: str) -> list[str]:
    specs = [property_spec(key) for key in sorted({key for keys in TARGET_SETS for key in keys})]
    tolerances = ", ".join(f"{spec.symbol} {spec.tolerance:g} {spec.unit_text}".strip() for spec in specs)
    return [
        f"Targets lie evenly from the 5th to the 95th percentile of measured or DFT values: {SINGLE_POINTS} for one "
        f"property, {PAIR_POINTS} x {PAIR_POINTS} for two.",
        "A hit is a valid generation whose value by the checker lies within the tolerance of every target "
        f"({tolerances}); hits and 'within 1 std' (of the checker's own prediction) are shares of the generations "
        "of the row, distinct hits count chains.",
        "R2 and MAE are those of the checker's values against the targets, over valid generations; for two properties "
        "R2 is their mean.",
        f"Seconds are those of generation alone, for all that was generated, for each {MANY} distinct hits.",
        f"The ceiling is the R2 of the checker's values against the guide's on held-out polymers that have a "
        f"value of the property (of {held_out}), taught to neither.",
    ]


PROPERTIES_TASK = Task("properties", "Tg, Egc and pairs on a grid of targets, judged by the checker", 200, run)
