"""The loop on the demo set: it learns, and a killed run goes on with the same losses."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from polydesign.core.errors import TrainingError
from polydesign.data.corpora.prepare import prepare
from polydesign.data.encodings.stream import Stream
from polydesign.data.encodings.tokens import TokenRows
from polydesign.generators.polygpt.config import PRESETS
from polydesign.generators.polygpt.network import PolyGPT
from polydesign.training.loop import Loop, RunSettings
from polydesign.training.objectives.supervised import Supervised
from polydesign.training.pace import choose

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> TokenRows:
    return TokenRows.load(prepare("demo", tmp_path_factory.mktemp("prepared") / "demo", vocab_size=96))


def trainer(demo, out, steps, watched=1000, **settings):
    config = PRESETS["tiny"].for_data(demo.meta)
    torch.manual_seed(0)
    phases = choose(config.phases, ["pretrain", "finetune"])
    run = RunSettings(out, steps=steps, log_every=1, **settings)
    objective = Supervised(PolyGPT(config))
    return Loop({phase.name: objective for phase in phases}, Stream(demo, 1024, 90, watched), phases, run)


def test_batches_repeat_and_can_start_anywhere(demo):
    whole = Stream(demo, 1024, 90).endless(seed=3)
    batches = [next(whole) for _ in range(80)]
    late = Stream(demo, 1024, 90).endless(seed=3, start=70)
    for expected in batches[70:]:
        got = next(late)
        assert all(np.array_equal(expected[name], got[name]) for name in expected)
    assert any(not np.array_equal(batches[0]["tokens"], b["tokens"]) for b in batches[1:])


def test_held_out_strings_are_never_trained_on(demo):
    def strings(batches):
        return {tuple(row[row != 0]) for batch in batches for row in batch["tokens"]}

    held_out = strings(batch for batch, _ in Stream(demo, 1024, 90, 100).held_out())
    batches = Stream(demo, 1024, 90).endless(seed=0)
    assert held_out
    assert not held_out & strings(next(batches) for _ in range(60))


def test_it_learns(demo, tmp_path):
    run = trainer(demo, tmp_path / "run", steps=300)
    before = run.held_out()["valid_token"]
    report = run.run()
    assert report.held_out["valid_token"] < 0.6 * before
    assert set(report.weights) == dict(run.network.named_parameters()).keys()


def test_held_out_figures_are_those_that_the_network_names(demo, tmp_path, monkeypatch):
    run = trainer(demo, tmp_path / "run", steps=3, watched=20)
    both = run.held_out()
    assert list(both) == ["valid_token", "valid_token_conditional"]
    monkeypatch.setattr(PolyGPT, "held_out", {"valid_total": ("finetune", "loss"), "again": ("pretrain", "token")})
    own = run.held_out()
    assert list(own) == ["valid_total", "again"]
    assert own["again"] == both["valid_token"] and own["valid_total"] > both["valid_token_conditional"]


def test_the_network_is_told_how_far_each_phase_has_come(demo, tmp_path, monkeypatch):
    told = []
    run = trainer(demo, tmp_path / "run", steps=8)
    monkeypatch.setattr(run.network, "proceed", lambda phase, within: told.append((phase, round(within, 3))))
    run.run()
    phases = list(dict.fromkeys(phase for phase, _ in told))
    assert phases == ["pretrain", "finetune"] and len(told) == 8
    for phase in phases:
        shares = [within for name, within in told if name == phase]
        assert shares[0] < 0.5 and shares == sorted(set(shares)) and shares[-1] < 1.0


def test_an_unfinished_run_is_not_overwritten(demo, tmp_path):
    trainer(demo, tmp_path / "run", steps=3).run()
    with pytest.raises(TrainingError, match="--resume"):
        trainer(demo, tmp_path / "run", steps=3)


def test_resume_needs_a_state(demo, tmp_path):
    with pytest.raises(TrainingError, match="no state to resume"):
        trainer(demo, tmp_path / "nothing", steps=3, resume=True)


_RUN = """
import sys, torch
torch.set_num_threads(1)
from pathlib import Path
from polydesign.training.recipe import Order
from polydesign.training.record import train
train(Order("polygpt", sys.argv[1], Path(sys.argv[2]), preset="tiny", steps=60, log_every=1,
            save_every=0.5, phases=("pretrain", "finetune"), resume=sys.argv[3] == "resume"))
"""


def _losses(out: Path) -> dict[int, float]:
    lines = (out.with_name(out.name + ".run") / "log.jsonl").read_text().splitlines()
    return {line["step"]: line["loss"] for line in map(json.loads, lines) if "loss" in line}


def test_kill_and_resume_gives_the_same_losses(demo, tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"

    def start(out, mode):
        return subprocess.Popen([sys.executable, "-c", _RUN, str(demo.folder), str(out), mode], cwd=ROOT)

    assert start(whole, "new").wait(timeout=120) == 0
    process = start(broken, "new")
    state = broken.with_name("broken.run") / "state.json"
    deadline = time.monotonic() + 60
    while not state.exists() and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert state.exists() and json.loads(state.read_text())["step"] < 60, "the run was killed too late to test anything"
    assert start(broken, "resume").wait(timeout=120) == 0
    assert _losses(broken) == _losses(whole)
    assert len(_losses(whole)) == 60
