"""`graphs`: what a generator that builds graphs writes with and without help, and how near the data that is.

The tables of GraphAF (Shi et al., ICLR 2020) and of the two-step graph VAE (Bresson and Laurent, 2019), for repeat
units. A family that is valid by construction and far from the data is not good: sizes of units and the Frechet ChemNet
distance stand beside validity. A family that writes strings may be measured too, to be set beside them.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from polydesign.core.protocols import LatentGenerator
from polydesign.engine.latent.map import encode
from polydesign.evaluation import chemnet
from polydesign.evaluation.references import held_out_of_file, held_out_of_table, prepared_table
from polydesign.evaluation.result import Column, Manifest, Result, Row, Table
from polydesign.evaluation.samples import basic_figures
from polydesign.evaluation.statistics import Figure, rate
from polydesign.evaluation.tasks.task import Setting, Task
from polydesign.evaluation.tasks.unconditional import OPTION

CORPUS = "polymers"
ENCODED = 500  # held-out polymers that are read and written again
COLUMNS = (
    Column("valid", "valid", "percent", 2),
    Column("valid_checked", "valid, checked", "percent", 2),
    Column("unique", "unique", "percent", 2),
    Column("novel", "novel", "percent", 2),
    Column("reconstructed", "same chain", "percent", 1),
    Column("reconstructed_checked", "same chain, checked", "percent", 1),
    Column("atoms", "heavy atoms", digits=1),
    Column("atoms_far", "sizes apart", digits=1),
    Column("fcd", "FCD", digits=1),
    Column("seconds", "s for 1,000", digits=1),
)
NOTES = (
    "valid counts every graph as the network left it, valid, checked those that were built with the family's check of "
    "valences or corrected by it (a family without such an option has one figure). All other columns are of the "
    "latter, as the app offers it.",
    "Same chain: held-out polymers to codes and back. Heavy atoms is their mean number in a unit, attachment points "
    "left out; sizes apart the mean difference of the sorted sizes from those of the held-out polymers (Wasserstein). "
    "FCD is against them too.",
)


def run(setting: Setting) -> Result:
    """Sample without targets, as it is and with the family's check; read and write held-out polymers."""
    n = setting.n or GRAPHS_TASK.n or 0
    if setting.held_out is None:
        held_out = held_out_of_table(prepared_table(CORPUS, setting.prepared))
    else:
        held_out = held_out_of_file(setting.held_out)
    helped = setting
    if setting.options.get(OPTION) is False:
        helped = dataclasses.replace(setting, options={**setting.options, OPTION: True})
    raw, _ = setting.timed(n)
    samples, seconds = (raw, _) if helped is setting else helped.timed(n)
    sizes, wanted = _sizes(samples.valid_psmiles), _sizes(held_out.psmiles)
    figures = {
        **basic_figures(samples, setting.trained_chains),
        "valid": rate(int(raw.valid.sum()), n),
        "valid_checked": rate(int(samples.valid.sum()), n),
        "atoms": Figure(float(sizes.mean()) if len(sizes) else float("nan"), len(sizes)),
        "atoms_far": Figure(wasserstein(sizes, wanted), len(sizes)),
        "seconds": Figure(seconds / n * 1000, n),
    }
    if chemnet.available() and n >= chemnet.MIN_SAMPLES:
        figures["fcd"] = chemnet.frechet_chemnet_distance(samples.valid_psmiles, held_out.psmiles)
    if isinstance(setting.generator, LatentGenerator):
        polymers = held_out.some(ENCODED, setting.seed)
        figures["reconstructed"] = _same_chain(setting, polymers)
        if helped is not setting:
            figures["reconstructed_checked"] = _same_chain(helped, polymers)
    rows = [setting.row(figures), Row({"atoms": Figure(float(wanted.mean()), len(wanted))}, "held-out polymers")]
    notes = [f"Reference: {held_out.source}.", *NOTES]
    return Result("graphs", [Table("graphs", f"{n:,} samples", COLUMNS, rows)], notes, Manifest(n=n))


def wasserstein(one: np.ndarray, other: np.ndarray) -> float:
    """Return the first Wasserstein distance of two samples of numbers; NaN when one of them is empty."""
    if not len(one) or not len(other):
        return float("nan")
    at = (np.arange(1000) + 0.5) / 1000
    return float(np.abs(np.quantile(one, at) - np.quantile(other, at)).mean())


def _same_chain(setting: Setting, polymers: list[str]) -> Figure:
    from polydesign.chem.notation.identity import chain_key

    generator = setting.generator
    assert isinstance(generator, LatentGenerator)
    codes = encode(generator, polymers)
    known = np.isfinite(codes).all(axis=1)  # a family may have no way to read some
    options = {**setting.options, "temperature": 0.0} if "temperature" in setting.options else setting.options
    decoded = setting.judge(generator.decode(codes[known], seed=setting.seed, options=options))
    read = [text for text, flag in zip(polymers, known, strict=True) if flag]
    return rate(sum(key == chain_key(text) for key, text in zip(decoded.keys, read, strict=True)), len(polymers))


def _sizes(psmiles: list[str]) -> np.ndarray:
    from polydesign.chem.notation.psmiles import read

    return np.array([read(text).GetNumHeavyAtoms() for text in psmiles], dtype=float)


GRAPHS_TASK = Task("graphs", "10,000 graphs without targets, as they are and checked; sizes, distance, seconds", 10_000,
                   run)  # fmt: skip
