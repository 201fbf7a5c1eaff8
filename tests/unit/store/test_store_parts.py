"""A checkpoint that works with another: found by id and sha256 wherever it lies, and nothing else is taken for it."""

from __future__ import annotations

import json
import shutil

import pytest
import torch

from polydesign import store
from polydesign.core.errors import CheckpointError
from polydesign.store import __main__ as command
from polydesign.store import hub as client
from polydesign.store.files import tensor_shapes
from tests.unit.store.hub_server import Repository


def saved(folder, outer, autoencoder) -> store.Checkpoint:
    return store.save(folder, **outer, parts={"autoencoder": autoencoder})


def answers(checkpoint) -> bool:
    network = store.load_model(checkpoint).network
    return network.weight.shape == (2, 5) and network.autoencoder.bias.tolist() == [0.5, -0.25]


def test_a_part_is_named_and_its_weights_are_not_stored_again(embedded, outer, autoencoder):
    checkpoint = saved(embedded / "outer", outer, autoencoder)
    assert checkpoint.config["parts"] == {"autoencoder": {"id": "inner", "sha256": autoencoder.sha256}}
    assert set(tensor_shapes(checkpoint.path("model.safetensors"))) == {"weight", "bias"}
    assert not (embedded / "outer" / "autoencoder").exists()
    assert set(checkpoint.weights()) == {"weight", "bias", "autoencoder.weight", "autoencoder.bias"}
    assert checkpoint.n_parameters == sum(tensor.numel() for tensor in checkpoint.weights().values())
    assert answers("outer") and store.find("outer").parts == {"autoencoder": store.find("inner")}
    assert "| autoencoder | `inner` | " in (checkpoint.folder / "README.md").read_text()


def test_weights_without_those_of_the_part_may_be_given_too(embedded, outer, autoencoder):
    outer["weights"] = {name: outer["weights"][name] for name in ("weight", "bias")}
    assert answers(saved(embedded / "outer", outer, autoencoder))


def test_a_part_beside_is_found(embedded, outer, autoencoder, tmp_path):
    shutil.move(autoencoder.folder, tmp_path / "runs" / "inner")
    checkpoint = saved(tmp_path / "runs" / "outer", outer, store.open_folder(tmp_path / "runs" / "inner"))
    assert not (checkpoint.folder / "autoencoder").exists()
    assert checkpoint.parts["autoencoder"].folder == tmp_path / "runs" / "inner" and answers(checkpoint)


def test_a_part_that_would_not_be_found_goes_along(outer, autoencoder, tmp_path):
    shutil.move(autoencoder.folder, tmp_path / "elsewhere")
    checkpoint = saved(tmp_path / "runs" / "outer", outer, store.open_folder(tmp_path / "elsewhere"))
    shutil.rmtree(tmp_path / "elsewhere")
    assert checkpoint.parts["autoencoder"].folder == checkpoint.folder / "autoencoder" and answers(checkpoint)
    again = store.attach(checkpoint, "latent_map.safetensors", checkpoint.path("model.safetensors").read_bytes())
    assert again.sha256 == checkpoint.sha256 and answers(again)


def test_a_copy_is_whole(embedded, outer, autoencoder, tmp_path, capsys):
    checkpoint = saved(embedded / "outer", outer, autoencoder)
    assert command.main(["copy", "outer", str(tmp_path / "taken")]) == 0 and "verified" in capsys.readouterr().out
    shutil.rmtree(embedded)
    copied = store.open_folder(tmp_path / "taken")
    assert copied.sha256 == checkpoint.sha256 and answers(copied) and (copied.folder / "README.md").is_file()
    assert (
        command.main(["copy", "outer", str(tmp_path / "taken")]) == 2
        and "no checkpoint 'outer'" in capsys.readouterr().err
    )


def test_a_part_of_the_hub_is_found_in_its_cache(hub, outer, autoencoder, tmp_path):
    files = {path.name: path.read_bytes() for path in autoencoder.folder.iterdir()}
    hub.repositories["lab/inner"] = Repository(files)
    cached = client.download("lab/inner")
    shutil.rmtree(autoencoder.folder)
    checkpoint = saved(tmp_path / "outer", outer, cached)
    assert checkpoint.record.parts["autoencoder"].id == "lab/inner" and answers(checkpoint)
    client.remove("lab/inner", cached.revision)
    with pytest.raises(CheckpointError, match=r"not on this machine\. Load it .*polydesign\.store download lab/inner"):
        store.load_model(tmp_path / "outer")


