"""`latent`: polymers to codes and back, codes drawn from the prior, and codes between two polymers.

Figures as in the TransVAE study (Dollar et al., Chem. Sci. 12, 8362, 2021); active units after Burda et al., 2016
(https://arxiv.org/abs/1509.00519); ten points on a straight line between two held-out polymers as in the notes the
project began with. Real polymers that nobody trained on are encoded; everything that is decoded is counted.

What the result file keeps for a picture are codes of polymers of our own table of names (`chem.common`) and one path
between two of them: no row of gathered data.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from polydesign.core.errors import DataError
from polydesign.core.protocols import LatentGenerator, TokenReproducer
from polydesign.engine.latent.map import encode
from polydesign.evaluation.distribution import fingerprint_bits, nearest_similarity
from polydesign.evaluation.positions import position_counts, position_figures
from polydesign.evaluation.references import (
    held_out_of_file,
    held_out_of_table,
    is_prepared,
    prepared_table,
    table_file,
    training_rows,
)
from polydesign.evaluation.result import Column, Details, Manifest, NamedCode, Result, Table
from polydesign.evaluation.samples import Samples, basic_figures
from polydesign.evaluation.statistics import Figure, mean_figure, rate
from polydesign.evaluation.tasks.task import Setting, Task
from polydesign.evaluation.training_bits import kept_bits, nearest_of_packed

CORPUS = "polymers"
PATHS, POINTS = 50, 10
CODES_EACH = 10  # codes whose entropy is taken, for each polymer that is decoded too: 10,000 with the default of 1,000
_EDGES = np.linspace(-5.0, 5.0, 1001)
CODE_COLUMNS = (
    Column("reconstructed", "same chain", "percent", 1),
    Column("as_cut", "cut alike too", "percent", 1),
    Column("decodes_valid", "decodes to valid", "percent", 1),
    Column("every_token", "every token", "percent", 1),
    Column("token_told", "tokens, told those before", "percent", 1),
    Column("token_alone", "tokens, by itself", "percent", 1),
    Column("active", "active units", "count"),
    Column("dimensions", "of dimensions", "count"),
    Column("entropy", "entropy (nats)", digits=1),
)
PRIOR_COLUMNS = (
    Column("parses", "parses", "percent", 2),
    Column("valid", "valid", "percent", 2),
    Column("unique", "unique", "percent", 2),
    Column("novel", "novel", "percent", 2),
    Column("cross_diversity", "cross diversity"),
)
PATH_COLUMNS = (
    Column("valid", "valid", "percent", 1),
    Column("between", "valid between the ends", "percent", 1),
    Column("neighbours", "similarity of neighbours"),
    Column("ends", "similarity of the ends"),
    Column("distinct", "distinct chains a path", digits=1),
)


def run(setting: Setting) -> Result:
    """Encode and decode held-out polymers, sample the prior, and walk between pairs of held-out polymers."""
    generator = setting.generator
    if not isinstance(generator, LatentGenerator):
        raise DataError(f"{setting.label} has no latent space to measure; this task is for families that encode.")
    n = setting.n or LATENT_TASK.n or 0
    table = prepared_table(CORPUS, setting.prepared) if is_prepared(CORPUS, setting.prepared) else None
    if setting.held_out is not None:
        held_out = held_out_of_file(setting.held_out)
    else:  # says what to run when there is no table
        held_out = held_out_of_table(prepared_table(CORPUS, setting.prepared) if table is None else table)
    polymers = held_out.some(n, setting.seed)
    codes = _codes(generator, polymers)
    many = _many_codes(setting, generator, polymers, table, n)
    decoded = setting.judge(generator.decode(codes, seed=setting.seed))
    prior = setting.judge(setting.generate({}, n))
    lines = straight_lines(codes, PATHS, POINTS, setting.seed)
    walked = setting.judge(generator.decode(lines.reshape(-1, codes.shape[1]), seed=setting.seed))

    prior_figures = basic_figures(prior, setting.trained_chains)
    notes = [f"Encoded: {len(polymers):,} of {held_out.source}.", *NOTES]
    if table is not None:
        library = kept_bits(training_rows(table)["psmiles"].tolist(), table_file(CORPUS, setting.prepared).parent)
        prior_figures["cross_diversity"] = cross_diversity(prior.valid_psmiles, library)
    else:
        notes.append("Cross diversity is left out: the corpus has not been prepared on this machine.")
    figures = {**code_figures(polymers, codes, decoded), "entropy": Figure(code_entropy(many), len(many))}
    details = _pictured(setting, generator)
    if isinstance(generator, TokenReproducer):
        told, alone = generator.reproduced(polymers)
        figures |= position_figures(told, alone)
        details["positions"] = position_counts(told, alone)
    tables = [
        Table("latent", f"{len(polymers):,} held-out polymers", CODE_COLUMNS, [setting.row(figures)]),
        Table("latent-prior", f"{n:,} draws of the prior", PRIOR_COLUMNS, [setting.row(prior_figures)]),
        Table("latent-paths", f"{len(lines)} paths of {POINTS} points", PATH_COLUMNS,
              [setting.row(path_figures(walked, len(lines)))]),
    ]  # fmt: skip
    manifest = Manifest(n=n, settings={"held_out": held_out.source})
    return Result("latent", tables, notes, manifest, details)


def _codes(generator: LatentGenerator, polymers: Sequence[str]) -> np.ndarray:
    """Return (N, d) codes; of a polymer that cannot be read the origin, from which it does not come back."""
    return np.nan_to_num(encode(generator, polymers))


def _many_codes(
    setting: Setting, generator: LatentGenerator, polymers: Sequence[str], table: pd.DataFrame | None, n: int
) -> np.ndarray:
    """Return (M, d) codes to take the entropy of: `CODES_EACH` times n where there are as many polymers.

    They are of the test side of the table, whatever group; where that is too small, of the training side too; without
    a table of the held-out polymers alone.
    """
    if table is None:
        return _codes(generator, polymers)
    order = np.random.default_rng(setting.seed).permutation(len(table))
    unseen = (table["split"] == "test").to_numpy()[order]
    rows = np.concatenate([order[unseen], order[~unseen]])[: CODES_EACH * n]
    codes = encode(generator, table["psmiles"].iloc[rows].tolist())
    return codes[np.isfinite(codes).all(axis=1)]  # a notation may have no way to write some


def straight_lines(codes: np.ndarray, n_paths: int, n_points: int, seed: int) -> np.ndarray:
    """Return (P, n_points, d): evenly spaced points from one of the (N, d) codes to another, both ends included.

    Pairs are drawn at random, no code in two of them; with few codes there are fewer than `n_paths`.
    """
    order = np.random.default_rng(seed).permutation(len(codes))
    n_paths = min(n_paths, len(codes) // 2)
    return _between(codes[order[:n_paths]], codes[order[n_paths : 2 * n_paths]], n_points)


def _between(first: np.ndarray, last: np.ndarray, n_points: int) -> np.ndarray:
    """Return (P, n_points, d): evenly spaced points from each of (P, d) codes to each of others."""
    share = np.linspace(0.0, 1.0, n_points, dtype=first.dtype)[None, :, None]
    return first[:, None] + share * (last - first)[:, None]


def code_figures(polymers: Sequence[str], codes: np.ndarray, decoded: Samples) -> dict[str, Figure]:
    """Return what came back of the polymers, and how much the (N, d) codes say."""
    from polydesign.chem.notation.identity import chain_key
    from polydesign.chem.notation.psmiles import canonical
    from polydesign.nn.latent import active_units  # imports torch, which listing the tasks must not

    n = len(polymers)
    same = [key == chain_key(text) for key, text in zip(decoded.keys, polymers, strict=True)]
    return {
        "reconstructed": rate(sum(same), n),
        "as_cut": rate(sum(a == canonical(b) for a, b in zip(decoded.psmiles, polymers, strict=True)), n),
        "decodes_valid": rate(int(decoded.valid.sum()), n),
        "active": Figure(active_units(codes), n),
        "dimensions": Figure(codes.shape[1], n),
    }


def code_entropy(codes: np.ndarray) -> float:
    """Return the sum over dimensions of the entropy, in nats, of the histogram of (N, d) codes.

    Bins are 0.01 wide from -5 to 5, what lies outside in the outermost: a dimension that never varies has 0, one
    that is N(0, 1) has 6.02 when N is large and less (at most log N) when it is not.
    """
    total = 0.0
    for column in np.clip(codes, _EDGES[0], _EDGES[-1]).T:
        counts, _ = np.histogram(column, bins=_EDGES)
        share = counts[counts > 0] / len(column)
        total -= float((share * np.log(share)).sum())
    return abs(total)  # not -0.0


def cross_diversity(psmiles: Sequence[str], library: np.ndarray) -> Figure:
    """Return 1 - the mean similarity of each polymer to the nearest of (M, 128) packed training fingerprints."""
    if len(library) == 0:
        return Figure(math.nan, len(psmiles))
    return mean_figure(1 - nearest_of_packed(fingerprint_bits(psmiles), library))


def path_figures(walked: Samples, n_paths: int) -> dict[str, Figure]:
    """Return how much of the paths decodes, and how alike what follows each other on them is."""
    paths = [walked.rows(np.arange(i * POINTS, (i + 1) * POINTS)) for i in range(n_paths)]
    neighbours, ends, distinct = [], [], []
    for path in paths:
        distinct.append(len(set(path.valid_keys)))
        bits = dict(zip(np.flatnonzero(path.valid), fingerprint_bits(path.valid_psmiles), strict=True))
        pairs = [(i, i + 1) for i in range(POINTS - 1) if i in bits and i + 1 in bits]
        neighbours += [_similarity(bits[i], bits[j]) for i, j in pairs]
        if 0 in bits and POINTS - 1 in bits:
            ends.append(_similarity(bits[0], bits[POINTS - 1]))
    inner = [path.valid[1:-1] for path in paths]
    return {
        "valid": rate(int(walked.valid.sum()), len(walked)),
        "between": rate(int(sum(part.sum() for part in inner)), sum(len(part) for part in inner)),
        "neighbours": mean_figure(np.array(neighbours)),
        "ends": mean_figure(np.array(ends)),
        "distinct": mean_figure(np.array(distinct)) if distinct else Figure(math.nan, 0),
    }


def _pictured(setting: Setting, generator: LatentGenerator) -> Details:
    """Return what `viz.latent` draws: codes of named polymers, and a path between two that were held out.

    The ends are two named polymers outside the training set, of different classes where there are such, drawn with
    the seed; nothing where fewer than two are outside or nobody knows which.
    """
    from polydesign.chem.common import COMMON_POLYMERS
    from polydesign.chem.notation.identity import chain_key
    from polydesign.engine.design.novelty import is_known

    codes = _codes(generator, [polymer.psmiles for polymer in COMMON_POLYMERS])
    named: list[NamedCode] = [
        {"name": polymer.name, "code": _plane(code)} for polymer, code in zip(COMMON_POLYMERS, codes, strict=True)
    ]
    if setting.trained_chains is None:
        return {"named": named}
    unseen = np.flatnonzero(~is_known([chain_key(p.psmiles) for p in COMMON_POLYMERS], setting.trained_chains))
    if len(unseen) < 2:
        return {"named": named}
    first, *others = np.random.default_rng(setting.seed).permutation(unseen).tolist()
    start = COMMON_POLYMERS[first]
    last = next((i for i in others if COMMON_POLYMERS[i].polymer_class != start.polymer_class), others[0])
    line = _between(codes[[first]], codes[[last]], POINTS)[0]
    walked = setting.judge(generator.decode(line, seed=setting.seed))
    return {
        "named": named,
        "path": {
            "from": start.name,
            "to": COMMON_POLYMERS[last].name,
            "ends": [start.psmiles, COMMON_POLYMERS[last].psmiles],
            "codes": [_plane(code) for code in line],
            "decoded": walked.raw,
            "valid": walked.valid.tolist(),
        },
    }


def _plane(code: np.ndarray) -> list[float]:
    """Return the first two dimensions of a (d,) code, the second 0 where there is only one."""
    return [round(float(value), 3) for value in (*code[:2], 0.0)[:2]]


def _similarity(one: np.ndarray, other: np.ndarray) -> float:
    return float(nearest_similarity(one[None], other[None])[0])


NOTES = (
    "A code is what the encoder returns for the string as written; decoding takes the most probable token. 'Same "
    "chain' compares chain keys; 'cut alike too' repeat units, in canonical SMILES whatever notation the model writes.",
    "Active units are dimensions whose codes have a variance above 0.01. Entropy is the sum over dimensions of that of "
    "a histogram of codes with bins of 0.01 from -5 to 5, ten times as many codes as polymers are decoded; N codes "
    "give a dimension ln N at most.",
    "Tokens: the share of places where the likeliest token is the string's own, told the true ones before it (teacher "
    "forcing) or going on from its own; every token: the strings that come back as they were written.",
    "Draws of the prior: valid counts every draw, unique and novel are as in `unconditional`; cross diversity is 1 - "
    "the mean similarity to the nearest chain of the whole training corpus, recombined and enumerated ones included.",
    "Paths are straight lines between the codes of two held-out polymers, ends included; similarities are Tanimoto "
    "coefficients of the bits of Morgan fingerprints (radius 2, 1,024 bits) of valid points.",
)

LATENT_TASK = Task("latent", "Held-out polymers to codes and back, draws of the prior, paths between codes", 1_000, run)
