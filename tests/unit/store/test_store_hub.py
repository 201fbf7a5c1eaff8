"""Loading from a Hub on 127.0.0.1, through huggingface_hub: what works, and what every failure says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import constants

from polydesign import store
from polydesign.core.errors import CheckpointError
from polydesign.store import hub as client
from tests.unit.store.hub_server import HubServer, Repository

COMMIT = "c" * 40
TOKEN = "hf_SecretSecretSecretSecret"


@pytest.fixture
def repository(hub: HubServer, saved: store.Checkpoint) -> Repository:
    """Offer a sound checkpoint as lab/toy, beside files that have no business on this machine."""
    content = {path.name: path.read_bytes() for path in saved.folder.iterdir()}
    extra = {"pytorch_model.bin": b"pickle", "run.py": b"print()", ".gitattributes": b"*"}
    hub.repositories["lab/toy"] = Repository(content | extra, names=("main", "v1"))
    return hub.repositories["lab/toy"]


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the pause that huggingface_hub makes before it goes on with a broken download."""
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda seconds: None)


def failure(repo: str = "lab/toy", revision: str | None = None) -> str:
    with pytest.raises(CheckpointError) as caught:
        client.download(repo, revision)
    return str(caught.value)


def cached_names() -> set[str]:
    return {path.name for path in Path(constants.HF_HUB_CACHE).glob("models--*/snapshots/*/*")}


def test_a_download_is_verified_pinned_and_found_again(hub, repository, saved):
    heard = []
    checkpoint = client.download("lab/toy", on_progress=heard.append)
    assert (checkpoint.id, checkpoint.source, checkpoint.revision) == ("lab/toy", "hub", COMMIT)
    assert checkpoint.sha256 == saved.sha256
    assert store.load_model(checkpoint).sample({}, 1, seed=0) == ["*CCC*"]
    assert cached_names() == {"config.json", "model.safetensors", "tokenizer.json", "README.md", "metrics.json"}
    assert heard[0].done == 0 and heard[-1].done == heard[-1].total > 0
    assert [p.done for p in heard] == sorted(p.done for p in heard)

    hub.shutdown()  # from here on, no network
    for revision in (None, "main", COMMIT):
        assert store.find("lab/toy", revision) == checkpoint
    assert [(c.id, c.source) for c in store.list_checkpoints()] == [("toy", "embedded"), ("lab/toy", "hub")]


def test_a_tag_is_resolved_to_its_commit(repository):
    assert client.download("lab/toy", "v1").revision == COMMIT
    assert store.find("lab/toy", "v1").revision == COMMIT


def test_a_commit_stays_loadable_when_main_has_moved(hub, repository):
    old = client.download("lab/toy")
    config = json.loads(repository.files["config.json"]) | {"label": "Newer"}
    hub.repositories["lab/toy"] = Repository(
        repository.files | {"config.json": json.dumps(config).encode()}, commit="d" * 40
    )
    new = client.download("lab/toy")
    assert (old.label, new.label, new.revision) == ("Toy", "Newer", "d" * 40)
    assert store.find("lab/toy", COMMIT).label == "Toy"
    assert store.find("lab/toy").label == "Newer"
    assert [c.revision for c in store.list_checkpoints() if c.source == "hub"] == [COMMIT, "d" * 40]


def test_nothing_is_loaded_twice(hub, repository):
    client.download("lab/toy")
    hub.requests.clear()
    client.download("lab/toy", COMMIT)
    assert [method for method, path, *_ in hub.requests if "/resolve/" in path or "/blobs/" in path] == []


def test_a_missing_repository(hub):
    assert "There is no repository lab/nothing at 127.0.0.1, or it is private" in failure("lab/nothing")


def test_a_missing_revision(repository):
    assert "lab/toy has no revision 'v9'" in failure(revision="v9")
    assert not cached_names()


def test_a_gated_repository(repository):
    repository.gated = True
    assert "lab/toy asks for consent. Accept its terms" in failure()


@pytest.mark.parametrize(
    ("status", "advice"), [(401, "log in with"), (500, "try again"), (503, "try again"), (429, "try again")]
)
def test_a_server_in_trouble(hub, repository, status, advice):
    hub.status = status
    message = failure()
    assert advice in message or "private" in message


