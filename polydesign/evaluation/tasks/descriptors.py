"""`descriptors`: the 15 descriptors of a held-out real polymer in, one polymer out, no selection.

The task of PolyTAO (Qiu & Sun, npj Comput. Mater. 10, 273, 2024). The descriptors are computed from
the string, so this measures control of structure, not of measured properties.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from polydesign.core.properties import DESCRIPTORS
from polydesign.core.targets import Target
from polydesign.evaluation.distribution import fingerprint_bits, nearest_similarity
from polydesign.evaluation.references import (
    HeldOut,
    descriptor_columns,
    held_out_of_file,
    held_out_of_table,
    is_prepared,
    nearest_by_descriptors,
    prepared_table,
    reported,
    training_rows,
)
from polydesign.evaluation.result import Column, Manifest, Result, Row, Table
from polydesign.evaluation.samples import Samples, novelty
from polydesign.evaluation.statistics import Figure, r2_figures, rate
from polydesign.evaluation.tasks.task import Setting, Task

CORPUS = "polymers"
MET_EXACTLY = 0.05  # MolWt differs by rounding; every other descriptor is a whole number
NEAR = 0.6
COLUMNS = (
    Column("parses", "parses", "percent", 2),
    Column("valid", "valid", "percent", 2),
    Column("r2_mean", "mean R2"),
    Column("exact", "all 15 met exactly", "percent", 1),
    Column("novel", "novel", "percent", 1),
)
EACH_COLUMNS = tuple(Column(f"r2_{name}", name) for name in DESCRIPTORS)
FAR_NAME = f"requests with no training polymer above similarity {NEAR:g}"


def run(setting: Setting) -> Result:
    """Ask for the descriptors of held-out polymers; compare with plain retrieval."""
    from polydesign.chem.describe.descriptors import descriptor_matrix

    held_out, library = _references(setting)
    polymers = held_out.some(setting.n, setting.seed)
    wanted = descriptor_matrix(polymers).astype(np.float64)
    samples = setting.judge(setting.generate(requests(wanted), len(polymers)))
    reached = np.full(wanted.shape, np.nan)
    reached[samples.valid] = descriptor_matrix(samples.valid_psmiles)

    def answers(among: np.ndarray) -> dict[str, Figure]:
        return generator_figures(samples, wanted, reached, setting.trained_chains, among, setting.seed)

    rows = [setting.row(answers(np.ones(len(polymers), dtype=bool)))]
    notes = [
        f"Requests: {held_out.source}, one sample each, no selection. parses, valid and exact are of all requests, R2 "
        "of the valid answers, novel (chain outside the training set) of the valid answers.",
        "R2 with 95 % bootstrap intervals, rates with 95 % Wilson intervals.",
    ]
    if library is not None:
        nearest = library.iloc[nearest_by_descriptors(wanted, descriptor_columns(library))]
        figures = retrieval_figures(wanted, nearest, setting.seed)
        rows.append(Row(figures, "retrieval of the nearest training polymer"))
        far = _similarity_to_reported(polymers, library) < NEAR
        rows.append(setting.row(answers(far), variant=FAR_NAME))
        notes.append(f"Similarity to the nearest of the reported training polymers; {int(far.sum()):,} requests.")
    else:
        notes.append("Retrieval is left out: the corpus has not been prepared on this machine.")
    tables = [
        Table("descriptors", f"{len(polymers):,} requests", COLUMNS, rows),
        Table("descriptors-each", "R2 of", EACH_COLUMNS, rows),
    ]
    return Result("descriptors", tables, notes, Manifest(n=len(polymers)), {"held_out": held_out.source})


def requests(wanted: np.ndarray) -> list[dict[str, Target]]:
    """Return one set of targets for each row of the (N, 15) descriptors."""
    return [{key: Target(value=float(v)) for key, v in zip(DESCRIPTORS, row, strict=True)} for row in wanted]


def generator_figures(
    samples: Samples,
    wanted: np.ndarray,
    reached: np.ndarray,
    trained_chains: np.ndarray | None,
    among: np.ndarray,
    seed: int,
) -> dict[str, Figure]:
    """Return all figures over the requests in the (N,) mask `among`; (N, 15) `reached` is NaN where not valid."""
    n, valid = int(among.sum()), samples.valid & among
    keys = [key for key, counts in zip(samples.keys, among, strict=True) if key is not None and counts]
    return {
        "parses": rate(int((samples.parses & among).sum()), n),
        "valid": rate(int(valid.sum()), n),
        "exact": rate(int(_met(wanted, reached)[among].sum()), n),
        "novel": novelty(keys, trained_chains),
        **_r2(wanted[valid], reached[valid], seed),
    }


def retrieval_figures(wanted: np.ndarray, nearest: pd.DataFrame, seed: int) -> dict[str, Figure]:
    """Return the figures of answering each request with a training polymer (a table with descriptors)."""
    reached, n = descriptor_columns(nearest), len(wanted)
    return {
        "parses": rate(n, n),
        "valid": rate(n, n),
        "exact": rate(int(_met(wanted, reached).sum()), n),
        "novel": rate(0, n),
        **_r2(wanted, reached, seed),
    }


def _met(wanted: np.ndarray, reached: np.ndarray) -> np.ndarray:
    return (np.abs(reached - wanted) < MET_EXACTLY).all(axis=1)  # NaN compares as not met


def _r2(wanted: np.ndarray, reached: np.ndarray, seed: int) -> dict[str, Figure]:
    each, mean = r2_figures(wanted, reached, seed=seed)
    return {"r2_mean": mean, **{f"r2_{name}": figure for name, figure in zip(DESCRIPTORS, each, strict=True)}}


def _references(setting: Setting) -> tuple[HeldOut, pd.DataFrame | None]:
    """Return the held-out polymers, and the training rows where they are on this machine."""
    if setting.held_out is not None and not is_prepared(CORPUS, setting.prepared):
        return held_out_of_file(setting.held_out), None
    table = prepared_table(CORPUS, setting.prepared)
    held_out = held_out_of_table(table) if setting.held_out is None else held_out_of_file(setting.held_out)
    return held_out, training_rows(table)


def _similarity_to_reported(polymers: Sequence[str], library: pd.DataFrame) -> np.ndarray:
    return nearest_similarity(fingerprint_bits(polymers), fingerprint_bits(reported(library)["psmiles"].tolist()))


DESCRIPTORS_TASK = Task("descriptors", "15 descriptors of held-out real polymers in, one polymer out each", None, run)
