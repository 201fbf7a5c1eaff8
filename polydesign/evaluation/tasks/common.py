"""`common`: the glass transitions of polymers that have a name, against the literature.

Two groups stand apart: polymers whose chain taught the model its glass transition, and those that it has not
seen. Literature values are those of `chem.common`, rounded, and not from the training data.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from polydesign.chem.common import COMMON_POLYMERS, CommonPolymer
from polydesign.chem.notation.identity import chain_key
from polydesign.core.errors import DataError
from polydesign.core.results import PredictionColumns
from polydesign.evaluation.predictor_figures import coverage, error_figures
from polydesign.evaluation.result import Column, Manifest, Result, Row, Table
from polydesign.evaluation.statistics import Figure
from polydesign.evaluation.tasks.task import PredictorSetting, Task

KEY = "tg_exp_c"
COLUMNS = (
    Column("n", "n", "count"),
    Column("mae", "MAE, K", digits=1),
    Column("rmse", "RMSE, K", digits=1),
    Column("bias", "mean error, K", digits=1),
    Column("r2", "R2"),
    Column("coverage", "80 % interval holds", "percent", 1),
)
LIST_COLUMNS = (
    Column("literature", "literature, °C", digits=0),
    Column("predicted", "predicted, °C (80 % interval)", digits=0),
    Column("error", "error, K", digits=0),
)
_GROUPS = {"common-taught": "taught", "common-new": "not taught"}


def run(setting: PredictorSetting) -> Result:
    """Predict the common polymers that have a glass transition in the table."""
    if KEY not in setting.predictor.keys:
        raise DataError(f"'{setting.id}' does not predict the glass transition.")
    polymers = [polymer for polymer in COMMON_POLYMERS if polymer.tg_c is not None]
    column = setting.predictor.predict([polymer.psmiles for polymer in polymers])[KEY]
    teachers = _taught(setting.role, [chain_key(polymer.psmiles) for polymer in polymers])
    literature = np.array([polymer.tg_c for polymer in polymers], dtype=float)
    rows, lists = [], []
    for (table, group), chosen in zip(_GROUPS.items(), (teachers, ~teachers), strict=True):
        rows.append(setting.row(_figures(literature, column, chosen), f"{group} the chain"))
        if setting.role == "guide":
            places = np.flatnonzero(chosen).tolist()
            lists.append(Table(table, group, LIST_COLUMNS, [_line(setting, polymers[i], column, i) for i in places]))
    notes = ["Literature values are typical ones, rounded: they scatter by 10 K and more with molar mass and method."]
    return Result("common", [Table("common", "Tg of common polymers", COLUMNS, rows), *lists], notes,
                  Manifest(n=len(polymers)))  # fmt: skip


def _taught(role: str | None, chain_keys: Sequence[str]) -> np.ndarray:
    """Return (N,) bool, whether a chain taught the model of this role."""
    from polydesign.data.corpora.labels import polymer_labels
    from polydesign.data.corpora.teaching import which_teach

    labels = polymer_labels((KEY,))
    flags, _ = which_teach(labels["chain_key"].tolist(), labels[[KEY]].to_numpy(dtype=float), role)  # type: ignore[arg-type]
    taught = set(labels["chain_key"][flags[:, 0]])
    return np.array([key in taught for key in chain_keys], dtype=bool)


def _figures(literature: np.ndarray, column: PredictionColumns, chosen: np.ndarray) -> dict[str, Figure]:
    wanted, mean, std = literature[chosen], column.mean[chosen], column.std[chosen]
    figures = error_figures(wanted, mean, np.zeros(len(wanted), dtype=np.int64), "", None)
    bias = float(np.mean(mean - wanted)) if len(wanted) else np.nan
    return figures | {"bias": Figure(bias, len(wanted)), "coverage": coverage(wanted, mean, std)}


def _line(setting: PredictorSetting, polymer: CommonPolymer, column: PredictionColumns, row: int) -> Row:
    low, high, mean = (float(values[row]) for values in (column.lo80, column.hi80, column.mean))
    name = f"{polymer.name} ({polymer.abbreviation})" if polymer.abbreviation else polymer.name
    figures = {
        "literature": Figure(float(polymer.tg_c or 0.0), 1),
        "predicted": Figure(mean, 1, low, high),
        "error": Figure(mean - float(polymer.tg_c or 0.0), 1),
    }
    return setting.row(figures, name, named=False)


COMMON_TASK = Task("common", "glass transitions of polymers that have a name", None, run, "predictor")
