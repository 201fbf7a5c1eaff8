"""One step of a run as an objective sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cache, cached_property

import torch
from torch import Tensor, nn

from polydesign.core.errors import TrainingError
from polydesign.core.specs import Phase
from polydesign.data.encodings.stream import Batch
from polydesign.training.optimizers import Optimizer
from polydesign.training.processes import Processes


@dataclass(frozen=True)
class Step:
    """Where a run stands, and the means to go on.

    Attributes:
        number: steps taken before this one.
        phase, within: the phase, and how far, in [0, 1], it has come.
        lr: learning rate.
        device: "cpu" or "cuda".
        seed: of all that this step draws.
        optimizers: name -> optimizer of the phase.
        count: how much a batch weighs in a mean over batches.
        clip: largest norm of the gradient of one update.
        processes: those that train together.
    """

    number: int
    phase: Phase
    within: float
    lr: float
    device: str
    seed: int
    optimizers: Mapping[str, Optimizer]
    count: Callable[[Batch], float]
    clip: float = 1.0
    processes: Processes = field(default_factory=Processes)

    @cached_property
    def generator(self) -> torch.Generator:
        """Source of randomness of this step, the same after a resume; another one in each process."""
        return self.fresh_generator()

    def fresh_generator(self) -> torch.Generator:
        """Return a generator that begins where this step's began."""
        return torch.Generator(device=self.device).manual_seed(self.seed + 7_919 * self.processes.rank)

    def tensors(self, batch: Batch) -> dict[str, Tensor]:
        """Return a batch on the device."""
        return {name: torch.from_numpy(array).to(self.device) for name, array in batch.items()}

    def autocast(self, enabled: bool = True) -> AbstractContextManager:
        """Return a context in which products are rounded to bfloat16 where that is quicker, and not with False."""
        return torch.autocast(self.device, dtype=torch.bfloat16, enabled=enabled and bfloat16_pays(self.device))

    def update(self, name: str, loss: Tensor, parameters: Iterable[nn.Parameter], *, weight: float = 1.0) -> None:
        """Move the parameters of the optimizer `name` down the gradient of `loss`.

        Args:
            name: of the optimizer.
            loss: scalar; a mean over this process's part of a batch.
            parameters: those whose gradient is clipped together.
            weight: how much that part counts beside those of other processes.

        Raises `TrainingError` when the gradient is not finite.
        """
        optimizer = self.optimizers[name]
        parameters = [p for p in parameters if p.requires_grad]
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if self.processes.world > 1:
            for parameter in parameters:  # one that only another process's rows reached has a gradient all the same
                if parameter.grad is None:
                    parameter.grad = torch.zeros_like(parameter)
            self.processes.average((p.grad for p in parameters if p.grad is not None), weight)
        norm = nn.utils.clip_grad_norm_(parameters, self.clip)
        if not torch.isfinite(norm):
            raise TrainingError(f"The gradient is not finite at step {self.number + 1}. Lower the learning rate.")
        for group in optimizer.param_groups:
            group["lr"] = self.lr
        optimizer.step()

    def mean(self, figures: Mapping[str, Tensor], weight: float = 1.0) -> dict[str, Tensor]:
        """Return scalar figures averaged over processes, without gradients."""
        detached = {name: value.detach().float().clone() for name, value in figures.items()}
        self.processes.average(detached.values(), weight)
        return detached


@cache
def bfloat16_pays(device: str) -> bool:
    """Say whether a device multiplies bfloat16 in hardware; elsewhere it is emulated and slower than float32."""
    if device == "cuda":
        return torch.cuda.is_bf16_supported()
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
