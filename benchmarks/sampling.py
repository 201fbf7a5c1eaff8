"""Batch sampling: ours against Hugging Face `generate` on the same weights, tokenizer and batch."""

from __future__ import annotations

import time
from typing import Any

import torch

from benchmarks import neox
from benchmarks.ceiling import ceiling, counted
from benchmarks.timing import repeated, timed
from polydesign.core.errors import PolydesignError
from polydesign.evaluation.result import Details, Row
from polydesign.evaluation.samples import judge
from polydesign.evaluation.statistics import Figure
from polydesign.generators.polygpt.generator import PolyGPTGenerator


def measure(generator: PolyGPTGenerator, *, batch: int, repeats: int, seed: int) -> tuple[list[Row], Details]:
    """Sample `batch` strings by turns with both samplers; return the rows and the details.

    Raises `PolydesignError` when the two networks do not compute the same logits.
    """
    network = generator.network
    model, difference, attention = peer(generator, batch, seed)
    ours, theirs, shares, valid, processor = [], [], [], [], []
    most = ceiling(network.config, batch, network.tokens.weight.dtype)
    for turn in range(repeats):
        run = seed + 1 + turn
        with counted(network) as work:  # counted in a run of its own: hooks cost time
            generator.sample({}, batch, seed=run)
        clock = [time.process_time()]
        seconds, raw = timed(generator.sample, {}, batch, seed=run)
        clock.append(time.process_time())
        peer_seconds, peer_raw = timed(_peer_strings, generator, model, batch, run)
        clock.append(time.process_time())
        shares.append(work.operations / seconds / 1e9 / most)
        found, peer_found = judge(raw), judge(peer_raw)
        ours.append(len(set(found.valid_keys)) / seconds)
        theirs.append(len(set(peer_found.valid_keys)) / peer_seconds)
        processor.append([clock[1] - clock[0], clock[2] - clock[1]])
        valid.append([float(found.valid.mean()), float(peer_found.valid.mean())])
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    rows = [
        Row(
            {"ours": repeated(ours), "peer": repeated(theirs), "ratio": repeated(ratios), "share": repeated(shares)},
            question="sampling, valid unique polymers a second",
        ),
        Row({"ours": Figure(most, 1)}, question=f"matrix products of the sampler's shapes at batch {batch}, GFLOP/s"),
    ]
    details: Details = {
        "largest_logit_difference": difference,
        "peer_attention": attention,
        "dtype": str(network.tokens.weight.dtype).removeprefix("torch."),
        "valid_ours_and_peer": valid,
        "processor_seconds_ours_and_peer": processor,  # hardly disturbed by what else the machine does
    }
    return rows, details


def peer(generator: PolyGPTGenerator, batch: int, seed: int) -> tuple[Any, float, str]:
    """Return the transformers model with its quicker attention, its largest logit difference, and that attention."""
    network = generator.network
    tokens = torch.randint(4, network.config.vocab_size, (8, 24), generator=torch.Generator().manual_seed(seed))
    tried = []
    for attention in ("sdpa", "eager"):
        model = neox.to_transformers(network, attention)
        difference = neox.largest_difference(network, model, tokens)
        if difference > neox.TOLERANCE:
            raise PolydesignError(
                f"The transformers model differs from PolyGPT by {difference:.2g} in a logit; expected less than "
                f"{neox.TOLERANCE:g}. benchmarks/neox.py no longer fits the network."
            )
        seconds, _ = timed(_peer_strings, generator, model, batch, seed)
        tried.append((seconds, attention, model, difference))
    _, attention, model, difference = min(tried, key=lambda entry: entry[0])
    return model, difference, attention


def _peer_strings(generator: PolyGPTGenerator, model: Any, batch: int, seed: int) -> list[str]:
    ids = neox.generate(generator.network, model, batch, temperature=1.0, seed=seed)
    return generator.tokenizer.decode(ids.tolist())
