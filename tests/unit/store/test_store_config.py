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
from polydesign.store.checkpoint import check_config


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
        ({"config": [1]}, r"config must be dict; it is \[1\]"),
        ({"seed": "one"}, "seed must be int or null"),
        ({"seed": True}, "seed must be int or null"),
        ({"kind": "oracle"}, "no model is of kind 'oracle'"),
        ({"role": "guide"}, "no model is of kind 'generator' with role 'guide'"),
        ({"family": "dragon"}, "Unknown model family 'dragon'"),
        ({"kind": "predictor"}, "family 'toy' holds no predictors"),
        ({"id": "other"}, "says id 'other' but the folder is called 'toy'"),
        ({"id": "../toy"}, "is not a checkpoint id"),
        ({"data": ["PI1M"]}, "every entry of data must be an object with a name"),
        ({"properties": {"shininess": {}}}, "'shininess' is unknown"),
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
        ({"unit": "K"}, "must have unit 'degC'; it has 'K'"),
        ({"scale": "log10"}, "must have scale 'linear'"),
        ({"p50": None}, "needs finite numbers n, p1, p50, p99"),
        ({"p50": 999}, "needs p1 <= p50 <= p99"),
        ({"histogram": {"edges": [0], "counts": [1]}}, "needs a histogram"),
        ({"histogram": {"edges": [0, "a"], "counts": [1]}}, "needs a histogram"),
        ({"histogram": None}, "needs a histogram"),
    ],
)
def test_a_wrong_property_is_named(saved, changes, message):
    edit(saved, properties={"tg_exp_c": saved.properties["tg_exp_c"] | changes})
    with pytest.raises(CheckpointError, match=f"property 'tg_exp_c' {message}"):
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
        check_config(config)
        assert render(config, {})  # whatever passes can be shown


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(field=st.sampled_from(["unit", "scale", "n", "p1", "p50", "p99", "histogram"]), value=JSON)
def test_any_property_is_accepted_or_refused_in_words(saved, field, value):
    entry = {**saved.properties["tg_exp_c"], field: value}
    with suppress(CheckpointError):
        check_config({**saved.config, "properties": {"tg_exp_c": entry}})
