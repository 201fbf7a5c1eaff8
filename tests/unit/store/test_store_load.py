"""Loading is strict: whatever does not fit is refused with its name, and nothing else is affected."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import pickle

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polydesign import store
from polydesign.core.errors import CheckpointError
from polydesign.store import files
from tests.unit.store.toy_family import ToyGenerator


def replace(checkpoint: store.Checkpoint, name: str, content: bytes) -> None:
    """Put other bytes under a name, with the sha256 in config.json following."""
    (checkpoint.folder / name).write_bytes(content)
    path = checkpoint.folder / "config.json"
    config = json.loads(path.read_text())
    config["files"][name] = hashlib.sha256(content).hexdigest()
    path.write_text(json.dumps(config))


def packed(header: object, body: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


def test_a_sound_checkpoint_loads_and_samples(saved):
    model = store.load_model("toy")
    assert model.sample({}, 2, seed=0) == ["*CCC*", "*CCC*"]
    assert store.load_model(saved.folder).network.weight.dtype == torch.float32


def test_one_altered_byte_is_noticed(saved):
    path = saved.folder / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"model\.safetensors is not the file .* sha256 is \w{64}, expected"):
        store.load_model("toy")


@pytest.mark.parametrize("kept", [0, 1, 7, 8, 40, -1])
def test_a_cut_off_weights_file_says_so(saved, kept):
    path = saved.folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(CheckpointError, match=r"Checkpoint toy: model\.safetensors .*cut off.* Restore the folder"):
        store.load_model("toy")


TWO_BY_TWO = {"dtype": "F16", "shape": [2, 2], "data_offsets": [0, 8]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (packed({"a": TWO_BY_TWO | {"shape": [2, 3]}}, bytes(8)), "does not fill 8 bytes"),
        (packed({"a": TWO_BY_TWO | {"shape": [-2, -2]}}, bytes(8)), "must be whole numbers"),
        (packed({"a": TWO_BY_TWO | {"shape": [True, 4]}}, bytes(8)), "must be whole numbers"),
        (packed({"a": TWO_BY_TWO | {"dtype": "OBJECT"}}, bytes(8)), "cannot be read"),
        (packed({"a": TWO_BY_TWO, "b": TWO_BY_TWO}, bytes(8)), "overlap or leave gaps"),
        (packed({"a": TWO_BY_TWO | {"data_offsets": [8, 16]}}, bytes(16)), "overlap or leave gaps"),
        (packed({"a": TWO_BY_TWO}, bytes(12)), "announces"),
        (packed({"a": TWO_BY_TWO | {"shape": [0, 10**30], "data_offsets": [0, 0]}}), "cannot be read"),
        (packed({"a": TWO_BY_TWO | {"dtype": []}}, bytes(8)), "cannot be read"),
        (packed({"a": 5}), "cannot be read"),
        (packed([1, 2]), "cannot be read"),
        (b"\x04" + bytes(7) + b"{{{{", "cannot be read"),
        ((1 << 60).to_bytes(8, "little") + bytes(8), "cut off or not a safetensors file"),
        (pickle.dumps({"weight": [1.0]}), "a pickle under another name"),
        (b"PK\x03\x04" + bytes(30), "a pickle under another name"),
    ],
)
def test_a_lying_header_is_refused(saved, content, message):
    replace(saved, "model.safetensors", content)
    with pytest.raises(CheckpointError, match=message):
        store.load_model("toy")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.integers(0, 160), byte=st.integers(0, 255), cut=st.integers(0, 160))
def test_random_damage_never_gets_past_the_header_check_unnoticed(saved, position, byte, cut):
    path = saved.folder / "damaged.safetensors"
    content = bytearray((saved.folder / "model.safetensors").read_bytes())
    whole = len(content)
    content[position % whole] = byte
    path.write_bytes(content[: whole - cut % whole])
    try:
        shapes = files.tensor_shapes(path)
    except CheckpointError:
        return
    # What passes has a header that fits the file; the sha256 is there for the rest.
    assert cut % whole == 0 and all(isinstance(shape, tuple) for shape in shapes.values())


@pytest.mark.parametrize("version", [2, 3, 4, 5])
def test_a_header_as_long_as_a_pickle_begins_is_none(saved, version):
    """The length of a header, 0x0480 bytes for instance, stands where a pickle says which version it is of."""
    header = json.dumps({"bias": {"dtype": "F16", "shape": [2], "data_offsets": [0, 4]}}).encode()
    length = 0x80 + 0x100 * version
    path = saved.folder / "x.safetensors"
    path.write_bytes(length.to_bytes(8, "little") + header.ljust(length) + bytes(4))
    assert files.tensor_shapes(path) == {"bias": (2,)}


def test_a_header_is_bounded_before_it_is_parsed(saved, monkeypatch):
    entries = {f"tensor{i:05}": {"dtype": "F16", "shape": [0], "data_offsets": [0, 0]} for i in range(40_000)}
    replace(saved, "model.safetensors", packed(entries))
    monkeypatch.setattr(files.json, "loads", lambda *_: pytest.fail("it was parsed"))
    with pytest.raises(CheckpointError, match=r"The header of model\.safetensors holds 3 MB; at most 2 MB are read"):
        files.tensor_shapes(saved.folder / "model.safetensors")


def test_shapes_come_from_the_header(saved):
    assert files.tensor_shapes(saved.path("model.safetensors")) == {"bias": (2,), "weight": (2, 3)}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda w: w.pop("bias"), r'Missing key\(s\) in state_dict: "bias"'),
        (lambda w: w.update(extra=torch.zeros(1)), r'Unexpected key\(s\) in state_dict: "extra"'),
        (lambda w: w.update(bias=torch.zeros(5)), "size mismatch for bias"),
    ],
)
def test_tensors_that_do_not_fit_are_named(saved, config, weights, change, message):
    change(weights)
    store.save(saved.folder, config=config, weights=weights)
    with pytest.raises(CheckpointError, match=f"do not fit the family 'toy' of this version: .*{message}"):
        store.load_model("toy")


def test_settings_that_do_not_fit_are_explained(saved, config, weights):
    store.save(saved.folder, config=config | {"config": {}}, weights=weights)
    with pytest.raises(CheckpointError, match="do not fit the family 'toy' of this version: 'width'"):
        store.load_model("toy")


def test_weights_that_are_not_finite_are_refused(saved):
    body = np.array([1, np.nan, 0, 0, 0, 0, 0, 0], np.float16).tobytes()
    header = {
        "bias": {"dtype": "F16", "shape": [2], "data_offsets": [0, 4]},
        "weight": {"dtype": "F16", "shape": [2, 3], "data_offsets": [4, 16]},
    }
    replace(saved, "model.safetensors", packed(header, body))
    with pytest.raises(CheckpointError, match=r"tensor 'bias' of model\.safetensors holds NaN"):
        store.load_model("toy")


def test_an_array_of_objects_is_refused(saved):
    buffer = io.BytesIO()
    np.save(buffer, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    replace(saved, "known.npy", buffer.getvalue())
    with pytest.raises(CheckpointError, match=r"known\.npy is not a plain NumPy array"):
        store.load_model("toy")


def test_a_plain_array_is_accepted_and_a_cut_off_one_not(saved):
    buffer = io.BytesIO()
    np.save(buffer, np.arange(1000))
    replace(saved, "known.npy", buffer.getvalue())
    store.load_model("toy")
    replace(saved, "known.npy", buffer.getvalue()[:500])
    with pytest.raises(CheckpointError, match=r"known\.npy is not a plain NumPy array"):
        store.load_model("toy")


def test_packed_text_is_bounded(tmp_path, monkeypatch):
    path = tmp_path / "trees.txt.gz"
    path.write_bytes(gzip.compress(bytes(3_000_000)))
    files.check_expansion(path)
    monkeypatch.setattr(files, "MAX_UNPACKED_BYTES", 1_000_000)
    with pytest.raises(CheckpointError, match=r"trees\.txt\.gz, unpacked, holds"):
        files.check_expansion(path)
    path.write_bytes(path.read_bytes()[:-20])
    monkeypatch.setattr(files, "MAX_UNPACKED_BYTES", 10_000_000)
    with pytest.raises(CheckpointError, match="cut off or altered"):
        files.check_expansion(path)


def test_a_missing_package_is_explained(saved, monkeypatch):
    def needs_package(*_):
        raise ModuleNotFoundError("No module named 'lightgbm'", name="lightgbm")

    monkeypatch.setattr(ToyGenerator, "from_checkpoint", needs_package)
    with pytest.raises(CheckpointError, match="needs the package lightgbm"):
        store.load_model("toy")
