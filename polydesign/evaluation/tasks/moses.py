"""`moses`: the table of the MOSES benchmark, for generators of molecules.

30,000 samples without targets against the benchmark's two test sets: Test, which is like its training set, and TestSF,
whose scaffolds are in neither (Polykovskiy et al., Front. Pharmacol. 11, 565644, 2020). The training set is fetched,
not packed; a model that was trained on other molecules, ZINC-250k, says so in its row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from polydesign.core.errors import DataError
from polydesign.data.sources.catalog import CATALOG
from polydesign.data.sources.load import table
from polydesign.evaluation import chemnet
from polydesign.evaluation.distribution import (
    cosine,
    count_fragments,
    count_scaffolds,
    internal_diversity,
    molecule_bits,
)
from polydesign.evaluation.result import Column, Manifest, Result, Row, Table
from polydesign.evaluation.samples import novelty, unique_at
from polydesign.evaluation.statistics import Figure, mean_figure, rate
from polydesign.evaluation.tasks.task import Setting, Task
from polydesign.evaluation.training_bits import nearest_of_packed

TRAINING = "moses_train"
TESTS = {"": "moses_test", "_sf": "moses_test_scaffolds"}  # suffix of a figure -> data set
COLUMNS = (
    Column("valid", "valid", "percent", 2),
    Column("unique@1k", "unique@1k", "percent", 2),
    Column("unique@10k", "unique@10k", "percent", 2),
    Column("filters", "filters", "percent", 2),
    Column("novel", "novel", "percent", 2),
    Column("intdiv1", "IntDiv1"),
    Column("intdiv2", "IntDiv2"),
    Column("fcd", "FCD Test"),
    Column("fcd_sf", "FCD TestSF"),
    Column("snn", "SNN Test"),
    Column("snn_sf", "SNN TestSF"),
    Column("frag", "Frag Test", digits=4),
    Column("frag_sf", "Frag TestSF", digits=4),
    Column("scaf", "Scaf Test", digits=4),
    Column("scaf_sf", "Scaf TestSF", digits=4),
)
NOTES = (
    "valid counts every generation; unique is distinct molecules of the first 1,000 and 10,000 valid ones, filters the "
    "share of the valid ones that pass, novel the distinct ones outside the set that the model was trained on.",
    "Filters: atoms of C, N, S, O, F, Cl, Br and H, no charge, no ring above 8 atoms and PAINS, as in the benchmark; "
    "its own list of medicinal chemistry filters is not in RDKit, and in its place stand the Glaxo hard filters. The "
    "row of the Test molecules says how many of the benchmark's own pass.",
    "IntDiv and SNN use Morgan fingerprints (radius 2, 1,024 bits), Frag BRICS fragments, Scaf Bemis-Murcko scaffolds "
    "with two rings or more.",
)


@dataclass(frozen=True)
class Reference:
    """What samples are compared with: fingerprints (M, 128), counts, and ChemNet's moments where they are wanted."""

    n: int
    bits: np.ndarray
    fragments: Counter[str]
    scaffolds: Counter[str]
    moments: chemnet.Moments | None


