"""Publishing to a Hub on 127.0.0.1: what arrives there comes back the same, and every refusal says what to do."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import ModelCard, constants

from polydesign import store
from polydesign.commands import publish as command
from polydesign.core.errors import CheckpointError
from polydesign.core.shared import shared_file
from polydesign.evaluation.model_index import model_index
from polydesign.evaluation.result import Column, Manifest, Result, Row, Table, write_results
from polydesign.evaluation.statistics import Figure
from polydesign.store import card
from polydesign.store import hub as client
from tests.unit.store.hub_server import HubServer, Repository

TOKEN = "hf_SecretSecretSecretSecret"


@pytest.fixture
def writer(hub: HubServer, monkeypatch) -> HubServer:
    """The Hub, where our token may write under the name lab."""
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    hub.uploads.writers[TOKEN] = ("lab",)
    return hub


@pytest.fixture
def publish(saved, tmp_path, capfd):
    """Return a function that runs the command on the toy; it returns exit code, output and errors."""

    def run(repo: str, *options: str) -> tuple[int, str, str]:
        code = command.main([str(saved.folder), repo, "--results", str(tmp_path / "none"), *options])
        out, err = capfd.readouterr()
        assert TOKEN not in out + err and "secret-signature" not in out + err
        return code, out, err

    return run


def test_what_is_published_is_loaded_back_the_same(writer, publish, saved):
    code, out, err = publish("lab/toy")
    assert code == 0, err
    ((repo, title, names),) = writer.uploads.commits
    assert (repo, title) == ("lab/toy", "Add Toy")
    assert names == ["README.md", "config.json", "metrics.json", "model.safetensors", "tokenizer.json"]
    commit = writer.repositories["lab/toy"].commit
    assert f"--revision {commit}" in out and not writer.repositories["lab/toy"].private
    loaded = client.download("lab/toy", commit)
    assert (loaded.sha256, loaded.revision) == (saved.sha256, commit)
    assert store.load_model(loaded).sample({}, 1, seed=0) == ["*CCC*"]
    text = (loaded.folder / "README.md").read_text()
    assert "store download lab/toy\npython -m polydesign.sample lab/toy --n 1000" in text
    assert f"Bearer {TOKEN}" in {authorization for *_, authorization in writer.requests}
    assert not any(authorization for method, *_, authorization in writer.requests if method == "PUT")


@pytest.fixture
def with_part(autoencoder, embedded, outer) -> store.Checkpoint:
    """A checkpoint whose autoencoder is another one, and which shares its tokenizer."""
    content = outer["files"]["tokenizer.json"]
    shared = shared_file(embedded / "outer", "tokenizer.json", hashlib.sha256(content).hexdigest())
    shared.parent.mkdir(parents=True)
    shared.write_bytes(content)
    made = store.save(embedded / "outer", **outer, parts={"autoencoder": autoencoder})
    assert not (embedded / "outer" / "tokenizer.json").exists()
    return made


def test_a_part_is_published_and_loaded_along(writer, with_part, tmp_path, monkeypatch, capfd):
    assert command.main([str(with_part.folder), "lab/outer", "--results", str(tmp_path / "none")]) == 0
    names = {"README.md", "config.json", "metrics.json", "model.safetensors", "tokenizer.json"}
    brought = {f"autoencoder/{name}" for name in ("config.json", "model.safetensors", "tokenizer.json")}
    assert set(writer.repositories["lab/outer"].files) == names | brought
    monkeypatch.setenv("POLYDESIGN_CHECKPOINTS", str(tmp_path / "another machine"))
    loaded = client.download("lab/outer")
    assert loaded.sha256 == with_part.sha256 and loaded.parts["autoencoder"].source == "hub"
    assert store.load_model(loaded).sample({}, 1, seed=0) == ["*CCCCC*"]
    assert [c.id for c in store.list_checkpoints()] == ["lab/outer"]  # the part is not one of its own
    again = store.save(tmp_path / "again", record=loaded.record, weights=loaded.weights(), parts=loaded.parts,
                       files={"tokenizer.json": loaded.path("tokenizer.json")})  # fmt: skip
    assert again.sha256 == with_part.sha256 and again.parts["autoencoder"].folder == again.folder / "autoencoder"


def test_a_part_that_was_not_published_is_taken_from_this_machine(writer, with_part, tmp_path, monkeypatch, capfd):
    assert command.main([str(with_part.folder), "lab/outer", "--results", str(tmp_path / "none")]) == 0
    offered = writer.repositories["lab/outer"].files
    for name in [name for name in offered if name.startswith("autoencoder/")]:
        del offered[name]
    assert client.download("lab/outer").parts["autoencoder"].id == "inner"
    monkeypatch.setenv("POLYDESIGN_CHECKPOINTS", str(tmp_path / "another machine"))
    with pytest.raises(
        CheckpointError, match=r"lab/outer works with 'inner' .* publish it anew, together with its aut"
    ):
        client.download("lab/outer")


def test_parts_within_parts_without_end_are_refused(hub, autoencoder, tmp_path):
    """A repository that nests its own config.json deeper and deeper."""
    content = json.loads(autoencoder.path("config.json").read_text())
    content |= {"files": {}, "parts": {"a": {"id": "inner", "sha256": "0" * 64}}}
    nested = {f"{'a/' * depth}config.json": json.dumps(content).encode() for depth in range(40)}
    hub.repositories["lab/deep"] = Repository(nested)
    with pytest.raises(CheckpointError, match=r"a/a/a/a/config\.json nests parts within parts deeper than 3"):
        client.download("lab/deep")
    assert len(hub.asked_for("config.json")) < 15


def test_an_altered_part_is_not_taken_from_the_hub(writer, with_part, tmp_path, monkeypatch, capfd):
    assert command.main([str(with_part.folder), "lab/outer", "--results", str(tmp_path / "none")]) == 0
    monkeypatch.setenv("POLYDESIGN_CHECKPOINTS", str(tmp_path / "another machine"))
    offered = writer.repositories["lab/outer"].files
    weights = offered["autoencoder/model.safetensors"]
    offered["autoencoder/model.safetensors"] = weights[:-1] + bytes([weights[-1] ^ 1])
    with pytest.raises(CheckpointError, match=r"model\.safetensors is not the file that config\.json describes"):
        client.download("lab/outer")
    assert store.list_checkpoints() == [] and store.broken_checkpoints() == []


def test_the_environment_decides_where_and_as_whom(hub, toy_generator, tmp_path):
    """Set HF_ENDPOINT and HF_TOKEN as a user does, for the command in a fresh process."""
    hub.uploads.writers[TOKEN] = ("lab",)
    hub.uploads.home = hub.endpoint
    command = [sys.executable, "-m", "polydesign.publish", str(toy_generator), "lab/ngram"]
    env = {**os.environ, "HF_ENDPOINT": hub.endpoint, "HF_HOME": str(tmp_path / "home"), "HF_TOKEN": TOKEN}
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert TOKEN not in done.stdout + done.stderr
    assert client.download("lab/ngram").sha256 == store.open_folder(toy_generator).sha256


def test_a_private_repository_stays_private(writer, publish):
    assert publish("lab/secret", "--private")[0] == 0
    assert writer.repositories["lab/secret"].private


def test_a_public_repository_takes_nothing_that_shall_be_private(writer, publish):
    writer.repositories["lab/toy"] = Repository({})
    code, _, err = publish("lab/toy", "--private")
    assert code == 2 and "lab/toy is public" in err and "Nothing was uploaded" in err
    assert writer.repositories["lab/toy"].files == {} and not writer.uploads.commits


def test_publishing_again_changes_nothing_but_the_commit(writer, publish, saved):
    assert publish("lab/toy")[0] == publish("lab/toy")[0] == 0
    assert client.download("lab/toy").sha256 == saved.sha256


def test_a_dry_run_shows_everything_and_asks_nobody(hub, publish, saved):
    code, out, _ = publish("lab/toy", "--dry-run", "--private")
    assert code == 0 and hub.requests == []
    for name in ("README.md", "config.json", "metrics.json", "model.safetensors", "tokenizer.json"):
        assert f"  {name}\n" in out
    assert f"{(saved.folder / 'model.safetensors').stat().st_size:>12,}  model.safetensors" in out
    assert 'license: "apache-2.0"' in out and "Nothing was uploaded" in out and "(private)" in out


@pytest.mark.parametrize(
    ("repo", "says"), [("elsewhere/toy", "does not let this token write"), ("toy", "not a repository on the Hub")]
)
def test_what_the_hub_refuses_is_explained(writer, publish, repo, says):
    code, _, err = publish(repo)
    assert code == 2 and says in err and err.count("\n") == 1


def test_without_a_token_the_way_in_is_named(hub, publish, monkeypatch):
    monkeypatch.setattr("huggingface_hub.get_token", lambda: None)
    code, _, err = publish("lab/toy")
    assert code == 2 and "hf auth login, or set HF_TOKEN" in err and hub.requests == []


def test_a_token_that_expired_on_the_way(writer, publish):
    writer.uploads.status = 403
    assert "does not let this token write" in publish("lab/toy")[2]


def test_a_server_in_trouble_and_no_server(writer, publish, monkeypatch):
    writer.uploads.status = 503
    code, _, err = publish("lab/toy")
    assert code == 2 and "HTTP status 503" in err and "whole or not at all" in err
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    code, _, err = publish("lab/toy")
    assert code == 2 and "127.0.0.1 cannot be reached" in err


def test_offline_means_offline(writer, publish, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    code, _, err = publish("lab/toy")
    assert code == 2 and "HF_HUB_OFFLINE forbids" in err and writer.requests == []
    assert publish("lab/toy", "--dry-run")[0] == 0


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_an_altered_checkpoint_is_not_published(writer, publish, saved, name):
    path = saved.folder / name
    path.write_bytes(path.read_bytes()[:-2] + b"  ")
    code, _, err = publish("lab/toy")
    assert code == 2 and name in err and writer.requests == []


def test_a_checkpoint_whose_weights_do_not_fit_is_not_published(writer, publish, saved):
    config = json.loads((saved.folder / "config.json").read_text())
    (saved.folder / "config.json").write_text(json.dumps(config | {"config": {"width": 4}}))
    code, _, err = publish("lab/toy")
    assert code == 2 and "do not fit the family" in err and writer.requests == []


def test_only_files_of_the_checkpoint_go_along(writer, publish, saved):
    (saved.folder / ".env").write_text(f"HF_TOKEN={TOKEN}")
    (saved.folder / "notes.txt").write_text("private")
    publish("lab/toy")
    assert not {".env", "notes.txt"} & set(writer.repositories["lab/toy"].files)


def test_a_folder_that_is_none(tmp_path, capfd):
    assert command.main([str(tmp_path / "none"), "lab/toy", "--dry-run"]) == 2
    assert "is not a folder" in capfd.readouterr().err


def test_the_card_has_the_figures_of_these_very_weights(saved, tmp_path):
    def run(sha256: str, value: float, date: str) -> Result:
        figures = {"valid": Figure(value, 100)}
        rows = [Row(figures, "Toy", "toy", sha256, "installed"), Row(figures, "baseline")]
        table = Table("unconditional", "100 samples", (Column("valid", "valid", "percent", 2),), rows)
        return Result("unconditional", [table], manifest=Manifest(sha256=sha256, date=date))

    runs = [run(saved.sha256, 0.75, "2026-02"), run(saved.sha256, 0.5, "2026-01"), run("0" * 64, 0.25, "2026-03")]
    path = tmp_path / "unconditional.json"
    write_results(runs, path)
    results = model_index(saved, {}, [path])
    data = ModelCard(card.front_matter(saved.record, "mit", results) + "\n").data
    (found,) = data.eval_results
    assert (found.metric_type, found.metric_value, found.dataset_name) == ("valid", 0.75, "100 samples")
    assert (data.model_name, data.license, data.metrics, data.base_model) == ("Toy", "mit", ["valid"], None)


def test_a_shipped_property_model_shows_its_errors_on_held_out_chains():
    folder = Path(store.__file__).resolve().parents[2] / "checkpoints" / "guide"
    checkpoint, metrics = store.open_folder(folder), json.loads((folder / "metrics.json").read_text())
    data = ModelCard(card.front_matter(checkpoint.record, "mit", model_index(checkpoint, metrics, [])) + "\n").data
    tg = {r.metric_type: r.metric_value for r in data.eval_results if r.task_name.startswith("Glass transition")}
    assert tg["mae"] == pytest.approx(metrics["test"]["tg_exp_c"]["mae"], rel=1e-3)
    assert data.datasets == ["labels_merged"] and data.pipeline_tag is None


def test_a_card_keeps_its_licence_and_its_words(writer, publish, saved):
    path = saved.folder / "README.md"
    path.write_text("---\nlicense: mit\n---\n\n# By hand\n\nWords.\n")
    publish("lab/toy")
    text = writer.repositories["lab/toy"].files["README.md"].decode()
    assert 'license: "mit"' in text and "# By hand\n\nWords." in text and "## Loading it" in text
