"""`predictors`: how good a property model is on chains, and on whole families of polymers, it has not seen.

The recipe of the checkpoint (family and settings) is trained anew in five-fold cross-validation by chain and
by family, on all labelled chains. With ``--held-out FILE`` (columns psmiles and property keys) the checkpoint itself
is asked instead.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from polydesign.core.errors import DataError
from polydesign.core.properties import property_spec
from polydesign.evaluation.predictor_figures import (
    calibration_error,
    coverage,
    distance_figures,
    error_figures,
    nearest_labelled,
)
from polydesign.evaluation.result import Column, Manifest, Result, Table
from polydesign.evaluation.statistics import Figure
from polydesign.evaluation.tasks.task import PredictorSetting, Task

N_FOLDS = 5
SALT = "cross-validation"
# Best published R2 under five-fold cross-validation by polymer: TransPolymer (Xu et al., npj Comput. Mater.
# 9:64, 2023), polyBERT (Kuenneth and Ramprasad, Nat. Commun. 14:4099, 2023), PolyCL (Zhou et al., 2025).
PUBLISHED = {"egc_dft_ev": 0.924, "egb_dft_ev": 0.934, "eea_dft_ev": 0.925, "ei_dft_ev": 0.84, "eps_dft": 0.788,
             "nc_dft": 0.846, "xc_exp_pct": 0.50}  # fmt: skip
COLUMNS = (
    Column("n", "n", "count"),
    Column("r2", "R2"),
    Column("r2_sd", "sd"),
    Column("published", "published R2"),
    Column("baseline_r2", "baseline R2"),
    Column("baseline_r2_sd", "sd"),
    Column("rmse", "RMSE"),
    Column("rmse_sd", "sd"),
    Column("baseline_rmse", "baseline RMSE"),
    Column("mae", "MAE"),
    Column("coverage", "80 % interval holds", "percent", 1),
    Column("calibration", "calibration error"),
    Column("r2_far", "R2 below similarity 0.6"),
)
FAMILY_COLUMNS = tuple(column for column in COLUMNS if column.key not in ("published", "r2_far"))
DISTANCE_COLUMNS = (
    Column("n", "n", "count"),
    Column("error", "RMSE / standard deviation of the property"),
    Column("stated", "stated standard deviation, likewise"),
    Column("coverage", "80 % interval holds", "percent", 1),
)
HELD_OUT_COLUMNS = tuple(c for c in COLUMNS if c.key in ("n", "r2", "rmse", "mae", "coverage", "calibration"))


def run(setting: PredictorSetting) -> Result:
    """Cross-validate the recipe, or ask the checkpoint about the polymers of a file."""
    if setting.held_out is not None:
        return _on_file(setting)
    from polydesign.data.corpora.labels import on_scale, polymer_labels
    from polydesign.data.corpora.split import folds
    from polydesign.evaluation.cross_validation import Chains, cross_validate
    from polydesign.evaluation.families import families, family_folds
    from polydesign.predictors.features import featurise

    keys = setting.predictor.keys
    labels = polymer_labels(keys)
    if setting.n is not None:
        labels = labels.sample(min(setting.n, len(labels)), random_state=setting.seed).reset_index(drop=True)
    values = on_scale(labels, keys)
    psmiles, chain_keys = labels["psmiles"].tolist(), labels["chain_key"].tolist()
    chains = Chains(psmiles, featurise(psmiles), values)
    names = families(chains.features.quick)
    splits = {"chain": folds(chain_keys, N_FOLDS, SALT), "family": family_folds(names, N_FOLDS)}
    tables, rows_by_distance = [], []
    with setting.bar("cross-validate", N_FOLDS * len(splits)) as bar:
        for name, split in splits.items():
            crossed = cross_validate(setting.family, setting.config, chains, split, setting.seed, bar.update)
            nearest = nearest_labelled(psmiles, np.isfinite(values), split)
            rows = [
                setting.row(
                    error_figures(values[:, k], crossed.mean[:, k], split, "", nearest[:, k])
                    | error_figures(values[:, k], crossed.baseline[:, k], split, "baseline_", None)
                    | {
                        "coverage": coverage(values[:, k], crossed.mean[:, k], crossed.std[:, k]),
                        "calibration": calibration_error(values[:, k], crossed.mean[:, k], crossed.std[:, k]),
                        "published": Figure(PUBLISHED.get(key, np.nan), 0),
                    },
                    _text(key),
                    named=setting.role != "guide",
                )
                for k, key in enumerate(keys)
            ]
            columns = COLUMNS if name == "chain" else FAMILY_COLUMNS
            table = "predictors" if name == "chain" else f"predictors-{name}"
            tables.append(Table(table, f"five-fold by {name}", columns, rows))
            figures = distance_figures(values, crossed.mean, crossed.std, nearest)
            rows_by_distance += [
                setting.row(near, f"by {name}, similarity {low:g} to {high:g}", named=False)
                for (low, high), near in figures.items()
            ]
    tables.append(Table("predictors-distance", "nearest labelled chain", DISTANCE_COLUMNS, rows_by_distance))
    return Result("predictors", tables, _notes(keys), Manifest(n=len(labels)), {"families": sorted(set(names))})


def _on_file(setting: PredictorSetting) -> Result:
    import pandas as pd

    path = setting.held_out
    assert path is not None
    try:
        table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise DataError(f"{path} is not a readable .csv or .parquet file ({error}).") from error
    keys = [key for key in setting.predictor.keys if key in table.columns]
    if "psmiles" not in table.columns or not keys:
        raise DataError(f"{path} needs a column psmiles and one or more of {', '.join(setting.predictor.keys)}.")
    predicted = setting.predictor.predict(table["psmiles"].astype(str).tolist())
    together, rows = np.zeros(len(table), dtype=np.int64), []
    for key in keys:
        spec = property_spec(key)
        value = spec.to_scale(table[key].to_numpy(dtype=float))
        mean, std = spec.to_scale(predicted[key].mean), predicted[key].std
        figures = error_figures(value, mean, together, "", None)
        figures |= {"coverage": coverage(value, mean, std), "calibration": calibration_error(value, mean, std)}
        rows.append(setting.row(figures, _text(key), named=setting.role != "guide"))
    notes = [f"The checkpoint as it is, on the {len(table):,} rows of {path.name}.", _ERRORS]
    return Result("predictors", [Table("predictors-held-out", path.name, HELD_OUT_COLUMNS, rows)], notes,
                  Manifest(n=len(table)))  # fmt: skip


def _text(key: str) -> str:
    """Return a property with its kind and the unit of its errors."""
    spec = property_spec(key)
    unit = "decades" if spec.scale == "log10" else spec.unit_text
    return f"{spec.label} ({spec.kind}){f', {unit}' if unit else ''}"


_ERRORS = "Errors are in the unit, or in decades where it says so; coverage has its 95 % Wilson interval."


def _notes(keys: Sequence[str]) -> list[str]:
    return [
        f"{len(keys)} properties; five folds by a hash of the chain, or of whole families of backbones; mean and "
        "standard deviation (sd) over folds. The recipe is trained anew for each fold on all other labelled chains.",
        "Baseline: Morgan bits of the string as written and LightGBM with its own settings, in the same folds.",
        "Published: the best R2 that a paper reports for the property in five-fold cross-validation, by other folds.",
        _ERRORS + " Calibration error: mean distance of the nine central intervals of 10 to 90 % from their shares.",
        "Similarity is that of closed-chain fingerprints to the nearest chain of the other folds with a value.",
    ]  # fmt: skip


PREDICTORS_TASK = Task(
    "predictors", "property models in cross-validation by chain and by family", None, run, "predictor"
)
