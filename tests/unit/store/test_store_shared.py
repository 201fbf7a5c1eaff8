"""Files that several checkpoints have in common: stored once, found by their sha256, verified as any other."""

from __future__ import annotations

import hashlib
import shutil

import pytest

from polydesign import store
from polydesign.core.errors import CheckpointError
from polydesign.core.shared import shared_file
from polydesign.store.write import whole
from tests.unit.store.toy_family import ToyGenerator


@pytest.fixture
def shared(saved, config, weights):
    """Put the toy's tokenizer into the shared place, save the toy anew, and return where the tokenizer lies."""
    content = saved.path("tokenizer.json").read_bytes()
    path = shared_file(saved.folder, "tokenizer.json", hashlib.sha256(content).hexdigest())
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    store.save(saved.folder, config=config, weights=weights, files={"tokenizer.json": content})
    return path


def test_a_shared_file_is_not_stored_again_and_changes_no_hash(saved, shared):
    checkpoint = store.find("toy")
    assert not (checkpoint.folder / "tokenizer.json").exists() and checkpoint.path("tokenizer.json") == shared
    assert checkpoint.sha256 == saved.sha256 and checkpoint.config == saved.config
    assert shared in checkpoint.paths() and checkpoint.n_bytes == sum(len(c) for c in whole(checkpoint).values()) + sum(
        (checkpoint.folder / name).stat().st_size for name in ("README.md", "metrics.json")
    )
    assert [c.id for c in store.list_checkpoints()] == ["toy"] and store.broken_checkpoints() == []


def test_a_family_is_given_a_folder_with_all_files(saved, shared, monkeypatch):
    seen = {}

    def look(folder, config, weights):
        seen["names"] = {path.name for path in folder.iterdir()}
        seen["tokenizer"] = (folder / "tokenizer.json").read_text()
        return ToyGenerator(None)

    monkeypatch.setattr(ToyGenerator, "from_checkpoint", look)
    store.load_model("toy")
    assert seen["names"] == {"config.json", "model.safetensors", "tokenizer.json"}
    assert seen["tokenizer"] == '{"tokens": ["*", "C"]}'


def test_a_folder_elsewhere_holds_all_its_files(shared, config, weights, tmp_path):
    files = {"tokenizer.json": shared.read_bytes()}
    checkpoint = store.save(tmp_path / "runs" / "toy", config=config, weights=weights, files=files)
    assert (checkpoint.folder / "tokenizer.json").is_file()


def test_the_own_file_comes_first(saved, shared):
    (saved.folder / "tokenizer.json").write_bytes(shared.read_bytes())
    shutil.rmtree(shared.parent)
    assert store.find("toy").path("tokenizer.json") == saved.folder / "tokenizer.json"
    assert store.load_model("toy")


def test_a_missing_shared_file_is_told_and_found_when_it_is_back(shared):
    assert store.find("toy")
    content = shared.read_bytes()
    shared.unlink()
    assert store.list_checkpoints() == []
    with pytest.raises(CheckpointError, match=r"tokenizer\.json is missing, .*shared"):
        store.find("toy")
    shared.write_bytes(content)
    assert store.find("toy")


def test_an_altered_shared_file_is_told(shared):
    shared.write_bytes(shared.read_bytes() + b" ")
    with pytest.raises(CheckpointError, match=r"tokenizer\.json in .*shared.* is not the file .* sha256 is \w{64}"):
        store.load_model("toy")


def test_a_spoilt_shared_file_is_not_relied_upon_when_saving(shared, saved, config, weights):
    content = shared.read_bytes()
    shared.write_bytes(b"[]")
    checkpoint = store.save(saved.folder, config=config, weights=weights, files={"tokenizer.json": content})
    assert checkpoint.path("tokenizer.json").parent == saved.folder and store.load_model("toy")


def test_a_link_out_of_the_shared_folder_is_refused(shared, tmp_path):
    shared.rename(tmp_path / "elsewhere.json")
    shared.symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(CheckpointError, match="is a link that leaves"):
        store.find("toy")


def test_attaching_leaves_shared_files_where_they_are(shared):
    content = store.find("toy").path("model.safetensors").read_bytes()
    checkpoint = store.attach(store.find("toy"), "latent_map.safetensors", content)
    assert not (checkpoint.folder / "tokenizer.json").exists() and store.load_model("toy")
