"""`unconditional`: what the generator writes when it is asked for nothing, as it is and with constrained decoding.

The raw row counts the model's own answers. Where the family offers constrained decoding, a second row and a table of
its own say what that gains, what it costs and what it leaves invalid.
"""

from __future__ import annotations

import dataclasses
from collections import Counter

from polydesign.evaluation.distribution import fingerprint_bits, internal_diversity
from polydesign.evaluation.result import Column, Manifest, Result, Table
from polydesign.evaluation.samples import Samples, basic_figures, unique_at
from polydesign.evaluation.statistics import Figure, rate
from polydesign.evaluation.tasks.task import Setting, Task

OPTION = "constrained"
COLUMNS = (
    Column("parses", "parses", "percent", 2),
    Column("valid", "valid", "percent", 2),
    Column("unique@1k", "unique@1k", "percent", 2),
    Column("unique", "unique", "percent", 2),
    Column("novel", "novel", "percent", 2),
    Column("intdiv1", "IntDiv1"),
    Column("intdiv2", "IntDiv2"),
)
# Why a string is no repeat unit, by the codes of `chem.notation.psmiles.validate`; what is named nowhere is "other".
REASONS = {
    "syntax": ("no SMILES", ("does_not_parse", "empty", "bad_character")),
    "valence": ("bad valence", ("bad_valence",)),
    "aromatic": ("impossible aromatic ring", ("not_aromatic",)),
    "points": ("not two attachment points", ("no_stars", "one_star", "too_many_stars")),
    "joined": (
        "attachment point with a wrong bond",
        ("star_charged", "star_valence", "stars_bonded", "unequal_star_bonds", "star_bond_type"),
    ),
    "fragments": ("several fragments", ("several_fragments",)),
    "rings": ("too many rings", ("too_many_rings",)),
    "size": ("too large", ("too_large", "too_long")),
    "other": ("other", ()),
}
CONSTRAINED_COLUMNS = (
    Column("valid_without", "valid without", "percent", 2),
    Column("valid", "valid with", "percent", 2),
    Column("gain", "gain", "percent", 2),
    Column("cost", "time with / without", digits=2),
    Column("invalid", "still invalid", "count"),
    *(Column(f"invalid_{name}", heading, "count") for name, (heading, _) in REASONS.items()),
)
NOTES = (
    "Of n generations: parses and valid count every generation; unique is distinct chains of the valid ones; novel "
    "is chains outside the training set, of the distinct ones. Intervals are 95 % Wilson intervals.",
    "IntDiv uses the bits of Morgan fingerprints (radius 2, 1,024 bits) of the closed chain.",
    "Constrained decoding rules out tokens after which a string could not be completed; strings with aromatic "
    "rings that have no Kekulé form are written again, at most twice. Rows without it are the model's own. Its cost is "
    "the ratio of the two times of writing the strings, one after the other in one run.",
)


def run(setting: Setting) -> Result:
    """Sample without targets and count, with constrained decoding too where the family offers it."""
    n = setting.n or UNCONDITIONAL_TASK.n or 0
    samples, seconds = setting.timed(n)
    rows = [setting.row(_figures(samples, setting))]
    tables = [Table("unconditional", f"{n:,} samples", COLUMNS, rows)]
    if setting.options.get(OPTION) is False:
        helped = dataclasses.replace(setting, options={**setting.options, OPTION: True})
        with_it, longer = helped.timed(n)
        rows.append(setting.row(_figures(with_it, setting), variant="constrained decoding"))
        figures = _gain(samples, with_it, longer / seconds)
        tables.append(Table("constrained", f"{n:,} samples", CONSTRAINED_COLUMNS, [setting.row(figures)]))
    return Result("unconditional", tables, NOTES, Manifest(n=n))


def invalid_by_reason(samples: Samples) -> dict[str, int]:
    """Count the invalid generations by the keys of `REASONS`."""
    name_of = {code: name for name, (_, codes) in REASONS.items() for code in codes}
    counts = Counter(
        name_of.get(code, "other") for code, valid in zip(samples.reasons, samples.valid, strict=True) if not valid
    )
    return {name: counts[name] for name in REASONS}


def _figures(samples: Samples, setting: Setting) -> dict[str, Figure]:
    bits = fingerprint_bits(samples.valid_psmiles)
    return {
        **basic_figures(samples, setting.trained_chains),
        "unique@1k": unique_at(samples, 1000),
        "intdiv1": internal_diversity(bits, 1),
        "intdiv2": internal_diversity(bits, 2),
    }


def _gain(without: Samples, with_it: Samples, cost: float) -> dict[str, Figure]:
    n = len(with_it)
    shares = [rate(int(samples.valid.sum()), n) for samples in (without, with_it)]
    return {
        "valid_without": shares[0],
        "valid": shares[1],
        "gain": Figure(shares[1].value - shares[0].value, n),
        "cost": Figure(cost, n),
        "invalid": Figure(n - int(with_it.valid.sum()), n),
        **{f"invalid_{name}": Figure(count, n) for name, count in invalid_by_reason(with_it).items()},
        **{f"invalid_without_{name}": Figure(count, n) for name, count in invalid_by_reason(without).items()},
    }


UNCONDITIONAL_TASK = Task("unconditional", "10,000 samples without targets, and as many with constrained decoding",
                          10_000, run)  # fmt: skip
