"""Prepared graphs of heavy atoms: arrays that give every graph back, and counts of what was left out."""

import json
from pathlib import Path

import numpy as np
import pytest

from polydesign.chem.notation.heavy_graphs import written
from polydesign.chem.notation.psmiles import canonical
from polydesign.core.errors import DataError
from polydesign.data.encodings.heavy_graphs import HeavyGraphEncoding, HeavyGraphRows

UNITS = ["*CC*", "*CC(*)c1ccccc1", "*C[CH]*", "*CC(*)C(=O)OCCCCCCCCCCCC", "*C[N+](C)(C)C*", "*CC(*)I"]


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> HeavyGraphRows:
    folder: Path = tmp_path_factory.mktemp("graphs")
    encoded = HeavyGraphEncoding("breadth", most=12).encode(UNITS, np.array([1, 1, 1, 1, 1, 0], bool), [], None)
    for name, array in encoded.arrays.items():
        np.save(folder / f"{name}.npy", array)
    n = len(encoded.kept)
    np.save(folder / "conditions.npy", np.zeros((n, 0), np.float32))
    np.save(folder / "split.npy", np.zeros(n, np.uint8))
    np.save(folder / "weight.npy", np.ones(n, np.float32))
    common = {
        "corpus": "demo", "data": [], "n": n, "n_train": n, "groups": {}, "recombined": 0, "conditions": [],
        "condition_mean": [], "condition_std": [], "properties": {},
    }  # fmt: skip
    (folder / "meta.json").write_text(json.dumps({**common, **encoded.meta}))
    return HeavyGraphEncoding("breadth", most=12).load(folder)


def test_what_is_left_out_is_counted(rows: HeavyGraphRows) -> None:
    meta = rows.meta
    assert (meta["not_expressed"], meta["too_large"]) == (1, 1)
    assert len(rows) + meta["not_expressed"] + meta["too_large"] + meta["unknown_kind"] == len(UNITS)


def test_every_graph_comes_back(rows: HeavyGraphRows) -> None:
    batch = rows.batch(np.arange(len(rows)))
    texts = []
    for kinds, bonds in zip(batch["kinds"], batch["bonds"], strict=True):
        assert (bonds == bonds.T).all()
        names = [rows.meta["kinds"][code - 1] for code in kinds if code]
        i, j = np.nonzero(np.triu(bonds))
        texts.append(canonical(written(names, zip(i, j, bonds[i, j], strict=True))))
    assert texts == [canonical(text) for text in UNITS if canonical(text) in texts]
    assert len(texts) == len(rows)


def test_room_is_the_most_that_is_seen(rows: HeavyGraphRows) -> None:
    room = dict(zip(rows.meta["kinds"], rows.meta["room"], strict=True))
    assert room["*"] == 1 and room["C"] == 4
    assert rows.meta["kinds"][0] == "*"


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Prepare"):
        HeavyGraphEncoding().load(tmp_path)
