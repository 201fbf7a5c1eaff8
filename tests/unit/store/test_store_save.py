"""What `save` writes and refuses."""

from __future__ import annotations

import dataclasses
import hashlib
import json

import numpy as np
import pytest
import safetensors.numpy
import torch

from polydesign import store
from polydesign.core.errors import CheckpointError


def test_what_is_saved_comes_back(saved, config, weights):
    assert (saved.id, saved.kind, saved.role, saved.family, saved.source) == (
        "toy", "generator", None, "toy", "embedded",
    )  # fmt: skip
    assert saved.properties["tg_exp_c"]["p50"] == 90
    loaded = saved.weights()
    assert {name: tensor.dtype for name, tensor in loaded.items()} == {"weight": torch.float16, "bias": torch.float16}
    for name, tensor in weights.items():
        assert torch.equal(loaded[name].float(), tensor)  # multiples of 1/8 fit half precision exactly
    assert json.loads((saved.folder / "metrics.json").read_text()) == {"valid": 0.99}
    for name in ("model.safetensors", "tokenizer.json"):
        assert saved.config["files"][name] == hashlib.sha256((saved.folder / name).read_bytes()).hexdigest()
    store.verify(saved)


def test_whole_numbers_and_shared_tensors_are_kept(tmp_path, config):
    table = torch.ones(4, 2)
    checkpoint = store.save(
        tmp_path / "x", config=config, weights={"a": table, "b": table, "c": table.T, "counts": torch.arange(3)}
    )
    loaded = checkpoint.weights()
    assert loaded["counts"].tolist() == [0, 1, 2] and loaded["counts"].dtype == torch.int64
    assert loaded["a"].shape == loaded["b"].shape == (4, 2) and loaded["c"].shape == (2, 4)


def test_a_model_without_tensors_has_no_weights_file(tmp_path, config):
    source = tmp_path / "trees.txt"
    source.write_bytes(b"tree\n")
    checkpoint = store.save(tmp_path / "x", config=config, files={"trees.txt": source})
    assert checkpoint.weights() == {} and not (checkpoint.folder / "model.safetensors").exists()
    assert checkpoint.path("trees.txt").read_bytes() == b"tree\n"


def test_the_hash_follows_weights_and_settings_only(tmp_path, config, weights):
    def sha256(**changes):
        given = {"config": config, "weights": weights} | changes
        return store.save(tmp_path / "x", **given).sha256

    reference = sha256()
    assert sha256() == reference
    assert sha256(config=config | {"label": "Other"}, metrics={"a": 1}, card="text") == reference
    assert sha256(config=config | {"config": {"width": 4}}) != reference
    assert sha256(weights={**weights, "bias": torch.zeros(2)}) != reference


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 1e6])
def test_weights_beyond_half_precision_are_refused(tmp_path, config, number):
    with pytest.raises(CheckpointError, match="'bias' hold NaN, infinity or numbers beyond 65504"):
        store.save(tmp_path / "x", config=config, weights={"bias": torch.tensor([number])})
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("model.bin", "pickle-like"), ("state.pt", "pickle-like"), ("a.PKL", "pickle-like"), ("a.npz", "pickle-like"),
        ("../a.json", "not a plain file name"), ("a/b.json", "not a plain file name"), ("", "not a plain file name"),
        (".hidden.json", "not a plain file name"), ("config.json", "cannot be a model file"),
        ("README.md", "cannot be a model file"), ("code.py", "cannot be a model file"),
    ],
)  # fmt: skip
def test_unsafe_names_are_refused(tmp_path, config, name, message):
    with pytest.raises(CheckpointError, match=message):
        store.save(tmp_path / "x", config=config, files={name: b"{}"})
    assert not (tmp_path / "x").exists()


def test_nan_among_the_metrics_is_refused(tmp_path, config):
    with pytest.raises(CheckpointError, match=r"metrics\.json cannot be written as JSON"):
        store.save(tmp_path / "x", config=config, metrics={"r2": float("nan")})


def test_an_older_checkpoint_is_replaced_whole(tmp_path, config, weights):
    store.save(tmp_path / "x", config=config, weights=weights, files={"extra.txt": b"old"})
    checkpoint = store.save(tmp_path / "x", config=config, weights=weights)
    assert sorted(path.name for path in checkpoint.folder.iterdir()) == [
        "README.md", "config.json", "metrics.json", "model.safetensors",
    ]  # fmt: skip
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_a_folder_with_other_files_is_left_alone(tmp_path, config):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(CheckpointError, match=r"holds other files \(thesis.tex\)"):
        store.save(tmp_path, config=config)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_a_failed_write_leaves_the_older_checkpoint(saved, config, weights, monkeypatch):
    def full_disk(self, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full_disk)
    with pytest.raises(OSError, match="No space left"):
        store.save(saved.folder, config=config, weights=weights)
    store.verify(store.find("toy"))
    assert [path.name for path in saved.folder.parent.iterdir()] == ["toy"]


def test_a_derived_file_is_listed_and_verified_and_leaves_the_hash_alone(saved):
    before = {path.name: path.read_bytes() for path in saved.folder.iterdir() if path.name != "config.json"}
    content = safetensors.numpy.save({"points": np.zeros((3, 2), np.float16)}, {"made": "here"})
    after = store.attach(saved, "latent_map.safetensors", content)
    assert after.sha256 == saved.sha256 == store.find("toy").sha256
    assert after.config["files"]["latent_map.safetensors"] == hashlib.sha256(content).hexdigest()
    assert {k: v for k, v in after.config.items() if k != "files"} == {
        k: v for k, v in saved.config.items() if k != "files"
    }
    assert {path.name: path.read_bytes() for path in after.folder.iterdir() if path.name != "config.json"} == {
        **before, "latent_map.safetensors": content,
    }  # fmt: skip
    store.verify(after)
    again = store.attach(after, "latent_map.safetensors", content)  # written anew over itself
    assert again.config == after.config
    (after.folder / "latent_map.safetensors").write_bytes(content[:-1] + b"\1")
    with pytest.raises(CheckpointError, match=r"latent_map\.safetensors is not the file"):
        store.verify(store.find("toy"))


def test_only_known_files_are_attached_to_folders_of_our_own(saved):
    with pytest.raises(CheckpointError, match="not derived from a model"):
        store.attach(saved, "model.safetensors", b"")
    cached = dataclasses.replace(saved, source="hub")
    with pytest.raises(CheckpointError, match="Hub's cache"):
        store.attach(cached, "latent_map.safetensors", b"")
    (saved.folder / "notes.txt").write_text("mine")
    with pytest.raises(CheckpointError, match=r"other files \(notes\.txt\)"):
        store.attach(saved, "latent_map.safetensors", b"")
    assert (saved.folder / "notes.txt").read_text() == "mine"
