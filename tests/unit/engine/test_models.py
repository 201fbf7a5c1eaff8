"""Every checkpoint is listed; one that was altered or cut off says so and hides no other."""

import json

import pytest

from polydesign.engine.models.installed import models
from tests.conftest import SHIPPED


@pytest.fixture
def by_name(toy_checkpoints, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return lambda: {model.name: model for model in models()}


def test_what_a_sound_model_says_of_itself(by_name, toy_checkpoints):
    toy = by_name()["ngram"]
    assert (toy.label, toy.kind, toy.place, toy.problem, toy.licence) == (
        "Toy n-gram", "Generator", "embedded", "", "apache-2.0",
    )  # fmt: skip
    assert toy.n_bytes == sum(path.stat().st_size for path in (toy_checkpoints / "ngram").iterdir())
    assert "# Toy n-gram" in toy.card and toy.metrics == {}
    assert toy.pictures == []


def test_the_parity_plot_of_a_model_is_shown_though_its_card_may_not_mention_it(by_name, toy_checkpoints):
    (toy_checkpoints / "gnn").symlink_to(SHIPPED / "gnn", target_is_directory=True)
    (picture,) = by_name()["gnn"].pictures
    assert picture.name == "parity-gnn.svg" and picture.read_text().count("font-weight") == 25  # properties


def test_generators_come_first_then_guide_and_checker(by_name):
    assert [(model.name, model.kind) for model in by_name().values()] == [
        ("ngram", "Generator"), ("guide", "Guide"), ("checker", "Checker"),
    ]  # fmt: skip


def test_an_altered_file_is_found_once_it_is_altered_and_no_longer_when_it_is_mended(by_name, toy_checkpoints):
    path = toy_checkpoints / "ngram" / "known_chains.npy"
    content = path.read_bytes()
    assert by_name()["ngram"].problem == ""
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    found = by_name()["ngram"]
    assert "known_chains.npy" in found.problem and "sha256" in found.problem
    assert found.checkpoint is not None and found.label == "Toy n-gram"
    path.write_bytes(content)
    assert by_name()["ngram"].problem == ""


def test_a_broken_config_leaves_name_and_reason(by_name, toy_checkpoints):
    (toy_checkpoints / "ngram" / "config.json").write_text("{")
    found = by_name()
    assert list(found) == ["guide", "checker", "ngram"]
    assert found["ngram"].checkpoint is None and "not JSON" in found["ngram"].problem
    assert found["ngram"].kind == "Model" and found["ngram"].n_bytes > 0


def test_card_and_metrics_may_be_missing_or_nonsense(by_name, toy_checkpoints):
    folder = toy_checkpoints / "ngram"
    (folder / "README.md").unlink()
    (folder / "metrics.json").write_text(json.dumps([1]))
    found = by_name()["ngram"]
    assert (found.card, found.licence, found.metrics) == ("", "", {})
    assert found.problem == ""
