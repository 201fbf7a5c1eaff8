"""Finding and listing: what is there, what is broken and why, without torch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from polydesign import store
from polydesign.commands import store as command
from polydesign.core.errors import CheckpointError
from polydesign.data.corpora.corpus import CORPORA
from polydesign.store import catalog, files
from tests.unit.store.conftest import PROPERTY


def test_an_unknown_id_lists_what_is_there(saved):
    with pytest.raises(CheckpointError, match=r"no checkpoint 'toi' .* Did you mean toy\? Here are: toy\."):
        store.find("toi")


@pytest.mark.parametrize("id", ["", ".", "..", "Toy", "toy ", "toy\n", "~", "C:\\x"])
def test_what_is_no_id_is_never_taken_for_a_path(saved, id):
    with pytest.raises(CheckpointError, match="is not a checkpoint id"):
        store.find(id)


def test_a_revision_belongs_to_the_hub(saved):
    with pytest.raises(CheckpointError, match="'toy' is an embedded checkpoint; revisions belong to"):
        store.find("toy", "main")


def test_a_repository_that_is_not_cached_says_how_to_load_it(saved):
    with pytest.raises(CheckpointError, match=r"polydesign\.store download lab/toy --revision v1"):
        store.find("lab/toy", "v1")


def test_any_folder_opens_by_its_path(tmp_path, config, weights):
    store.save(tmp_path / "Run 1", config=config, weights=weights)
    checkpoint = store.find(tmp_path / "Run 1")
    assert (checkpoint.source, checkpoint.id) == ("folder", "Run 1")
    with pytest.raises(CheckpointError, match="is not a folder"):
        store.find(tmp_path / "nowhere")


def test_the_repository_is_the_default_folder(monkeypatch):
    monkeypatch.delenv("POLYDESIGN_CHECKPOINTS")
    assert catalog.embedded_folder() == Path(__file__).resolve().parents[3] / "checkpoints"


def test_kinds_are_kept_apart(saved):
    assert [c.id for c in store.list_checkpoints("generator")] == ["toy"]
    assert store.list_checkpoints("predictor") == []


def test_broken_folders_are_listed_with_the_reason(saved, embedded):
    (embedded / "garbled").mkdir()
    (embedded / "garbled" / "config.json").write_text("{")
    (embedded / "headless").mkdir()
    (embedded / "headless" / "model.safetensors").write_bytes(b"")
    (embedded / "known_chains").mkdir()
    (embedded / "known_chains" / "chains.npy").write_bytes(b"")
    assert [c.id for c in store.list_checkpoints()] == ["toy"]
    reasons = {entry.id: entry.reason for entry in store.broken_checkpoints()}
    assert set(reasons) == {"garbled", "headless"}
    assert "config.json is not JSON" in reasons["garbled"] and "config.json is missing" in reasons["headless"]
    with pytest.raises(CheckpointError, match=r"config\.json is missing"):
        store.find("headless")


def test_an_empty_or_absent_folder_lists_nothing(embedded):
    assert store.list_checkpoints() == [] and store.broken_checkpoints() == []


def test_changes_on_disk_are_seen(saved):
    path = saved.folder / "config.json"
    assert store.list_checkpoints()[0].label == "Toy"
    path.write_text(json.dumps(saved.config | {"label": "Renamed"}))
    assert store.list_checkpoints()[0].label == "Renamed"
    (saved.folder / "model.safetensors").unlink()
    assert store.list_checkpoints() == []
    assert "model.safetensors is missing" in store.broken_checkpoints()[0].reason


def test_an_unchanged_folder_is_read_once(saved, monkeypatch):
    store.list_checkpoints()

    def reread(*_, **__):
        raise AssertionError("config.json was read again")

    monkeypatch.setattr(files, "read_json", reread)
    assert [c.id for c in store.list_checkpoints()] == ["toy"]


def test_listing_and_finding_import_no_torch(tmp_path, monkeypatch):
    # A family of the package itself: the toy is known to this process only.
    config = {"id": "ngram", "kind": "generator", "family": "ngram", "label": "N"}
    store.save(tmp_path / "checkpoints" / "ngram", config=config, files={"tokenizer.json": b"{}"})
    code = (
        "import sys; from polydesign import store; "
        "assert [c.id for c in store.list_checkpoints()] == ['ngram']; store.verify(store.find('ngram')); "
        "print(sorted({'torch', 'rdkit', 'streamlit'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert result.stdout.strip() == "[]", result.stderr


def test_the_command_lists_verifies_and_fails_with_2(saved, embedded, capsys):
    assert command.main(["list"]) == 0 and "toy  generator  toy  Toy" in capsys.readouterr().out
    assert command.main(["verify", "toy"]) == 0 and "verified" in capsys.readouterr().out
    with (saved.folder / "model.safetensors").open("ab") as file:
        file.write(b"x")
    assert command.main(["verify", "toy"]) == 2 and "cut off or altered" in capsys.readouterr().err
    (embedded / "bad").mkdir()
    (embedded / "bad" / "config.json").write_text("[]")
    assert command.main(["list"]) == 2 and "BROKEN bad: " in capsys.readouterr().err


@pytest.mark.parametrize("corpus", sorted(CORPORA))
def test_a_generator_writes_what_its_corpus_holds(saved, config, corpus):
    trained = {"corpus": {"corpus": corpus, "n": 4}}
    checkpoint = store.save(saved.folder, config=config | {"trained": trained})
    assert checkpoint.structure == ("molecule" if CORPORA[corpus].molecules else "polymer")
    assert [c.id for c in store.polymer_generators()] == ([] if CORPORA[corpus].molecules else ["toy"])
    assert [c.id for c in store.list_checkpoints("generator")] == ["toy"]


def test_without_a_corpus_the_data_sets_and_properties_decide(saved, config):
    qm9 = config | {"data": [{"name": "qm9"}], "properties": {}}
    assert store.save(saved.folder, config=qm9).structure == "molecule"
    gap = dict(PROPERTY, unit="eV")
    assert store.save(saved.folder, config=config | {"properties": {"gap_ev": gap}}).structure == "molecule"
    assert (
        store.save(saved.folder, config=config | {"trained": {"corpus": {"corpus": "by hand"}}}).structure == "polymer"
    )
