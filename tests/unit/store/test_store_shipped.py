"""Every shipped checkpoint is sound, small, and answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from polydesign import store
from polydesign.core.properties import MOLECULE_KEYS
from polydesign.data.encodings.tokens import read_model
from polydesign.store import files

FOLDER = Path(__file__).resolve().parents[3] / "checkpoints"
SHIPPED = sorted(path.parent.name for path in FOLDER.glob("*/config.json"))


@pytest.fixture(autouse=True)
def shipped(embedded, monkeypatch):
    monkeypatch.setenv("POLYDESIGN_CHECKPOINTS", str(FOLDER))


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_nothing_shipped_is_broken_or_too_big():
    assert store.broken_checkpoints() == []
    assert [name for name in SHIPPED if size(FOLDER / name) > 10_000_000] == []
    assert size(FOLDER) <= 100_000_000


def test_what_checkpoints_have_in_common_is_stored_once():
    found = {}
    for path in FOLDER.rglob("*"):
        if path.is_file() and path.name not in files.UNLISTED:
            found.setdefault(files.sha256(path), []).append(path)
    assert [paths for paths in found.values() if len(paths) > 1] == []
    listed = {(digest, name) for id in SHIPPED for name, digest in store.find(id).record.files.items()}
    shared = [path for path in (FOLDER / "shared").rglob("*") if path.is_file()]
    assert {(path.parent.name, path.name) for path in shared} <= listed


@pytest.mark.parametrize("id", SHIPPED)
def test_the_stages_of_a_training_add_up(id):
    """What a record says of its stages is all that was done."""
    checkpoint = store.find(id)
    trained = checkpoint.record.trained
    assert bool(trained.stages) == (checkpoint.kind == "generator")
    if trained.stages:
        assert sum(stage.minutes for stage in trained.stages) == pytest.approx(trained.minutes, abs=0.02)
        assert sum(stage.steps for stage in trained.stages) == trained.steps


def test_new_data_can_be_prepared_like_those_of_a_shipped_generator():
    for checkpoint in store.list_checkpoints("generator"):
        if "tokenizer.json" not in checkpoint.record.files:  # it builds graphs
            continue
        keys = list(checkpoint.record.config.get("conditions", []))
        assert read_model(checkpoint.folder, keys).tokenizer.vocabulary


def test_the_autoencoder_of_polyldm_is_the_polyvae_shipped():
    (part,) = store.find("polyldm").record.parts.values()
    assert (part.id, part.sha256) == ("polyvae", store.find("polyvae").sha256)


def test_polyldm_saved_anew_from_its_network_is_the_same(tmp_path):
    checkpoint = store.find("polyldm")
    read = [name for name in checkpoint.record.files if name not in (files.WEIGHTS, *files.DERIVED)]
    again = store.save(
        tmp_path / "polyldm",
        record=checkpoint.record,
        weights=store.load_model(checkpoint).network.state_dict(),
        files={name: checkpoint.path(name) for name in read},
        parts=checkpoint.parts,
    )
    assert again.sha256 == checkpoint.sha256 and not (again.folder / "autoencoder").exists()


@pytest.mark.parametrize("id", SHIPPED)
def test_a_shipped_checkpoint_answers(id):
    checkpoint = store.find(id)
    model = store.load_model(checkpoint)
    if checkpoint.kind == "generator":
        strings = model.sample({}, 8, seed=0)
        assert len(strings) == 8 and all(isinstance(text, str) for text in strings)
        assert model.sample({}, 8, seed=0) == strings
        return
    molecules = set(model.keys) <= set(MOLECULE_KEYS)
    columns = model.predict(["CCO", "c1ccccc1"] if molecules else ["*CC*", "*c1ccc(*)cc1"])
    assert set(columns) == set(model.keys) <= set(checkpoint.properties)
    assert all(np.isfinite(column.mean).all() for column in columns.values())


@pytest.mark.parametrize("id", SHIPPED)
def test_a_shipped_checkpoint_comes_with_its_papers(id):
    folder = FOLDER / id
    assert (folder / "metrics.json").is_file()
    assert "## Training data" in (folder / "README.md").read_text()
    assert store.find(id).config["git_commit"]
