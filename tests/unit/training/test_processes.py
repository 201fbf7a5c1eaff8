"""Two processes take the steps that one takes with the whole batch, also after a kill."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from polydesign.data.corpora.prepare import prepare

ROOT = Path(__file__).resolve().parents[3]
STEPS = 20

# Products in full precision: rounded ones depend on how a batch is divided.
_RUN = """
import sys
import time
from pathlib import Path

import torch

torch.set_num_threads(1)
from polydesign.training import step
step.bfloat16_pays = lambda device: False
from polydesign.training.loop import Loop
save = Loop.save
Loop.save = lambda self: (save(self), time.sleep(0.2))  # time enough to be killed in
from polydesign.training.recipe import Order
from polydesign.training.record import train
train(Order("charrnn", sys.argv[1], Path(sys.argv[2]), preset="tiny", steps=int(sys.argv[3]), log_every=1,
            save_every=0.0, resume=sys.argv[4] == "resume"))
"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Path:
    return prepare("demo", tmp_path_factory.mktemp("prepared") / "demo", vocab_size=96)


def losses(out: Path) -> list[float]:
    lines = (out.with_name(out.name + ".run") / "log.jsonl").read_text().splitlines()
    return [line["loss"] for line in map(json.loads, lines) if "loss" in line]


def start(script: Path, demo: Path, out: Path, mode: str = "new", world: int = 1) -> subprocess.Popen:
    launcher = ["-m", "torch.distributed.run", "--nproc-per-node", str(world), "--master-port", "29517"]
    command = [sys.executable, *(launcher if world > 1 else []), str(script), str(demo), str(out), str(STEPS), mode]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)


def finished(process: subprocess.Popen) -> None:
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors[-3000:]


def test_two_processes_give_the_losses_of_one_also_after_a_kill(demo, tmp_path):
    script, one, two = tmp_path / "run.py", tmp_path / "one", tmp_path / "two"
    script.write_text(_RUN)
    finished(start(script, demo, one))
    process = start(script, demo, two, world=2)
    state = two.with_name("two.run") / "state.json"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None and not (state.exists() and _step(state) >= 5):
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)  # torchrun ends its processes
    process.communicate(timeout=60)
    assert 5 <= _step(state) < STEPS, "the run was ended too late to test anything"
    finished(start(script, demo, two, "resume", world=2))
    assert len(losses(one)) == STEPS and losses(two) == pytest.approx(losses(one), abs=1e-4)
    assert (two / "config.json").is_file()


def _step(state: Path) -> int:
    return json.loads(state.read_text())["step"]
