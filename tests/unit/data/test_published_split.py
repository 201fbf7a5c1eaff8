"""A corpus whose published split is kept: ZINC-250k."""

import pandas as pd
import pytest

from polydesign.core.errors import DataError
from polydesign.data.corpora.prepare import prepare
from polydesign.data.corpora.split import split_of
from polydesign.data.encodings.tokens import TokenRows

MOLECULES = ["OCC", "NCC", "CCCC", "OCCO", "NCCN", "CCO", "no molecule"]  # the sixth is the first again
SPLIT = ["test", "train", "valid", "train", "train", "train", "train"]


@pytest.fixture
def source(tmp_path, monkeypatch):
    monkeypatch.setenv("POLYDESIGN_DATA", str(tmp_path))
    monkeypatch.setenv("POLYDESIGN_CACHE", str(tmp_path / "cache"))

    def put(frame: pd.DataFrame) -> None:
        frame.to_parquet(tmp_path / "zinc250k.parquet")

    return put


def test_molecules_stay_on_the_side_where_they_were_published(source, tmp_path):
    source(pd.DataFrame({"smiles": MOLECULES, "qed": 0.5, "split": SPLIT}))
    folder = prepare("zinc", tmp_path / "zinc", vocab_size=24, notation="smiles")
    table = pd.read_parquet(folder / "table.parquet")
    assert table["split"].tolist() == SPLIT[:5] != [split_of(key) for key in table["chain_key"]]
    rows = TokenRows.load(folder)
    assert rows.split.tolist() == [2, 0, 1, 0, 0] and rows.meta["groups"] == {"zinc": 5}
    assert rows.meta["data"][0]["name"] == "zinc250k" and (rows.weight == rows.weight[0]).all()


def test_a_copy_without_the_split_is_refused(source, tmp_path):
    source(pd.DataFrame({"smiles": MOLECULES}))
    with pytest.raises(DataError, match="no column split"):
        prepare("zinc", tmp_path / "zinc", vocab_size=24)