def test_no_network_says_so(saved):
    assert failure().startswith("127.0.0.1 cannot be reached")


def test_something_that_is_no_hub_says_so(hub, repository):
    hub.status = 204  # answers, but with nothing
    assert "does not answer as a Hugging Face Hub does" in failure()


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
def test_a_cut_off_download_goes_on_where_it_stopped(hub, repository, monkeypatch, name):
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 4)  # huggingface_hub keeps whole chunks, of 10 MB, only
    repository.cuts[name] = 1
    store.verify(client.download("lab/toy"))
    half = len(repository.files[name]) // 2
    assert [span for _, span in hub.asked_for(name) if span] == [f"bytes={half // 4 * 4}-"]


def test_a_download_that_breaks_again_and_again_still_arrives(repository, monkeypatch):
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 4)
    repository.cuts["model.safetensors"] = 4
    store.verify(client.download("lab/toy"))
    assert repository.cuts["model.safetensors"] == 0


def test_a_line_that_always_breaks_is_given_up_and_taken_up_later(repository, monkeypatch):
    monkeypatch.setattr(client, "_ATTEMPTS", 2)
    repository.cuts["model.safetensors"] = 1000
    message = failure()
    assert "The download of model.safetensors from lab/toy was cut off 2 times" in message
    with pytest.raises(CheckpointError, match=r"model\.safetensors is missing\. Load lab/toy from the Hub again"):
        store.find("lab/toy")
    assert "model.safetensors is missing" in store.broken_checkpoints()[0].reason
    repository.cuts.clear()
    store.verify(client.download("lab/toy"))
    assert store.broken_checkpoints() == []


def test_an_altered_file_is_refused_removed_and_loaded_afresh(repository):
    altered = bytearray(repository.files["model.safetensors"])
    altered[-1] ^= 1
    repository.served_instead["model.safetensors"] = bytes(altered)
    message = failure()
    assert "model.safetensors is not the file that config.json describes" in message
    assert "Load lab/toy from the Hub again; if this repeats, tell its owner." in message
    assert not cached_names()
    repository.served_instead.clear()
    store.verify(client.download("lab/toy"))


def test_a_pickle_in_place_of_safetensors_is_refused_before_anything_is_loaded(hub, repository):
    del repository.files["model.safetensors"]
    message = failure()
    assert "lab/toy offers its weights as pytorch_model.bin" in message and "nothing was downloaded" in message
    assert not any("/resolve/" in path for _, path, *_ in hub.requests)


def test_a_pickle_listed_in_the_config_is_refused(hub, repository):
    config = json.loads(repository.files["config.json"])
    config["files"]["pytorch_model.bin"] = "0" * 64
    repository.files["config.json"] = json.dumps(config).encode()
    assert "'pytorch_model.bin' is a pickle-like file" in failure()
    assert hub.asked_for("pytorch_model.bin") == [] and hub.asked_for("model.safetensors") == []


def test_a_file_that_the_repository_lacks(repository):
    del repository.files["tokenizer.json"]
    assert "config.json lists tokenizer.json, which the repository does not hold" in failure()


def test_a_repository_of_another_program(hub):
    hub.repositories["lab/other"] = Repository({"model.safetensors": b"", "notes.md": b""})
    assert "lab/other is not a polydesign checkpoint: it has no config.json" in failure("lab/other")
    hub.repositories["lab/bert"] = Repository({"model.safetensors": b"", "config.json": b'{"model_type": "bert"}'})
    assert "reads format 1" in failure("lab/bert")
    assert all(entry.id != "lab/bert" for entry in store.broken_checkpoints())


def test_files_that_are_too_big_are_not_loaded(hub, repository):
    repository.sizes["model.safetensors"] = 300_000_000
    assert "model.safetensors holds 300 MB; at most 200 MB" in failure()
    assert hub.asked_for("model.safetensors") == []


