"""What the machine's matrix products allow, and how much of it the network's own work asks for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from polydesign.generators.polygpt.config import PolyGPTConfig
from polydesign.generators.polygpt.network import PolyGPT


@dataclass
class Work:
    """Floating-point operations of matrix products, counted while the network runs."""

    operations: float = 0.0


def linear_shapes(config: PolyGPTConfig) -> list[tuple[int, int]]:
    """Return (inputs, outputs) of every linear layer that one position passes, the token logits last."""
    d = config.d_model
    return [(d, 3 * d), (d, d), (d, 4 * d), (4 * d, d)] * config.n_layers + [(d, config.vocab_size)]


@torch.no_grad()
def ceiling(config: PolyGPTConfig, rows: int, dtype: torch.dtype, *, seconds: float = 1.0) -> float:
    """Return the GFLOP/s of one pass over `linear_shapes` with `rows` rows, plain matrix products and nothing else."""
    shapes = linear_shapes(config)
    inputs = {width: torch.randn(rows, width, dtype=dtype) for width, _ in shapes}
    weights = [torch.randn(shape, dtype=dtype) for shape in shapes]
    operations = sum(2 * rows * a * b for a, b in shapes)

    def one_pass() -> None:
        for (width, _), weight in zip(shapes, weights, strict=True):
            torch.mm(inputs[width], weight)

    one_pass()
    passes, began = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - began) < seconds:
        one_pass()
        passes += 1
    return passes * operations / elapsed / 1e9


@contextmanager
def counted(network: PolyGPT) -> Iterator[Work]:
    """Count the operations of all matrix products of the decoder and of the logits of sampled tokens."""
    work, config = Work(), network.config
    per_position = 2.0 * sum(a * b for a, b in linear_shapes(config)[:-1])

    def before(module: torch.nn.Module, arguments: tuple) -> None:
        x, cache = arguments
        rows, new = x.shape[:2]
        seen = cache.length
        context = sum(seen + i + 1 for i in range(new))  # each new position attends to itself and all before
        work.operations += rows * (new * per_position + 4.0 * config.d_model * config.n_layers * context)
        if seen:  # the prompt has no logits
            work.operations += 2.0 * rows * new * config.d_model * config.vocab_size

    handle = network.decoder.register_forward_pre_hook(before)
    try:
        yield work
    finally:
        handle.remove()