def run(setting: Setting) -> Result:
    """Sample without targets and compare with Test and TestSF."""
    from polydesign.chem.lead_filters import passes_lead_filters

    if not any(name in CATALOG and CATALOG[name].task == "molecules" for name in setting.data):
        raise DataError(
            f"{setting.label} was not trained on molecules. Train one that was: python -m polydesign.data fetch "
            f"{TRAINING}, then prepare {TRAINING}, then python -m polydesign.train FAMILY --data {TRAINING}; or on "
            "zinc250k, which is here."
        )
    whole = MOSES_TASK.n or 0
    n = setting.n or whole
    missing = chemnet.MISSING if not chemnet.available() else chemnet.TOO_FEW if n < chemnet.MIN_SAMPLES else None
    references = {
        suffix: _reference(name, min(n / whole, 1.0), setting.seed, missing is None) for suffix, name in TESTS.items()
    }
    samples = setting.judge(setting.generate({}, n), molecules=True)
    molecules = samples.valid_psmiles
    figures = {
        "valid": rate(int(samples.valid.sum()), n),
        "unique@1k": unique_at(samples, 1_000),
        "unique@10k": unique_at(samples, 10_000),
        "filters": rate(sum(map(passes_lead_filters, molecules)), len(molecules)),
        "novel": novelty(sorted(set(samples.valid_keys)), setting.trained_chains),
        **_compared(molecules, references),
    }
    own = _some(TESTS[""], min(n, 10_000), setting.seed)
    bits = molecule_bits(own)
    floor = {
        "filters": rate(sum(map(passes_lead_filters, own)), len(own)),
        "intdiv1": internal_diversity(bits, 1),
        "intdiv2": internal_diversity(bits, 2),
    }
    beyond = tuple(sorted(set(setting.data) - {TRAINING}))
    rows = [replace(setting.row(figures), also_trained_on=beyond), Row(floor, "Test molecules themselves")]
    sizes = " and ".join(f"{reference.n:,} of {TESTS[suffix]}" for suffix, reference in references.items())
    notes = [f"References: {sizes}.", *NOTES]
    if n < whole:
        notes.append(f"Fewer than {whole:,} samples, and as much less of the references: not to be set beside others.")
    if missing is not None:
        notes.append(f"FCD {missing}.")
    if TRAINING not in setting.data:
        notes.append(f"Trained on {', '.join(setting.data)} in place of {TRAINING}: its molecules are of another kind.")
    return Result("moses", [Table("moses", f"{n:,} samples", COLUMNS, rows)], notes, Manifest(n=n),
                  {"data": list(setting.data)})  # fmt: skip


def _compared(molecules: Sequence[str], references: dict[str, Reference]) -> dict[str, Figure]:
    """Return the figures of canonical molecules that need all of them at once."""
    n, bits = len(molecules), molecule_bits(molecules)
    fragments, scaffolds = count_fragments(molecules), count_scaffolds(molecules)
    figures = {"intdiv1": internal_diversity(bits, 1), "intdiv2": internal_diversity(bits, 2)}
    ours = None
    for suffix, reference in references.items():
        figures[f"snn{suffix}"] = mean_figure(nearest_of_packed(bits, reference.bits))
        figures[f"frag{suffix}"] = Figure(cosine(fragments, reference.fragments), n)
        figures[f"scaf{suffix}"] = Figure(cosine(scaffolds, reference.scaffolds), n)
        if reference.moments is not None:
            ours = ours or chemnet.chemnet_moments(molecules)
            if ours is not None:
                figures[f"fcd{suffix}"] = Figure(chemnet.distance_of_moments(ours, reference.moments), ours.n)
    return figures


@lru_cache(maxsize=4)
def _reference(name: str, share: float, seed: int, with_fcd: bool) -> Reference:
    """Return a share of a test set as it is compared with; kept for the next checkpoint of the same run."""
    smiles = _some(name, round(share * len(table(name, ["smiles"]))), seed)
    return Reference(
        n=len(smiles),
        bits=np.packbits(molecule_bits(smiles).astype(bool), axis=1),
        fragments=count_fragments(smiles),
        scaffolds=count_scaffolds(smiles),
        moments=chemnet.chemnet_moments(smiles) if with_fcd else None,
    )


def _some(name: str, n: int, seed: int) -> list[str]:
    """Return `n` molecules of a data set in canonical SMILES, drawn at random, all when there are no more."""
    from polydesign.chem.notation.psmiles import canonical

    smiles = table(name, ["smiles"])["smiles"]
    drawn = smiles if n >= len(smiles) else smiles.sample(max(n, 1), random_state=seed)
    return [canonical(text) for text in drawn]


MOSES_TASK = Task("moses", "30,000 molecules against the two test sets of the MOSES benchmark", 30_000, run)
