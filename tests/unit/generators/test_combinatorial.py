"""The combinatorial family: what its checkpoint holds, and what its settings and recipe refuse."""

import json
from collections import Counter

import pandas as pd
import pytest

from polydesign import store
from polydesign.chem.notation.psmiles import validate
from polydesign.chem.recombination.joining import take_apart
from polydesign.core.errors import CheckpointError, TrainingError
from polydesign.data.corpora.demo import demo_polymers
from polydesign.data.corpora.prepare import prepare
from polydesign.generators.combinatorial.config import CombinatorialConfig
from polydesign.generators.combinatorial.network import FILE
from polydesign.generators.combinatorial.recipe import RECIPE
from polydesign.training.recipe import Order
from polydesign.training.record import train


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("combinatorial")
    data = prepare("demo", folder / "demo", vocab_size=96)
    return train(Order("combinatorial", str(data), folder / "combinatorial", "tiny"))


def test_every_string_is_a_unit(folder):
    strings = store.load_model(folder).sample({}, 100, seed=0)
    assert sum(validate(text).valid for text in strings) == 100
    assert len(set(strings)) > 50


def test_low_temperatures_prefer_common_fragments(folder):
    model = store.load_model(folder)
    kinds = [len(set(model.sample({}, 200, seed=0, options={"temperature": t}))) for t in (0.3, 1.0, 2.0)]
    assert kinds[0] < min(kinds[1:])
    assert len(set(model.sample({}, 5, seed=0, options={"temperature": 0.0}))) == 1


def test_the_checkpoint_holds_no_fragment_of_few_chains_and_no_whole_unit(folder):
    texts = json.loads((folder / FILE).read_text())
    chains: Counter = Counter()
    for text in demo_polymers():
        taken = take_apart(text)
        if taken is not None and len(taken.blocks) > 1:
            chains.update({block.text for block in taken.blocks})
    assert texts["blocks"] and all(chains[block[0]] >= 3 for block in texts["blocks"])
    checkpoint = store.open_folder(folder)
    assert checkpoint.n_bytes < 6_000_000 and checkpoint.config["trained"]["n_train"] > 100
    assert checkpoint.config["config"]["max_atoms"] > 10


def test_a_spoilt_file_is_refused(folder, tmp_path):
    model, checkpoint = type(store.load_model(folder)), store.open_folder(folder)
    (tmp_path / FILE).write_text("{}")
    with pytest.raises(CheckpointError, match="cannot be read"):
        model.from_checkpoint(tmp_path, checkpoint.config, checkpoint.weights())


def test_chains_that_were_not_drawn_are_stood_for_by_their_group():
    ether, amide = ["*OCC*", "*OCCO*", "*OCCCO*", "*OCCCC*"] * 3, ["*NCCC(*)=O"] * 3
    table = pd.DataFrame({
        "psmiles": [*ether, *amide], "group": ["a"] * 12 + ["b"] * 3, "weight": [0.5 / 12] * 12 + [0.5 / 3] * 3,
    })  # fmt: skip
    counted = RECIPE.count(CombinatorialConfig(most=6), table, 0)
    assert counted.n_read == 9
    # Lengths of chains carry the weight of all: half for each group.
    assert float(counted.weights["lengths"].sum()) == pytest.approx(1.0)


def test_settings_and_flags_that_cannot_be_honoured_are_refused(tmp_path):
    with pytest.raises(TrainingError, match="at least 3"):
        CombinatorialConfig(min_chains=2)
    with pytest.raises(TrainingError, match="cannot be trained with --steps"):
        train(Order("combinatorial", "demo", tmp_path, steps=3))
    few = pd.DataFrame({"psmiles": ["*OCC*"], "group": ["a"], "weight": [1.0]})
    with pytest.raises(TrainingError, match="No fragment occurs in 3 of the 1 chains"):
        RECIPE.count(CombinatorialConfig(), few, 0)
