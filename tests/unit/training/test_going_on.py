"""Training that goes on from a checkpoint with other data: one vocabulary, one standardisation, all chains known."""

import json
from dataclasses import replace

import numpy as np
import pytest

from polydesign import store
from polydesign.core.errors import DataError, TrainingError
from polydesign.data.corpora.known_chains import unpack
from polydesign.data.corpora.prepare import prepare
from polydesign.training.recipe import Order
from polydesign.training.record import train


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    folder = tmp_path_factory.mktemp("going-on")
    data = prepare("demo", folder / "data", vocab_size=80, notation="kekule")
    return train(Order("charrnn", str(data), folder / "charrnn-first", "tiny", steps=3))


def test_other_data_are_prepared_like_it_and_its_chains_stay_known(first, tmp_path):
    other = prepare("demo", tmp_path / "other", limit=60, recombined=40, like=first)
    meta = json.loads((other / "meta.json").read_text())
    config = store.find(first).config["config"]
    assert meta["notation"] == "kekule" and meta["vocab_size"] == config["vocab_size"]
    assert (other / "tokenizer.json").read_bytes() == (first / "tokenizer.json").read_bytes()
    again = train(Order("charrnn", str(other), tmp_path / "charrnn-on", "tiny", steps=2, init=str(first)))
    before, now, new = (unpack(np.load(f / "known_chains.npy")) for f in (first, again, other))
    assert set(now.tolist()) == set(before.tolist()) | set(new.tolist()) and len(now) > max(len(before), len(new))
    assert store.find(again).config["trained"]["steps"] == 5


def test_data_in_another_vocabulary_are_refused(first, tmp_path):
    other = prepare("demo", tmp_path / "other", vocab_size=90, notation="smiles")
    with pytest.raises(TrainingError, match=r"another notation.*--like"):
        train(Order("charrnn", str(other), tmp_path / "x", "tiny", steps=2, init=str(first)))


def test_standardisation_is_taken_from_a_checkpoint_that_reads_conditions(tmp_path):
    data = prepare("demo", tmp_path / "data", vocab_size=80)
    conditional = train(Order("polytao", str(data), tmp_path / "polytao-x", "tiny", steps=2, phases=("train",)))
    other = prepare("demo", tmp_path / "other", limit=60, like=conditional)
    config, meta = store.find(conditional).config["config"], json.loads((other / "meta.json").read_text())
    assert meta["condition_mean"] == config["condition_mean"] and meta["condition_std"] == config["condition_std"]
    with pytest.raises(DataError, match="neither"):
        prepare("demo", tmp_path / "third", limit=60, like=tmp_path)


def test_a_part_that_begins_without_influence_may_be_missing_and_nothing_else(tmp_path):
    data = prepare("demo", tmp_path / "data", vocab_size=80)
    plain = {"prior": "normal", "prior_share": "0"}
    first = train(Order("polyvae", str(data), tmp_path / "first", "tiny", steps=2, overrides=plain))
    order = Order("polyvae", str(data), tmp_path / "on", "tiny", steps=2, init=str(first))
    again = train(replace(order, overrides={"prior": "learned"}))
    assert not any(name.startswith("prior.") for name in store.find(first).weights())
    assert any(name.startswith("prior.") for name in store.find(again).weights())
    for overrides in ({"d_latent": "4"}, {"n_decoder": "2"}):
        with pytest.raises(TrainingError, match="do not fit"):
            train(replace(order, overrides=overrides))