def test_a_full_disk_says_so(repository, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("huggingface_hub.hf_hub_download", full)
    assert "could not be stored in" in failure() and "No space left on device" in failure()


@pytest.mark.parametrize(
    "repo", ["toy", "lab/toy/x", "../toy", "lab/..", "lab/to--y", "lab/tö", "/lab/toy", f"{TOKEN}/"]
)
def test_a_text_that_is_no_repository(hub, repo):
    message = failure(repo)
    assert "is not a repository on the Hub" in message and TOKEN not in message
    assert hub.requests == []


@pytest.mark.parametrize("revision", ["", "../../x", "a b", "-f", "x" * 300])
def test_a_text_that_is_no_revision(hub, revision):
    assert "is not a revision" in failure(revision=revision)
    assert hub.requests == []


def test_a_token_is_sent_to_the_hub_and_shown_nowhere(hub, repository, monkeypatch, capfd):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    messages = [failure("lab/nothing"), failure(revision="v9")]
    repository.cuts["model.safetensors"] = 1000
    messages.append(failure())
    hub.status = 403
    messages.append(failure())
    assert f"Bearer {TOKEN}" in {authorization for *_, authorization in hub.requests}
    shown = " ".join([*messages, *capfd.readouterr()])
    assert TOKEN not in shown and "secret-signature" not in " ".join(messages)


def test_offline_takes_the_cached_copy_or_explains(hub, repository, monkeypatch):
    client.download("lab/toy")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    hub.requests.clear()
    assert client.download("lab/toy").revision == COMMIT
    assert "HF_HUB_OFFLINE forbids loading it" in failure("lab/other")
    assert hub.requests == []


def test_the_environment_decides_where_and_whether(hub, tmp_path, saved):
    """Set HF_ENDPOINT, HF_HOME and HF_HUB_OFFLINE as a user does, for the command line in a fresh process."""
    from dataclasses import asdict

    from polydesign.generators.ngram.config import NgramConfig
    from polydesign.generators.ngram.generator import NgramGenerator

    network = NgramGenerator.fit(["*CC*", "*CCO*"], NgramConfig(order=2)).network
    checkpoint = store.save(
        tmp_path / "ngram",
        config={"id": "ngram", "kind": "generator", "family": "ngram", "label": "N", "config": asdict(network.config)},
        weights=network.state_dict(),
    )
    hub.repositories["lab/ngram"] = Repository({p.name: p.read_bytes() for p in checkpoint.folder.iterdir()})

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "HF_ENDPOINT": hub.endpoint, "HF_HOME": str(tmp_path / "home"), **environment}
        env.pop("HF_HUB_CACHE", None)
        command = [sys.executable, "-m", "polydesign.store", *arguments]
        return subprocess.run(command, capture_output=True, text=True, env=env, timeout=60, check=False)

    refused = run("download", "lab/ngram", HF_HUB_OFFLINE="1")
    assert refused.returncode == 2 and "HF_HUB_OFFLINE forbids" in refused.stderr and hub.requests == []
    loaded = run("download", "lab/ngram")
    assert loaded.returncode == 0 and loaded.stdout.startswith(f"lab/ngram @ {COMMIT}"), loaded.stderr
    assert (tmp_path / "home" / "hub" / "models--lab--ngram").is_dir()
    listed = run("list", HF_HUB_OFFLINE="1", POLYDESIGN_CHECKPOINTS=str(tmp_path / "none"))
    assert listed.returncode == 0 and listed.stdout.startswith(f"lab/ngram @ {COMMIT}")


def test_one_revision_is_removed_and_nothing_else(hub, repository):
    first = client.download("lab/toy")
    hub.repositories["lab/fork"] = Repository(repository.files)  # a fork has the very same commit
    fork = client.download("lab/fork")
    config = json.loads(repository.files["config.json"]) | {"label": "Newer"}
    files = repository.files | {"config.json": json.dumps(config).encode()}
    hub.repositories["lab/toy"] = Repository(files, commit="d" * 40)
    client.download("lab/toy")
    assert client.remove("lab/toy", COMMIT) == len(repository.files["config.json"])  # the rest is shared
    assert not first.folder.exists()
    store.verify(store.find("lab/toy"))
    store.verify(fork)
    assert client.remove("lab/toy", "d" * 40) > 0 and client.remove("lab/fork", COMMIT) > 0
    assert [c.id for c in store.list_checkpoints()] == ["toy"]


@pytest.mark.parametrize("commit", [COMMIT, "main"])
def test_what_is_not_in_the_cache_cannot_be_removed(commit):
    with pytest.raises(CheckpointError, match="not in the cache any more"):
        client.remove("lab/toy", commit)
