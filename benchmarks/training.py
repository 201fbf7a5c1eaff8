"""Training: tokens a second of our loop against the transformers model in a plain loop, on the same batches."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import tempfile
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks import neox
from benchmarks.timing import repeated, timed
from polydesign.core.specs import Phase
from polydesign.data.encodings.stream import Stream
from polydesign.data.encodings.tokenizer import PAD_ID
from polydesign.data.encodings.tokens import TokenRows
from polydesign.evaluation.result import Row
from polydesign.generators.polygpt.generator import PolyGPTGenerator
from polydesign.training.loop import Loop, RunSettings
from polydesign.training.objectives.supervised import Supervised
from polydesign.training.state import run_folder

_WARM_UP = 3
_LEARNING_RATE = 1e-5


def measure(generator: PolyGPTGenerator, psmiles: list[str], *, steps: int, repeats: int) -> Row:
    """Fine-tune copies of the network on `psmiles` for `steps` steps by turns; return the row."""
    data, config = _as_data(generator, psmiles), generator.config
    room = config.max_length - config.n_embeddings
    batches = list(islice(Stream(data, config.batch_tokens, room).endless(0), _WARM_UP + steps))
    n_tokens = sum(int((batch["tokens"] != PAD_ID).sum()) for batch in batches[_WARM_UP:])
    ours, theirs = [], []
    for _ in range(repeats):
        ours.append(n_tokens / _our_seconds(generator, data, room, len(batches)))
        theirs.append(n_tokens / _peer_seconds(generator, batches))
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    figures = {"ours": repeated(ours), "peer": repeated(theirs), "ratio": repeated(ratios)}
    return Row(figures, question="training, tokens a second")


def _as_data(generator: PolyGPTGenerator, psmiles: list[str]) -> TokenRows:
    """Return strings as prepared data with every condition known, one string in twenty for validation."""
    encoded, config = generator.tokenizer.encode(psmiles), generator.config
    mean = np.array(config.condition_mean, dtype=np.float32)
    split = np.zeros(len(encoded), dtype=np.uint8)
    split[::20] = 1
    return TokenRows(
        folder=Path("generated"),
        meta={"condition_mean": config.condition_mean, "condition_std": config.condition_std},
        tokens=np.concatenate([np.array(ids, dtype=np.uint16) for ids in encoded]),
        offsets=np.concatenate([[0], np.cumsum([len(ids) for ids in encoded])]).astype(np.int64),
        conditions=np.tile(mean, (len(encoded), 1)),
        split=split,
        weight=np.ones(len(encoded), dtype=np.float32),
    )


def _our_seconds(generator: PolyGPTGenerator, data: TokenRows, room: int, steps: int) -> float:
    """Return the seconds of all but the first steps, by the trainer's own clock."""
    network = copy.deepcopy(generator.network).requires_grad_(True)
    with tempfile.TemporaryDirectory() as folder:
        run = RunSettings(Path(folder) / "speed", steps=steps, log_every=1, save_every=float("inf"))
        phases = (Phase("finetune", 1.0, _LEARNING_RATE),)
        stream = Stream(data, generator.config.batch_tokens, room)
        trainer = Loop({"finetune": Supervised(network)}, stream, phases, run)
        with contextlib.redirect_stderr(io.StringIO()):  # its progress bar
            trainer.run()
        lines = map(json.loads, (run_folder(run.out) / "log.jsonl").read_text().splitlines())
        seconds = [line["seconds"] for line in lines if "seconds" in line]
    return seconds[-1] - seconds[_WARM_UP - 1]


def _peer_seconds(generator: PolyGPTGenerator, batches: list[dict[str, Any]]) -> float:
    model = neox.to_transformers(generator.network).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=_LEARNING_RATE)

    def step(batch: dict[str, Any]) -> None:
        tokens = torch.from_numpy(batch["tokens"])
        labels = tokens.masked_fill(tokens == PAD_ID, -100)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = model(input_ids=tokens, labels=labels).loss
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    def steps(given: list[dict[str, Any]]) -> None:
        for batch in given:
            step(batch)

    steps(batches[:_WARM_UP])
    return timed(steps, batches[_WARM_UP:])[0]
