"""`unconditional`: what the generator writes when it is asked for nothing."""

from __future__ import annotations

from polydesign.evaluation.distribution import fingerprint_bits, internal_diversity
from polydesign.evaluation.result import Column, Result, Row, Table
from polydesign.evaluation.samples import basic_figures, unique_at
from polydesign.evaluation.tasks.task import Setting, Task

COLUMNS = (
    Column("parses", "parses", "percent", 2),
    Column("valid", "valid", "percent", 2),
    Column("unique@1k", "unique@1k", "percent", 2),
    Column("unique", "unique", "percent", 2),
    Column("novel", "novel", "percent", 2),
    Column("intdiv1", "IntDiv1"),
    Column("intdiv2", "IntDiv2"),
)
NOTES = (
    "Of n generations: parses and valid count every generation; unique is distinct chains of the valid ones; novel "
    "is chains outside the training set, of the distinct ones. Intervals are 95 % Wilson intervals.",
    "IntDiv uses the bits of Morgan fingerprints (radius 2, 1,024 bits) of the closed chain.",
)


def run(setting: Setting) -> Result:
    """Sample without targets and count."""
    n = setting.n or UNCONDITIONAL_TASK.n or 0
    samples = setting.judge(setting.generate({}, n))
    bits = fingerprint_bits(samples.valid_psmiles)
    figures = {
        **basic_figures(samples, setting.trained_chains),
        "unique@1k": unique_at(samples, 1000),
        "intdiv1": internal_diversity(bits, 1),
        "intdiv2": internal_diversity(bits, 2),
    }
    table = Table("unconditional", f"{n:,} samples", COLUMNS, [Row(setting.label, figures)])
    return Result("unconditional", [table], NOTES, {"n": n})


UNCONDITIONAL_TASK = Task("unconditional", "10,000 samples without targets", 10_000, run)
