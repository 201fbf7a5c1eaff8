"""Recombined rows of a table: held-out chains give nothing, known chains stay where they are, recipes are kept."""

import json

import numpy as np
import pandas as pd
import pytest

from polydesign.core.errors import DataError
from polydesign.data.corpora import prepare as module
from polydesign.data.corpora.corpus import CORPORA, RECOMBINED
from polydesign.data.corpora.prepare import prepare
from polydesign.data.corpora.split import split_of
from polydesign.data.encodings.stream import SPLITS
from polydesign.data.encodings.tokens import TokenRows

N = 120


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return prepare("demo", tmp_path_factory.mktemp("prepared") / "demo", vocab_size=96, recombined=N)


def test_rows_are_new_chains_split_by_their_own_key(folder):
    table = pd.read_parquet(folder / "table.parquet")
    assert (table["group"] == RECOMBINED).sum() == N
    assert table["chain_key"].is_unique
    assert table["split"].tolist() == [split_of(key) for key in table["chain_key"]]
    assert table.loc[table["group"] == RECOMBINED, ["MolWt", "sa_score"]].notna().all(axis=None)


def test_held_out_polymers_give_no_fragments(monkeypatch, tmp_path):
    given = []

    def rows(frame, parents, n, seed, on_progress):
        given.append(frame)
        from polydesign.data.corpora.recombined import recombined_rows

        return recombined_rows(frame, parents, n, seed, on_progress)

    monkeypatch.setattr(module, "recombined_rows", rows)
    demo = CORPORA["demo"]
    held_out = module.build_table(demo, None, 0, recombined=40)
    # A held-out row that is spoiled changes nothing, a training row does.
    frame = given[0]
    spoiled = frame.copy()
    spoiled.loc[spoiled["split"] != "train", "psmiles"] = "*C([Si](C)(C)C)=C(*)[Ge](C)(C)C"
    again = rows(spoiled, demo.parents, 40, 0, None)
    expected = held_out.loc[held_out["group"] == RECOMBINED, "psmiles"].tolist()
    assert again["psmiles"].tolist() == expected
    spoiled = frame[(frame["split"] != "train") | (np.arange(len(frame)) % 2 == 0)]
    assert rows(spoiled, demo.parents, 40, 0, None)["psmiles"].tolist() != expected


def test_meta_shares_and_known_chains_tell_of_them(folder):
    meta = json.loads((folder / "meta.json").read_text())
    assert (
        N - 5 <= meta["recombined"] == meta["groups"][RECOMBINED] <= N
    )  # a few have a symbol that no training string has
    data = TokenRows.load(folder)
    share = data.weight[-meta["recombined"] :].sum() / data.weight.sum()
    assert share == pytest.approx(0.70, abs=1e-5)
    assert len(np.load(folder / "known_chains.npy")) == (data.split == SPLITS.index("train")).sum()


def test_table_is_used_again_unless_another_number_is_asked_for(folder, monkeypatch):
    def build(*_, recombined, **__):
        raise AssertionError(f"built anew with {recombined}")

    monkeypatch.setattr(module, "build_table", build)
    (folder / "labelled.parquet").unlink(missing_ok=True)
    prepare("demo", folder, vocab_size=96)
    prepare("demo", folder, vocab_size=96, recombined=N)
    for others in ({"recombined": 0}, {"recombined": N + 1}, {"seed": 1, "recombined": N}):
        with pytest.raises(AssertionError, match=f"anew with {others['recombined']}"):
            prepare("demo", folder, vocab_size=96, **others)


def test_default_number_is_that_of_the_corpus_within_the_limit(tmp_path, monkeypatch):
    asked = []

    def build(*_, recombined, **__):
        asked.append(recombined)
        raise DataError("enough")

    monkeypatch.setattr(module, "build_table", build)
    for limit in (None, 50):
        with pytest.raises(DataError):
            prepare("polymers", tmp_path, limit=limit)
    with pytest.raises(DataError):
        prepare("qm9", tmp_path)
    assert asked == [CORPORA["polymers"].recombined, 50, 0]


def test_molecules_are_not_recombined(tmp_path):
    with pytest.raises(DataError, match="no polymers to recombine"):
        prepare("qm9", tmp_path, recombined=10)


def test_shares_of_draws():
    shares = CORPORA["polymers"].shares
    assert sum(shares.values()) == pytest.approx(1.0)
    assert shares[RECOMBINED] == 0.70
    assert sum(share for name, share in shares.items() if name.startswith("smipoly")) == pytest.approx(0.13)
    assert set(CORPORA["polymers"].parents) == set(shares) - {RECOMBINED}
    assert sum(CORPORA["polymers"].parents.values()) == pytest.approx(1.0)
