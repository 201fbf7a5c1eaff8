"""Several processes that train one network: ``torchrun --nproc-per-node N -m polydesign.train ...``.

Each process takes its rows of every batch; gradients, losses and buffers are averaged over processes by
torch.distributed, weighted by what each part counts, so that N processes take the very steps that one process takes
with the whole batch. `DistributedDataParallel`'s hooks are not used: they know one loss a step and no second
derivatives, and an adversarial objective has several losses and needs them. Process 0 keeps the clock and writes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, distributed

from polydesign.core.errors import TrainingError
from polydesign.data.encodings.stream import Share


@dataclass(frozen=True)
class Processes:
    """This process among those that train together; alone by default."""

    rank: int = 0
    world: int = 1

    @property
    def share(self) -> Share:
        """Its part of every batch."""
        return Share(self.rank, self.world)

    @property
    def first(self) -> bool:
        """Whether it is the one that writes."""
        return self.rank == 0

    def average(self, tensors: Iterable[Tensor], weight: float = 1.0) -> None:
        """Replace tensors by their mean over processes, in place; `weight` is how much this process counts."""
        tensors = list(tensors)
        if self.world == 1 or not tensors:
            return
        total = torch.tensor([weight], dtype=torch.float64)
        distributed.all_reduce(total)
        flat = torch.cat([tensor.detach().float().flatten() for tensor in tensors]) * (weight / float(total))
        distributed.all_reduce(flat)
        for tensor, part in zip(tensors, flat.split([t.numel() for t in tensors]), strict=True):
            tensor.copy_(part.view_as(tensor))

    def agreed(self, number: float) -> float:
        """Return process 0's number."""
        if self.world == 1:
            return number
        shared = torch.tensor([number], dtype=torch.float64)
        distributed.broadcast(shared, src=0)
        return float(shared)

    def wait(self) -> None:
        """Wait for the others."""
        if self.world > 1:
            distributed.barrier()


@contextmanager
def joined(device: str) -> Iterator[Processes]:
    """Join the processes that torchrun started, for as long as the block lasts; alone where it started none.

    Raises `TrainingError` when the device is not there.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise TrainingError("This machine, or this build of PyTorch, has no CUDA device. Train with --device cpu.")
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1:
        yield Processes()
        return
    if device == "cuda":
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    # gloo everywhere: what is exchanged is small beside a step, and it runs wherever torch does.
    distributed.init_process_group("gloo")
    try:
        yield Processes(distributed.get_rank(), world)
    finally:
        distributed.destroy_process_group()
