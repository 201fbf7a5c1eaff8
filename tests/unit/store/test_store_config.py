"""config.json is read strictly, and every complaint names the field."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polydesign import store
from polydesign.core.errors import CheckpointError
from polydesign.store.card import render
from polydesign.store.record import Corpus, DataSource, Record, Stage, Training
from tests.unit.store.conftest import PROPERTY


def edit(checkpoint: store.Checkpoint, **changes) -> None:
    path = checkpoint.folder / "config.json"
    config = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({name: value for name, value in config.items() if value != "absent"}))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 99}, "format 99; this version of polydesign reads format 1"),
        ({"format": "absent"}, "format None"),
        ({"seed": "absent", "label": "absent"}, "lacks the fields label, seed"),
        ({"extra": 1, "odd": 2}, "unknown the fields extra, odd"),
        ({"config": [1]}, r"config must be an object; it is \[1\]"),
        ({"seed": "one"}, "seed must be a whole number or null; it is 'one'"),
        ({"seed": True}, "seed must be a whole number or null; it is True"),
        ({"kind": "oracle"}, "no model is of kind 'oracle'"),
        ({"role": "guide"}, "no model is of kind 'generator' with role 'guide'"),
        ({"family": "dragon"}, "Unknown model family 'dragon'"),
        ({"kind": "predictor"}, "family 'toy' holds no predictors"),
        ({"id": "other"}, "says id 'other' but the folder is called 'toy'"),
        ({"id": "../toy"}, "is not a checkpoint id"),
        ({"data": ["PI1M"]}, r"data\[0\] must be an object; it is 'PI1M'"),
        ({"data": [{"rows": 3}]}, r"data\[0\] lacks the fields name"),
        ({"data": [{"name": "PI1M", "colour": "red"}]}, r"data\[0\] has unknown the fields colour"),
        ({"trained": {"minutes": "3"}}, "trained.minutes must be a finite number or null; it is '3'"),
        ({"trained": {"stages": [{"minutes": 3}]}}, r"trained\.stages\[0\] lacks the fields phases, steps"),
        ({"trained": {"corpus": "by hand"}}, "trained.corpus must be an object"),
        ({"parts": {"autoencoder": {"id": "toy"}}}, r"parts\['autoencoder'\] lacks the fields sha256"),
        ({"parts": {"autoencoder": {"id": "toy", "sha256": "1"}}}, "the part 'autoencoder' must be 64 digits"),
        ({"parts": {"autoencoder": {"id": "../toy", "sha256": "0" * 64}}}, "'autoencoder' has no id that can be"),
        ({"parts": {"auto/encoder": {"id": "toy", "sha256": "0" * 64}}}, "'auto/encoder' cannot name a part"),
        ({"properties": {"tg_exp_c": {}}}, "lacks the fields histogram, n, p1, p50, p99, scale, unit"),
        ({"properties": {"shininess": PROPERTY}}, "'shininess' is unknown"),
        ({"files": {"model.safetensors": "abc"}}, "must be 64 digits"),
        ({"files": {"../../etc/passwd": "0" * 64}}, "not a plain file name"),
        ({"files": {"pytorch_model.bin": "0" * 64}}, "pickle-like"),
        ({"files": {"gone.txt": "0" * 64}}, "gone.txt is missing"),
    ],
)
def test_a_wrong_field_is_named(saved, changes, message):
    edit(saved, **changes)
    with pytest.raises(CheckpointError, match=message) as caught:
        store.find("toy")
    assert str(caught.value).startswith("Checkpoint toy: ")
    assert "Restore the folder" in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"unit": "K"}, " must have unit 'degC'; it has 'K'"),
        ({"scale": "log10"}, " must have scale 'linear'"),
        ({"p50": None}, r"\.p50 must be a finite number; it is None"),
        ({"p50": 999}, " needs p1 <= p50 <= p99"),
        ({"histogram": {"edges": [0], "counts": [1]}}, " needs a histogram"),
        ({"histogram": {"edges": [0, "a"], "counts": [1]}}, r"\.histogram\.edges\[1\] must be a finite number"),
        ({"histogram": None}, r"\.histogram must be an object"),
        ({"mean": 3}, " has unknown the fields mean"),
    ],
)
def test_a_wrong_property_is_named(saved, changes, message):
    edit(saved, properties={"tg_exp_c": saved.properties["tg_exp_c"] | changes})
    with pytest.raises(CheckpointError, match=rf"(property |properties\[)'tg_exp_c'\]?{message}"):
        store.find("toy")


@pytest.mark.parametrize(
    "text",
    [b"", b"not json", b"\xff\xfe", b"[1, 2]", b"null", b'{"format": NaN}', b"[" * 100_000, b'{"format": 1'],
)
def test_a_config_that_is_not_a_json_object_is_named(saved, text):
    (saved.folder / "config.json").write_bytes(text)
    with pytest.raises(CheckpointError, match=r"Checkpoint toy: config\.json (is not JSON|must hold a JSON object)"):
        store.find("toy")


def test_a_huge_config_is_not_read(saved):
    with (saved.folder / "config.json").open("wb") as file:
        file.truncate(30_000_000)
    with pytest.raises(CheckpointError, match=r"config\.json holds 30 MB; at most 20 MB are read"):
        store.find("toy")


def test_a_link_out_of_the_folder_is_refused(saved, tmp_path):
    tokenizer = saved.folder / "tokenizer.json"
    tokenizer.rename(tmp_path / "elsewhere.json")
    tokenizer.symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(CheckpointError, match=r"tokenizer\.json is a link that leaves the checkpoint's folder"):
        store.find("toy")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(field=st.sampled_from(["id", "role", "config", "properties", "data", "seed", "trained", "files"]), value=JSON)
def test_any_value_is_accepted_or_refused_in_words(saved, field, value):
    config = {**saved.config, field: value}
    with suppress(CheckpointError):
        assert render(Record.read(config), {})  # whatever passes can be shown


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(field=st.sampled_from(["unit", "scale", "n", "p1", "p50", "p99", "histogram"]), value=JSON)
def test_any_property_is_accepted_or_refused_in_words(saved, field, value):
    entry = {**saved.properties["tg_exp_c"], field: value}
    with suppress(CheckpointError):
        Record.read({**saved.config, "properties": {"tg_exp_c": entry}})


def test_a_record_comes_back_as_it_was_written(saved):
    stages = (Stage({"train": 1.0}, 2.5, 10, {"lr": "0.1"}), Stage({"align": 1.0}, 1.5, 4, note="by hand"))
    record = Record(
        "toy", "generator", "toy", "Toy", config={"widths": (3, 4)}, data=(DataSource("PI1M", rows=3),),
        trained=Training(minutes=4.0, steps=14, stages=stages, corpus=Corpus("polymers", groups={"reported": 3})),
    )  # fmt: skip
    written = json.loads(json.dumps(record.as_json()))
    assert written["trained"]["stages"][1] == {"phases": {"align": 1.0}, "minutes": 1.5, "steps": 4, "note": "by hand"}
    assert "parts" not in written and written["seed"] is None and written["data"] == [{"name": "PI1M", "rows": 3}]
    again = Record.read(written)
    assert again.trained == record.trained and again.data == record.data
    assert again.as_json() == written
    by_record = store.save(saved.folder, record=record)
    assert by_record.record == store.save(saved.folder, config=written).record == again


def test_a_record_made_by_hand_is_checked_as_one_that_is_read():
    with pytest.raises(CheckpointError, match="'Toy' is not a checkpoint id"):
        Record("Toy", "generator", "toy", "Toy")
    with pytest.raises(CheckpointError, match="'shared' is the folder of files that checkpoints have in common"):
        Record("shared", "generator", "toy", "Toy")
    with pytest.raises(ValueError, match="either record or config"):
        store.save("x")
