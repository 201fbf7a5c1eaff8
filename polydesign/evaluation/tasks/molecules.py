"""`molecules`: polarizability, gap and heat capacity in, a small organic molecule out.

The first bake-off of the project's origin, on QM9. Generators trained on QM9 are asked for the DFT values of molecules
that were held out, one molecule each, no selection. Boosted trees that taught no generator, conditioned nothing and
ranked nothing say what came out; the graph network picks where something is picked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from polydesign.core.errors import DataError
from polydesign.core.goal import log_score
from polydesign.core.properties import MOLECULE_CHECKER, MOLECULE_GUIDE, MOLECULE_KEYS, property_spec
from polydesign.core.targets import Target, Targets
from polydesign.evaluation.hits import Answers, Scored, each_figures
from polydesign.evaluation.references import prepared_table, read_file, training_rows
from polydesign.evaluation.result import Column, Manifest, Result, Row, Table
from polydesign.evaluation.samples import Samples, basic_figures
from polydesign.evaluation.statistics import Figure, mean_figure, r2_figures, rate
from polydesign.evaluation.tasks.task import Setting, Task

CORPUS = "qm9"
COLUMNS = (
    Column("valid", "valid", "percent", 2),
    Column("unique", "unique", "percent", 1),
    Column("novel", "novel", "percent", 1),
    Column("hits", "all within tolerance", "percent", 1),
    Column("r2_mean", "mean R2"),
    Column("share", "of ceiling", "percent", 0),
)
EACH_COLUMNS = (
    Column("r2", "R2"),
    Column("ceiling", "ceiling R2"),
    Column("share", "of ceiling", "percent", 0),
    Column("mae", "MAE"),
    Column("hits", "within tolerance", "percent", 1),
)
Ceilings = Mapping[str, tuple[Figure, Figure]]


def run(setting: Setting) -> Result:
    """Ask for three properties at once and for each alone; compare with selection and with retrieval."""
    if CORPUS not in setting.data:
        raise DataError(
            f"{setting.label} was not trained on molecules. Train one that was: "
            f"python -m polydesign.train FAMILY --data {CORPUS} --out runs/NAME"
        )
    table = prepared_table(CORPUS, setting.prepared)
    wanted, texts, source = _requests(setting, table)
    ceilings = _ceilings(setting, wanted, texts)
    answers = _ask(setting, MOLECULE_KEYS, wanted)
    main = [setting.row(_figures(answers, ceilings, setting))]
    for variant, scored in _selected(setting, wanted).items():
        compared = Answers(MOLECULE_KEYS, answers.grid, scored, 1)
        main.append(setting.row(_figures(compared, ceilings, setting), variant=variant))
    retrieved = Answers(MOLECULE_KEYS, answers.grid, _retrieved(setting, wanted, table), 1)
    main.append(Row(_figures(retrieved, ceilings, setting), "retrieval of the nearest training molecule"))
    each = []
    for k, key in enumerate(MOLECULE_KEYS):
        alone = _ask(setting, (key,), wanted[:, [k]])
        for variant, answer in (("all three asked", answers), ("it alone asked", alone)):
            figures = each_figures(answer, key, ceilings, setting.seed)
            each.append(setting.row(figures, question=_name(key), variant=variant))
    tables = [
        Table("molecules", f"{len(wanted):,} requests", COLUMNS, main),
        Table("molecules-each", f"{len(wanted):,} requests", EACH_COLUMNS, each),
    ]
    return Result("molecules", tables, _notes(source), Manifest(n=len(wanted)), {"held_out": source})


def _selected(setting: Setting, wanted: np.ndarray) -> dict[str, Scored]:
    """Return variant -> answers to the (N, 3) requests out of as many molecules written without targets."""
    pool = _scored(setting, setting.generate({}, len(wanted)))
    return {"no targets": pool, f"best of these {len(wanted):,} by the guide": pick(pool, wanted)}


def _retrieved(setting: Setting, wanted: np.ndarray, table: pd.DataFrame) -> Scored:
    """Return the training molecules that come nearest to the (N, 3) requests."""
    library = training_rows(table).dropna(subset=list(MOLECULE_KEYS))
    rows = nearest(wanted, library[list(MOLECULE_KEYS)].to_numpy(dtype=float))
    return _scored(setting, library["psmiles"].iloc[rows].tolist())


def pick(pool: Scored, wanted: np.ndarray) -> Scored:
    """Return for each of the (N, 3) requests the generation that the guide ranks first."""
    means, stds = (np.stack([part[key] for key in MOLECULE_KEYS], axis=1) for part in (pool.guide, pool.guide_std))
    places = np.flatnonzero(np.isfinite(means).all(axis=1))
    if len(places) == 0:
        return pool
    return pool.rows(places[nearest(wanted, means[places], stds[places])])


def nearest(wanted: np.ndarray, offered: np.ndarray, stds: np.ndarray | None = None) -> np.ndarray:
    """Return (N,) the row of the (M, 3) offered values that scores best for each of the (N, 3) wanted ones.

    `stds` are the (M, 3) standard deviations of the offered values; exact ones when None.
    """
    means = dict(zip(MOLECULE_KEYS, offered.T, strict=True))
    spread = None if stds is None else dict(zip(MOLECULE_KEYS, stds.T, strict=True))
    return np.array([np.argmax(log_score(targets, means, spread)) for targets in _grid(MOLECULE_KEYS, wanted)])


def _grid(keys: Sequence[str], wanted: np.ndarray) -> list[Targets]:
    return [{key: Target(value=float(value)) for key, value in zip(keys, row, strict=True)} for row in wanted]


def _ask(setting: Setting, keys: tuple[str, ...], wanted: np.ndarray) -> Answers:
    grid = _grid(keys, wanted)
    return Answers(keys, grid, _scored(setting, setting.generate(grid, len(grid))), 1)


def _scored(setting: Setting, raw: Sequence[str]) -> Scored:
    return Scored.predicted(setting, setting.judge(raw, molecules=True))


def _figures(answers: Answers, ceilings: Ceilings, setting: Setting) -> dict[str, Figure]:
    samples: Samples = answers.scored.samples
    wanted = np.stack([answers.wanted(key) for key in answers.keys], axis=1)
    reached = np.stack([answers.scored.checker[key] for key in answers.keys], axis=1)
    read = np.isfinite(reached).all(axis=1)
    _, r2 = r2_figures(wanted[read], reached[read], seed=setting.seed)
    ceiling = float(np.mean([ceilings[key][0].value for key in answers.keys]))
    return {
        **basic_figures(samples, setting.trained_chains),
        "hits": rate(int(answers.met().sum()), len(samples)),
        "r2_mean": r2,
        "share": Figure(r2.value / ceiling, r2.n, r2.low / ceiling, r2.high / ceiling),
    }


def _requests(setting: Setting, table: pd.DataFrame) -> tuple[np.ndarray, list[str], str]:
    """Return (N, 3) wanted values, the molecules that have them, and where these come from."""
    if setting.held_out is not None:
        held_out, name = read_file(setting.held_out, ("smiles", *MOLECULE_KEYS)), "smiles"
        source = setting.held_out.name
    else:
        held_out, name, source = table[table["split"] == "test"], "psmiles", "the test side of QM9"
    held_out = held_out.dropna(subset=list(MOLECULE_KEYS))
    if held_out.empty:
        raise DataError(f"There is no molecule with all three properties in {source}.")
    n = min(setting.n or MOLECULES_TASK.n or 0, len(held_out))
    chosen = np.sort(np.random.default_rng(setting.seed).choice(len(held_out), size=n, replace=False))
    source = f"{n:,} of the {len(held_out):,} molecules of {source}"
    return held_out[list(MOLECULE_KEYS)].to_numpy(dtype=float)[chosen], held_out[name].iloc[chosen].tolist(), source


def _ceilings(setting: Setting, wanted: np.ndarray, texts: Sequence[str]) -> dict[str, tuple[Figure, Figure]]:
    """Return R2 and MAE, of each property, of the checker against DFT on the molecules the requests come from."""
    predicted = setting.checker().predict(texts)
    ceilings = {}
    for k, key in enumerate(MOLECULE_KEYS):
        reached = np.asarray(predicted[key].mean, dtype=float)
        finite = np.isfinite(reached)
        _, r2 = r2_figures(wanted[finite, k], reached[finite], seed=setting.seed)
        ceilings[key] = (r2, mean_figure(np.abs(reached - wanted[:, k])[finite], seed=setting.seed))
    return ceilings


def _name(key: str) -> str:
    spec = property_spec(key)
    return f"{spec.label} ({spec.unit_text})"


def _notes(source: str) -> list[str]:
    tolerances = ", ".join(f"{property_spec(key).tolerance:g} {property_spec(key).unit_text}" for key in MOLECULE_KEYS)
    return [
        f"Requests: the DFT values of {source}, one molecule each, no selection. valid and within tolerance are of all "
        "requests, unique of the valid answers, novel (not a training molecule) of the distinct ones. QM9 holds nearly "
        "every molecule of its kind, so that what is right is seldom new.",
        f"R2 and MAE are those of `{MOLECULE_CHECKER}` against the targets, over valid answers; tolerances "
        f"{tolerances}. The ceiling is its R2 against DFT on the molecules that the requests come from.",
        f"'best of these' answers each request with the molecule, among as many generated without targets, that "
        f"`{MOLECULE_GUIDE}` puts nearest.",
    ]


MOLECULES_TASK = Task(
    "molecules", "Polarizability, gap and heat capacity in, one molecule of QM9's kind out", 1_000, run,
    models=(MOLECULE_GUIDE, MOLECULE_CHECKER),
)  # fmt: skip
