"""Bring a data set into the arrays that training reads: canonical, split by chain, described, tokenised.

Two stages, so that the slow chemistry is done once:

    table.parquet    one row a chain: psmiles (shortest repeat unit), chain_key, group, descriptors, measured values
    *.npy            the arrays of an encoding (`data.encodings`), from the table and, if present, labelled.parquet

``python -m polydesign.label PREPARED/table.parquet PREPARED/labelled.parquet`` adds predictions; run
prepare again afterwards to have them in the arrays. The folder holds rows of gathered data: it is
for training on this machine and never part of the repository.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TypedDict

import numpy as np
import pandas as pd

from polydesign.core.errors import DataError
from polydesign.core.progress import OnProgress
from polydesign.core.properties import FIRST_KEYS, property_spec
from polydesign.data.corpora.corpus import CORPORA, RECOMBINED, Corpus
from polydesign.data.corpora.describe import COMPUTED, describe_molecules, describe_polymers
from polydesign.data.corpora.labels import on_scale
from polydesign.data.corpora.recombined import recombined_rows
from polydesign.data.corpora.split import split_of
from polydesign.data.encodings.encoding import Encoding
from polydesign.data.encodings.meta import CorpusMeta, Statistics
from polydesign.data.encodings.stream import SPLITS
from polydesign.data.encodings.tokenizer import Notation
from polydesign.data.encodings.tokens import TokenEncoding
from polydesign.data.processes import in_processes


def prepare(
    name: str,
    out: Path,
    *,
    notation: Notation = "smiles",
    vocab_size: int = 192,
    limit: int | None = None,
    recombined: int | None = None,
    seed: int = 0,
    like: Path | None = None,
    encoding: Encoding | None = None,
    on_progress: OnProgress | None = None,
) -> Path:
    """Prepare the corpus `name` (a key of `data.corpora.corpus.CORPORA`) in the folder `out`.

    Args:
        name: "polymers", "polyinfo", "demo", or one of the molecule sets ("zinc" keeps the published split).
        out: folder to be written; an existing table.parquet there is used again.
        notation: "smiles", "kekule" or "selfies".
        vocab_size: number of tokens, special ones included.
        limit: at most so many rows of each gathered group of the corpus (drawn at random with `seed`).
        recombined: number of polymers to be assembled from fragments of the training chains. None: as many
            as the table that is there has, if it was made with the same `limit` and `seed`; else as many as
            the corpus states, but no more than `limit`.
        seed: seed of that draw and of the recombination.
        like: folder of prepared data or of a generator's checkpoint, whose tokenizer, notation and standardisation
            are taken over (`notation` and `vocab_size` are then not looked at), so that its training can go on.
        encoding: how the structures are encoded; None for tokens, in `notation` and of `vocab_size`.
        on_progress: called now and then.

    Returns `out`. Raises `DataError` for an unknown corpus, missing data, a corpus without polymers to
    recombine, or a folder to be like that was made with other properties.
    """
    if name not in CORPORA:
        raise DataError(f"Unknown corpus '{name}'. Choose one of {', '.join(sorted(CORPORA))}.")
    corpus = CORPORA[name]
    out.mkdir(parents=True, exist_ok=True)
    path = out / "table.parquet"
    found = json.loads((out / "recipe.json").read_text()) if (out / "recipe.json").exists() else {}
    recipe = {"corpus": name, "limit": limit, "seed": seed}
    if recombined is None:
        same = {key: found.get(key, 0) for key in recipe} == recipe
        recombined = found.get(RECOMBINED, 0) if same else min(corpus.recombined, limit or corpus.recombined)
    if recombined:
        recipe[RECOMBINED] = recombined
    if path.exists() and found == recipe:
        frame = pd.read_parquet(path)
    else:
        frame = build_table(corpus, limit, seed, on_progress, recombined=recombined)
        frame.to_parquet(path, index=False)
        (out / "recipe.json").write_text(json.dumps(recipe))
        (out / "labelled.parquet").unlink(missing_ok=True)  # it belonged to another table
    predicted = pd.read_parquet(out / "labelled.parquet") if (out / "labelled.parquet").exists() else None
    write_arrays(frame, predicted, corpus, out, encoding or TokenEncoding(notation, vocab_size), like)
    return out


def prepare_again(folder: Path, encoding: Encoding) -> Path:
    """Encode the table of a prepared folder in another way; return the folder."""
    try:
        recipe = json.loads((folder / "recipe.json").read_text())
    except (OSError, ValueError) as error:
        raise DataError(f"{folder} has no table to encode anew ({error}). Prepare the corpus again.") from error
    return prepare(
        recipe["corpus"], folder, limit=recipe["limit"], seed=recipe["seed"], recombined=recipe.get(RECOMBINED, 0),
        encoding=encoding, like=folder if encoding.writes_tokens else None,
    )  # fmt: skip


def build_table(
    corpus: Corpus, limit: int | None, seed: int, on_progress: OnProgress | None = None, *, recombined: int = 0
) -> pd.DataFrame:
    """Canonicalise, describe and merge the rows of a corpus: one row a chain.

    Where several groups hold one chain, the first group of the corpus keeps it. `recombined` polymers
    are then assembled from the chains that are in the training split (fewer where those give no more).
    """
    if recombined and not corpus.parents:
        raise DataError(f"Corpus '{corpus.name}' has no polymers to recombine; leave the option out.")
    rows = corpus.rows()
    if limit is not None:
        order = np.random.default_rng(seed).permutation(len(rows))
        rows = rows.iloc[order].groupby("group", sort=False).head(limit).sort_index()
    describe = describe_molecules if corpus.molecules else describe_polymers
    described = pd.DataFrame(
        in_processes(describe, rows["psmiles"].tolist(), on_progress), columns=["psmiles", "chain_key", *COMPUTED]
    )
    frame = pd.concat([rows.drop(columns="psmiles").reset_index(drop=True), described], axis=1)
    frame = frame.dropna(subset=["chain_key"])
    rank = frame["group"].map({group: i for i, group in enumerate(corpus.shares)})
    frame = frame.iloc[np.argsort(rank.to_numpy(), kind="stable")].drop_duplicates("chain_key")
    if "split" not in frame:
        frame["split"] = [split_of(key) for key in frame["chain_key"]]
    if recombined:
        frame = pd.concat([frame, recombined_rows(frame, corpus.parents, recombined, seed, on_progress)])
    values = corpus.values(frame)
    frame = pd.concat([frame.reset_index(drop=True), values.reset_index(drop=True)], axis=1)
    frame["split"] = frame.pop("split")  # the last column, as ever
    return frame


def write_arrays(
    frame: pd.DataFrame,
    predicted: pd.DataFrame | None,
    corpus: Corpus,
    out: Path,
    encoding: Encoding,
    like: Path | None = None,
) -> None:
    """Encode a table and write the arrays that the encoding reads; see `data.encodings.encoding`.

    `predicted` fills the gaps in the known values. Standardisation and the statistics behind the
    sliders are those of the known values alone: predictions crowd around the mean. `like`: see `prepare`.
    """
    from polydesign.chem.notation.identity import chain_hash

    keys = [*corpus.keys, *COMPUTED]
    encoded = encoding.encode(frame["psmiles"].tolist(), (frame["split"] == "train").to_numpy(), keys, like)
    known_values = frame.iloc[encoded.kept].reset_index(drop=True)
    frame = frame if predicted is None else _with_predictions(frame, predicted)
    frame = frame.iloc[encoded.kept].reset_index(drop=True)
    is_train = (frame["split"] == "train").to_numpy()

    conditions = on_scale(frame, keys)
    trained = np.where(is_train[:, None], on_scale(known_values, keys), np.nan)
    mean = encoded.mean or [float(np.nanmean(c)) if np.isfinite(c).any() else 0.0 for c in trained.T]
    std = encoded.std or [max(float(np.nanstd(c)), 1e-3) if np.isfinite(c).any() else 1.0 for c in trained.T]
    weight = (frame["group"].map(corpus.shares) / frame["group"].map(frame["group"].value_counts())).to_numpy()
    hashes = np.array([chain_hash(key) for key in frame["chain_key"][is_train]], dtype=np.uint32)
    arrays = {
        **encoded.arrays,
        "conditions": conditions.astype(np.float32),
        "split": frame["split"].map({s: i for i, s in enumerate(SPLITS)}).to_numpy(dtype=np.uint8),
        "weight": weight.astype(np.float32),
        "known_chains": np.unique(hashes),
    }
    joint = joint_distribution(keys, np.array(mean), np.array(std), conditions[is_train], weight[is_train])
    meta: CorpusMeta = {
        "corpus": corpus.name,
        "data": corpus.provenance(),
        "n": len(frame),
        "n_train": int(is_train.sum()),
        "groups": frame["group"].value_counts().to_dict(),
        "recombined": int((frame["group"] == RECOMBINED).sum()),
        "conditions": keys,
        "condition_mean": list(mean),
        "condition_std": list(std),
        "properties": {key: statistics(known_values.loc[is_train, key], key) for key in keys},
    }
    folder = encoding.folder_in(out)
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    for name, content in {**encoded.files, "joint.json": json.dumps(joint)}.items():
        (folder / name).write_text(content)
    (folder / "meta.json").write_text(json.dumps({**meta, **encoded.meta}, indent=1))  # last: now it is whole


class Joint(TypedDict):
    """How the properties `keys` go together on their scales."""

    keys: list[str]
    mean: list[float]
    covariance: list[list[float]]


def joint_distribution(
    keys: list[str], mean: np.ndarray, std: np.ndarray, conditions: np.ndarray, weight: np.ndarray
) -> Joint:
    """Return how properties go together, on their scales: what an unlikely combination of targets is told by.

    Args:
        keys: (C,) names.
        mean, std: (C,) of the known values. Predictions crowd around the mean, so of `conditions` only
            the correlations are used.
        conditions: (N, C) values on their scales; properties that not every row has are left out.
        weight: (N,) how often a row is drawn.
    """
    complete = np.flatnonzero(np.isfinite(conditions).all(axis=0) & (conditions.std(axis=0) > 0))
    spread = np.atleast_2d(np.cov(conditions[:, complete], rowvar=False, aweights=weight))
    rescale = std[complete] / np.sqrt(spread.diagonal())
    covariance = spread * np.outer(rescale, rescale)
    return {
        "keys": [keys[i] for i in complete],
        "mean": [round(float(m), 6) for m in mean[complete]],
        "covariance": [[round(float(c), 8) for c in row] for row in covariance],
    }


def statistics(values: Iterable[float], key: str, bins: int = 30) -> Statistics:
    """Return what a slider needs to know of a property: n, percentiles and histogram in its unit."""
    spec = property_spec(key)
    known = np.asarray(list(values), dtype=float)
    known = known[np.isfinite(spec.to_scale(known))]
    if len(known) == 0:
        return {"unit": spec.unit, "scale": spec.scale, "n": 0}
    scaled = spec.to_scale(known)
    low, median, high = np.percentile(scaled, [1, 50, 99])
    counts, edges = np.histogram(scaled, bins=bins, range=(low, max(high, low + 1e-9)))
    p1, p50, p99 = (round(float(v), 6) for v in spec.from_scale([low, median, high]))
    return {
        "unit": spec.unit,
        "scale": spec.scale,
        "n": len(known),
        "p1": p1,
        "p50": p50,
        "p99": p99,
        "histogram": {"edges": [round(float(e), 6) for e in spec.from_scale(edges)], "counts": counts.tolist()},
    }


def _with_predictions(frame: pd.DataFrame, labelled: pd.DataFrame) -> pd.DataFrame:
    if len(labelled) != len(frame) or not (labelled["psmiles"].to_numpy() == frame["psmiles"].to_numpy()).all():
        raise DataError("labelled.parquet does not belong to table.parquet; run polydesign.label again.")
    keys = [key for key in FIRST_KEYS if key in labelled]
    return frame.assign(**{key: frame[key].fillna(labelled[key]) for key in keys})
