"""Bring labelled molecules and polymers to graphs: the chemistry before a training run of the graph network.

``python -m polydesign.train gnn --data NAME`` calls it once and keeps the arrays in prepared/graphs-NAME.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from polydesign.core.errors import ChemistryError, DataError
from polydesign.core.progress import OnProgress, Progress
from polydesign.core.properties import MOLECULE_KEYS, POLYMER_KEYS
from polydesign.data.corpora.labels import molecule_labels, on_scale, polymer_labels
from polydesign.data.encodings.graphs import Graphs, PreparedGraphs
from polydesign.data.encodings.meta import GraphMeta, GraphRecipe, Structure
from polydesign.data.sources.catalog import Source
from polydesign.data.sources.load import provenance

# Name of the data -> name in the catalog, kind of structure, property keys.
SETS: dict[str, tuple[str, Structure, tuple[str, ...]]] = {
    "qm9": ("qm9", "molecule", MOLECULE_KEYS),
    "properties": ("labels_merged", "chain", POLYMER_KEYS),
}
_EVERY = 2000


def find_graphs(name: str, folder: Path, on_progress: OnProgress | None = None) -> PreparedGraphs:
    """Return the graphs of a data set, from `folder` when it holds them for the source as it is now.

    Raises `DataError` for another name than those in `SETS`, or when the source is not on this machine.
    """
    if name not in SETS:
        raise DataError(f"There are no graphs of '{name}'. Choose one of {', '.join(SETS)}.")
    source, structure, keys = SETS[name]
    recipe: GraphRecipe = {"data": [provenance(source)], "structure": structure, "keys": list(keys)}
    meta = folder / "meta.json"
    if meta.is_file() and json.loads(meta.read_text()).get("recipe") == recipe:
        return PreparedGraphs.load(folder)
    meta.unlink(missing_ok=True)
    prepared = graphs_of(_labels(name, keys), structure, keys, on_progress, data=recipe["data"])
    prepared.save(folder)
    return prepared


def graphs_of(
    labels: pd.DataFrame,
    structure: Structure,
    keys: Sequence[str],
    on_progress: OnProgress | None = None,
    *,
    data: Sequence[Source] = (),
) -> PreparedGraphs:
    """Return the graphs of a table with the structures, ``chain_key`` and `keys` in their units.

    Args:
        labels: (N, ...) with ``psmiles`` (chains) or ``smiles`` (molecules); ``chain_key`` is the key of
            the chain or of the molecule, by which the data are split.
        structure: "chain" or "molecule".
        keys: property keys.
        on_progress: called now and then.
        data: the files that the table comes from.

    Structures that the chemistry refuses are left out and counted in ``meta["refused"]``.
    """
    from polydesign.chem.describe.graphs import chain_graph, molecule_graph

    to_graph = chain_graph if structure == "chain" else molecule_graph
    texts = labels["psmiles" if structure == "chain" else "smiles"].tolist()
    graphs, kept = [], []
    for row, text in enumerate(texts):
        try:
            graphs.append(to_graph(text))
            kept.append(row)
        except ChemistryError:
            pass  # counted below
        if on_progress is not None and (row + 1) % _EVERY == 0:
            on_progress(Progress("graphs", row + 1, len(texts), f"{row + 1:,} of {len(texts):,} structures"))
    if not graphs:
        raise DataError(f"None of the {len(texts)} structures can be read as a {structure}.")
    values = on_scale(labels, keys)
    names = labels["chain_key"].tolist()
    recipe: GraphRecipe = {"data": list(data), "structure": structure, "keys": list(keys)}
    meta: GraphMeta = {
        "keys": list(keys), "structure": structure, "n": len(kept), "refused": len(texts) - len(kept),
        "recipe": recipe,
    }  # fmt: skip
    return PreparedGraphs(
        Graphs.pack(graphs), values[kept], [texts[row] for row in kept], [names[row] for row in kept], meta
    )


def _labels(name: str, keys: Sequence[str]) -> pd.DataFrame:
    from polydesign.chem.notation.identity import molecule_key

    if name == "properties":
        return polymer_labels(keys)
    labels = molecule_labels(keys)
    chain_keys: list[str | None] = []
    for smiles in labels["smiles"]:
        try:
            chain_keys.append(molecule_key(smiles))
        except ChemistryError:
            chain_keys.append(None)
    return labels.assign(chain_key=chain_keys)