def test_a_missing_part_is_named_with_what_to_do_and_found_when_it_is_back(embedded, outer, autoencoder, tmp_path):
    saved(embedded / "outer", outer, autoencoder)
    shutil.move(autoencoder.folder, tmp_path / "away")
    message = (
        r"outer works with 'inner' \(sha256 \w{12}…\) as its autoencoder\. It is not on this machine\. Put it into"
    )
    with pytest.raises(CheckpointError, match=message):
        store.load_model("outer")
    assert [entry.id for entry in store.broken_checkpoints()] == ["outer"] and store.list_checkpoints() == []
    shutil.move(tmp_path / "away", autoencoder.folder)
    assert [entry.id for entry in store.list_checkpoints()] == ["inner", "outer"] and answers("outer")


def test_another_checkpoint_of_the_same_name_is_refused(embedded, config, outer, autoencoder):
    saved(embedded / "outer", outer, autoencoder)
    other = store.save(autoencoder.folder, config=config | {"id": "inner"}, weights={"weight": torch.zeros(2, 3)})
    with pytest.raises(CheckpointError, match=rf"is another: its sha256 begins with {other.sha256[:12]}"):
        store.find("outer")


def test_a_broken_part_is_told(embedded, outer, autoencoder):
    saved(embedded / "outer", outer, autoencoder)
    (autoencoder.folder / "config.json").write_text("{")
    with pytest.raises(CheckpointError, match=r"One is there and broken: Checkpoint inner: config\.json is not JSON"):
        store.find("outer")


def test_an_altered_file_of_a_part_is_noticed(embedded, outer, autoencoder):
    saved(embedded / "outer", outer, autoencoder)
    path = autoencoder.folder / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"Checkpoint inner: model\.safetensors is not the file"):
        store.load_model("outer")


def test_a_sha256_of_nothing_is_not_found(embedded, outer, autoencoder):
    checkpoint = saved(embedded / "outer", outer, autoencoder)
    config = json.loads((checkpoint.folder / "config.json").read_text())
    config["parts"]["autoencoder"]["sha256"] = "0" * 64
    (checkpoint.folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match=r"works with 'inner' \(sha256 0{12}…\)"):
        store.find("outer")


def test_the_hash_says_which_part_and_not_what_it_is_called(embedded, config, weights, outer, autoencoder, tmp_path):
    reference = saved(embedded / "outer", outer, autoencoder).sha256
    renamed = store.save(tmp_path / "other", config=config | {"id": "other"}, weights=weights, files=outer["files"])
    assert renamed.sha256 == autoencoder.sha256
    assert saved(tmp_path / "x", outer, renamed).sha256 == reference
    weights["bias"] += 1
    outer["weights"]["autoencoder.bias"] = weights["bias"]
    changed = store.save(tmp_path / "other", config=config | {"id": "other"}, weights=weights, files=outer["files"])
    assert saved(tmp_path / "x", outer, changed).sha256 != reference


def test_weights_that_are_not_the_parts_are_refused(embedded, outer, autoencoder):
    kept = dict(outer["weights"])
    outer["weights"]["autoencoder.bias"] = torch.tensor([0.5, 0.25])
    with pytest.raises(
        CheckpointError, match=r"'autoencoder\.bias' is not that of inner any more.*Keep the part frozen"
    ):
        saved(embedded / "outer", outer, autoencoder)
    outer["weights"] = {name: kept[name] for name in kept if name != "autoencoder.bias"}
    with pytest.raises(CheckpointError, match=r"'autoencoder\.bias' is not in both this model and its part"):
        saved(embedded / "outer", outer, autoencoder)
    assert not (embedded / "outer").exists()


def test_a_part_that_is_only_named_is_refused(embedded, outer, autoencoder):
    outer["config"]["parts"] = {"autoencoder": {"id": "inner", "sha256": autoencoder.sha256}}
    with pytest.raises(CheckpointError, match="parts autoencoder are named only"):
        store.save(embedded / "outer", **outer)


def test_weights_both_carried_and_referred_to_are_refused(embedded, outer, autoencoder):
    checkpoint = store.save(embedded / "outer", **outer)
    config = json.loads((checkpoint.folder / "config.json").read_text())
    config["parts"] = {"autoencoder": {"id": "inner", "sha256": autoencoder.sha256}}
    (checkpoint.folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match=r"holds 'autoencoder\.bias', which belongs to its part 'autoencoder'"):
        store.load_model("outer")


def test_a_checkpoint_of_the_older_form_carries_the_weights_itself(embedded, outer):
    checkpoint = store.save(embedded / "outer", **outer)
    assert "parts" not in checkpoint.config and answers("outer")
    assert len(tensor_shapes(checkpoint.path("model.safetensors"))) == 4


def test_a_part_keeps_a_family_strict(embedded, outer, autoencoder):
    outer["config"]["config"]["autoencoder"]["width"] = 4
    saved(embedded / "outer", outer, autoencoder)
    with pytest.raises(CheckpointError, match=r"do not fit the family 'toy' .* size mismatch for autoencoder\.weight"):
        store.load_model("outer")
