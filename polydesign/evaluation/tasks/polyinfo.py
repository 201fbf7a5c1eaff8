"""`polyinfo`: unconditional samples against held-out polymers of PoLyInfo, as MOSES compares molecules.

Models for this task see `polyinfo_train` only; a row says when one has seen more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from polydesign.engine.design.novelty import is_known
from polydesign.evaluation import chemnet
from polydesign.evaluation.distribution import (
    fingerprint_bits,
    fragment_similarity,
    internal_diversity,
    scaffold_similarity,
    snn,
)
from polydesign.evaluation.references import held_out_of_file, held_out_of_table, prepared_table, training_rows
from polydesign.evaluation.result import Column, Manifest, Result, Row, Table
from polydesign.evaluation.samples import Samples, basic_figures, unique_at
from polydesign.evaluation.statistics import Figure
from polydesign.evaluation.tasks.task import Setting, Task

CORPUS = "polyinfo"
ALLOWED_DATA = {"polyinfo_train", "labels_merged"}
NEW = 2_500  # new samples that are compared alone, the first ones: as many of every model
DISTRIBUTION_COLUMNS = (
    Column("snn", "SNN"),
    Column("intdiv1", "IntDiv1"),
    Column("intdiv2", "IntDiv2"),
    Column("fcd", "FCD", digits=2),
    Column("frag", "Frag", digits=4),
    Column("scaf", "Scaf", digits=4),
)
COLUMNS = (
    Column("parses", "parses", "percent", 2),
    Column("valid", "valid", "percent", 2),
    Column("unique@1k", "unique@1k", "percent", 2),
    Column("unique@10k", "unique@10k", "percent", 2),
    Column("novel", "novel", "percent", 2),
    *DISTRIBUTION_COLUMNS,
)
NEW_COLUMNS = (Column("samples", "new samples compared", "count"), *DISTRIBUTION_COLUMNS)
NOTES = (
    "parses and valid count every generation; unique is distinct chains of the first 1,000 and 10,000 valid ones; "
    "novel is chains outside polyinfo_train, of the distinct ones.",
    "SNN and IntDiv use the bits of Morgan fingerprints (radius 2, 1,024 bits) of the closed chain; Frag and Scaf are "
    "those of MOSES on canonical p-SMILES.",
    "FCD is that of canonical p-SMILES with their attachment points, which ChemNet reads as its unknown token.",
    f"A model that repeats what it was taught comes near to what was held out. The second table leaves that away: the "
    f"first {NEW:,} samples whose chain is outside polyinfo_train, so that novelty is 100 % for every model.",
)


def run(setting: Setting) -> Result:
    """Sample without targets and compare with held-out polymers; real training polymers stand beside them."""
    from polydesign.chem.notation.identity import chain_hash

    n = setting.n or POLYINFO_TASK.n or 0
    table = prepared_table(CORPUS, setting.prepared)
    held_out = held_out_of_table(table) if setting.held_out is None else held_out_of_file(setting.held_out)
    taught = np.unique(np.array([chain_hash(key) for key in table["chain_key"]], dtype=np.uint32))

    samples = setting.judge(setting.generate({}, n))
    figures = basic_figures(samples, taught)
    figures |= {"unique@1k": unique_at(samples, 1_000), "unique@10k": unique_at(samples, 10_000)}
    figures |= distribution_figures(samples.valid_psmiles, held_out.psmiles, with_fcd=_fcd_missing(n) is None)
    training = training_rows(table)["psmiles"].tolist()
    floor = distribution_figures(training, held_out.psmiles, with_fcd=_fcd_missing(len(training)) is None)

    beyond = tuple(sorted(set(setting.data) - ALLOWED_DATA))
    rows = [replace(setting.row(figures), also_trained_on=beyond), Row(floor, "training polymers themselves")]
    notes = [f"Reference: {held_out.source}.", *NOTES]
    if (missing := _fcd_missing(n)) is not None:
        notes.append(f"FCD {missing}.")
    new = [replace(setting.row(_of_new(samples, taught, held_out.psmiles)), also_trained_on=beyond)]
    tables = [
        Table("polyinfo", f"{n:,} samples", COLUMNS, rows),
        Table("polyinfo-new", f"new ones of {n:,} samples", NEW_COLUMNS, new),
    ]
    return Result("polyinfo", tables, notes, Manifest(n=n), {"held_out": held_out.source, "data": list(setting.data)})


def _of_new(samples: Samples, trained_chains: np.ndarray, reference: Sequence[str]) -> dict[str, Figure]:
    """Return how many of the first `NEW` samples outside the chains trained on there are, and how these compare."""
    fresh = ~is_known(samples.valid_keys, trained_chains)
    psmiles = samples.valid_psmiles
    new = [psmiles[i] for i in np.flatnonzero(fresh)[:NEW]]
    count = {"samples": Figure(len(new), len(new))}
    return count | distribution_figures(new, reference, with_fcd=_fcd_missing(len(samples)) is None)


def distribution_figures(psmiles: Sequence[str], reference: Sequence[str], *, with_fcd: bool) -> dict[str, Figure]:
    """Return SNN, IntDiv1, IntDiv2, Frag, Scaf and, `with_fcd`, FCD of valid polymers against reference ones."""
    bits = fingerprint_bits(psmiles)
    figures = {
        "snn": snn(bits, fingerprint_bits(reference)),
        "intdiv1": internal_diversity(bits, 1),
        "intdiv2": internal_diversity(bits, 2),
        "frag": fragment_similarity(psmiles, reference),
        "scaf": scaffold_similarity(psmiles, reference),
    }
    if with_fcd:
        figures["fcd"] = chemnet.frechet_chemnet_distance(psmiles, reference)
    return figures


def _fcd_missing(n: int) -> str | None:
    """Say why FCD is not computed for `n` generations, None when it is."""
    if not chemnet.available():
        return chemnet.MISSING
    return chemnet.TOO_FEW if n < chemnet.MIN_SAMPLES else None


POLYINFO_TASK = Task("polyinfo", "10,000 samples against held-out polymers of PoLyInfo", 10_000, run)
