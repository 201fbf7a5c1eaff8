"""Every shipped checkpoint is sound, small, and answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from polydesign import store
from polydesign.core.properties import MOLECULE_KEYS

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
