"""A family of another kind is a folder: found through an entry point, trained, resumed, loaded, sampled."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from polydesign import store
from polydesign.core import registry
from polydesign.core.protocols import Generator, LatentGenerator, LikelihoodGenerator
from polydesign.core.targets import Target
from polydesign.data.corpora.prepare import prepare

ROOT = Path(__file__).resolve().parents[2]
FAMILIES = Path(__file__).parent / "families"
TOYS = sorted(path.name for path in FAMILIES.iterdir() if (path / "spec.py").exists())
STEPS = 40


@pytest.fixture
def toys(announce, monkeypatch):
    """The toys, announced by an installed distribution; returns the environment of a process that sees them too."""
    monkeypatch.syspath_prepend(FAMILIES)
    site = announce("polydesign-toys", {"generators": {name: name for name in TOYS}})
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, FAMILIES, site))), "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Path:
    return prepare("demo", tmp_path_factory.mktemp("toys") / "demo", vocab_size=96)


@pytest.fixture(scope="module")
def autoencoder(demo) -> Path:
    from polydesign.training.recipe import Order
    from polydesign.training.record import train

    return train(Order("gruvae", str(demo), demo.parent / "gruvae", "tiny", steps=3))


def command(family, demo, out, autoencoder):
    parts = ["--with", f"autoencoder={autoencoder}"] if family == "toyflow" else []
    slow = ["--save-every", "0", "--log-every", "1"]  # a state after every step
    return [sys.executable, "-m", "polydesign.train", family, "--data", str(demo), "--steps", str(STEPS), *slow, *parts]


def log(out):
    return (out.with_name(out.name + ".run") / "log.jsonl").read_text()


@pytest.mark.parametrize("family", TOYS)
def test_a_toy_is_trained_killed_resumed_loaded_and_sampled(family, toys, demo, autoencoder, tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    call = command(family, demo, whole, autoencoder)
    subprocess.run([*call, "--out", str(whole)], env=toys, cwd=tmp_path, check=True, timeout=120)
    process = subprocess.Popen([*call, "--out", str(broken)], env=toys, cwd=tmp_path)
    state = broken.with_name("broken.run") / "state.json"
    deadline = time.monotonic() + 60
    while not state.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert json.loads(state.read_text())["step"] < STEPS, "the run was killed too late to test anything"
    subprocess.run(
        [*call, "--resume", str(broken), "--out", str(broken)], env=toys, cwd=tmp_path, check=True, timeout=120
    )
    same = [{k: v for k, v in json.loads(line).items() if k != "seconds"} for line in log(whole).splitlines()]
    assert [{k: v for k, v in json.loads(line).items() if k != "seconds"} for line in log(broken).splitlines()] == same
    one, other = (load_file(out / "model.safetensors") for out in (whole, broken))
    assert one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)

    checkpoint = store.open_folder(whole)
    assert checkpoint.family == family and registry.spec(family).year == 2026
    model = store.load_model(checkpoint)
    assert isinstance(model, Generator)
    strings = model.sample({}, 50, seed=1)
    assert len(strings) == 50 and model.sample({}, 50, seed=1) == strings != model.sample({}, 50, seed=2)
    abilities = registry.spec(family).abilities
    assert isinstance(model, LatentGenerator) == ("latent" in abilities)
    assert isinstance(model, LikelihoodGenerator) == ("likelihood" in abilities)
    if "conditional" in abilities:
        asked = {checkpoint.record.config["conditions"][0]: Target(value=500.0)}
        assert model.sample(asked, 50, seed=1) != strings


@pytest.mark.parametrize("family", TOYS)
def test_a_toy_imports_no_other_and_nothing_knows_it(family):
    others = set(TOYS) - {family}
    for path in (FAMILIES / family).glob("*.py"):
        assert not any(f"from {other}" in path.read_text() for other in others), path
    mentions = [p for p in (ROOT / "polydesign").rglob("*.py") if family in p.read_text()]
    assert not mentions


def test_what_a_policy_is_rewarded_for_becomes_frequent(toys, demo, tmp_path):
    from polydesign.training.recipe import Order
    from polydesign.training.record import train

    out = train(Order("toypolicy", str(demo), tmp_path / "toypolicy", steps=60, log_every=1))
    rewards = [json.loads(line)["align_reward"] for line in log(out).splitlines() if "align_reward" in line]
    assert np.mean(rewards[-10:]) > 2 * np.mean(rewards[:10]) > 0


def test_a_graph_that_breaks_valence_is_a_string_all_the_same(toys, demo, tmp_path):
    from polydesign.training.recipe import Order
    from polydesign.training.record import train

    out = train(Order("toygraph", str(demo), tmp_path / "toygraph", steps=2))
    strings = store.load_model(out).sample({}, 50, seed=0)
    assert len(strings) == 50 and any(any(c.isupper() for c in text) for text in strings)
    meta = json.loads((demo / "toygraph" / "meta.json").read_text())
    assert meta["elements"][0] == "*" and meta["too_large_or_charged"] > 0
