"""What reinforcement for an aim brought: closeness by the guide, which rewarded it, and by the checker, which did not.

python -m benchmarks.reinforced "tg_exp_c=250" graphaf runs/graphaf-tg --n 1000 --json FILE

Every generator, the one before reinforcement first, is asked for the aim, at the default options but for those given.
Closeness is that which the engine ranks by (core/goal.py), of valid repeat units. `reached` is the way from the mean of
the first generator to the mean of its best tenth: 100 % where the average is as good as the best of ten was. Beside it
stands what reinforcement must not buy it with: validity, repetition, small units, distance of guide and checker.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np

from benchmarks import aims
from polydesign.chem.notation.psmiles import read
from polydesign.commands import cli
from polydesign.core.goal import Goal
from polydesign.engine.session import Session
from polydesign.evaluation.machine import hardware, now, versions
from polydesign.evaluation.result import Column, Manifest, Result, Row, Table
from polydesign.evaluation.samples import basic_figures, judge
from polydesign.evaluation.statistics import Figure, mean_figure

COLUMNS = (
    Column("valid", "valid", "percent", 1),
    Column("unique", "unique", "percent", 1),
    Column("novel", "novel", "percent", 1),
    Column("guide", "closeness, guide"),
    Column("best", "best tenth, guide"),
    Column("reached", "reached", "percent", 0),
    Column("checker", "closeness, checker"),
    Column("value", "mean by checker", "", 1),
    Column("atoms", "heavy atoms", "", 1),
)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    return aims.parser(
        "benchmarks.reinforced", __doc__,
        target="the aim, written like a --target of polydesign.design: tg_exp_c=250",
        ids="generators: ids or folders, the one before reinforcement first",
    )  # fmt: skip


@cli.command
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    return aims.run(parser().parse_args(argv), measure)


def measure(goal: Goal, ids: Sequence[str], n: int, seed: int) -> Result:
    """Have each generator write `n` strings for the goal, and judge them."""
    session = Session()
    rows: list[Row] = []
    first: tuple[float, float] | None = None
    for id in ids:
        checkpoint = session.checkpoint(cli.find_checkpoint(id))
        judged = judge(session.generator(checkpoint).sample({goal.key: goal.target}, n, seed=seed))
        figures = basic_figures(judged, session.known_chains(checkpoint))
        units = judged.valid_psmiles
        closeness = {}
        for name, model in (("guide", session.guide()), ("checker", session.checker())):
            column = model.predict(units)[goal.key]
            closeness[name] = goal.closeness(goal.spec.to_scale(column.mean), column.std)
            figures[name] = mean_figure(closeness[name])
            if name == "checker":
                figures["value"] = mean_figure(np.asarray(column.mean))
        best = float(np.sort(closeness["guide"])[-max(1, len(units) // 10) :].mean())
        first = first or (figures["guide"].value, best)
        figures["best"] = Figure(best, len(units))
        figures["reached"] = Figure((figures["guide"].value - first[0]) / max(first[1] - first[0], 1e-9), len(units))
        figures["atoms"] = mean_figure(np.array([read(text).GetNumHeavyAtoms() for text in units], dtype=float))
        rows.append(
            Row(
                {column.key: figures[column.key] for column in COLUMNS},
                label=checkpoint.config["label"], checkpoint=checkpoint.id, sha256=checkpoint.sha256,
                origin="installed", question=goal.target.text(goal.key),
            )
        )  # fmt: skip
    notes = [f"{n:,} strings each, asked for {goal.target.text(goal.key)}; closeness and sizes are of the valid ones."]
    manifest = Manifest(n=n, seed=seed, hardware=hardware(), date=now(), versions=versions())
    return Result("reinforced", [Table("reinforced", goal.target.text(goal.key), COLUMNS, rows)], notes, manifest)


if __name__ == "__main__":
    raise SystemExit(main())
