"""Muon for the matrices inside a network, AdamW for everything else, behind one face.

Muon (Jordan et al., 2024, https://kellerjordan.github.io/posts/muon) orthogonalises the update of a
matrix, which takes fewer steps to a loss; torch scales its learning rate so that it equals AdamW's
(Liu et al., 2025, https://arxiv.org/abs/2502.16982). Embeddings, norms and biases are not matrices
in that sense.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import torch
from torch import nn

from polydesign.core.errors import TrainingError


class Optimizer(Protocol):
    """What the loop asks of an optimizer: torch's own fulfil it."""

    @property
    def param_groups(self) -> list[dict[str, Any]]: ...  # noqa: D102 - as torch has them

    def zero_grad(self, set_to_none: bool = True) -> None: ...  # noqa: D102

    def step(self) -> Any: ...  # noqa: D102

    def state_dict(self) -> dict[str, Any]: ...  # noqa: D102

    def load_state_dict(self, saved: dict[str, Any]) -> None: ...  # noqa: D102


class MuonAdamW:
    """Two optimizers that are stepped, saved and given their learning rate as one.

    Args:
        network: its linear layers' weights go to Muon, the other parameters to AdamW; frozen ones to neither.
        weight_decay: of matrices and embeddings.
    """

    def __init__(self, network: nn.Module, weight_decay: float) -> None:
        linear = {id(m.weight) for m in network.modules() if isinstance(m, nn.Linear)}
        trained = [p for p in network.parameters() if p.requires_grad]
        inner = [p for p in trained if id(p) in linear]
        other = [p for p in trained if id(p) not in linear]
        groups = [
            {"params": [p for p in other if p.ndim > 1], "weight_decay": weight_decay},
            {"params": [p for p in other if p.ndim <= 1], "weight_decay": 0.0},
        ]
        self.parts: list[torch.optim.Optimizer] = [
            torch.optim.AdamW(groups, lr=0.0, betas=(0.9, 0.98), fused=True),
        ]
        if inner:
            self.parts.append(
                torch.optim.Muon(inner, lr=0.0, weight_decay=weight_decay, adjust_lr_fn="match_rms_adamw")
            )

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """The groups of all parts, to set their learning rate."""
        return [group for part in self.parts for group in part.param_groups]

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients."""
        for part in self.parts:
            part.zero_grad(set_to_none=set_to_none)

    def step(self) -> None:
        """Move all parameters."""
        for part in self.parts:
            part.step()

    def state_dict(self) -> dict[str, Any]:
        """Return ``{"state": {index: moments}}`` with one running index over all parts."""
        state: dict[int, Any] = {}
        for start, part in zip(self._starts(), self.parts, strict=True):
            state |= {start + index: moments for index, moments in part.state_dict()["state"].items()}
        return {"state": state}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        """Take the moments that `state_dict` returned."""
        starts = [*self._starts(), float("inf")]
        for start, end, part in zip(starts, starts[1:], self.parts, strict=False):
            own = {index - start: m for index, m in saved["state"].items() if start <= index < end}
            part.load_state_dict({**part.state_dict(), "state": own})

    def _starts(self) -> list[int]:
        sizes = [sum(len(group["params"]) for group in part.param_groups) for part in self.parts]
        return [sum(sizes[:i]) for i in range(len(sizes))]


def _adamw(network: nn.Module, weight_decay: float) -> torch.optim.Optimizer:
    """AdamW that shrinks matrices alone, at torch's usual moments."""
    trained = [p for p in network.parameters() if p.requires_grad]
    # A bias of an ensemble is a matrix in form; what is added, and not multiplied, is told by its name.
    biases = {id(p) for name, p in network.named_parameters() if "bias" in name or p.ndim <= 1}
    groups = [
        {"params": [p for p in trained if id(p) not in biases], "weight_decay": weight_decay},
        {"params": [p for p in trained if id(p) in biases], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW([group for group in groups if group["params"]], lr=0.0)


def adam(network: nn.Module, betas: tuple[float, float]) -> Optimizer:
    """Return Adam without decay, with moments of the memory `betas`, which adversarial training needs short."""
    return torch.optim.Adam([p for p in network.parameters() if p.requires_grad], lr=0.0, betas=betas)


OPTIMIZERS: dict[str, Callable[[nn.Module, float], Optimizer]] = {"muon": MuonAdamW, "adamw": _adamw}


def optimizer_of(name: str, network: nn.Module, weight_decay: float) -> Optimizer:
    """Return the optimizer of that name for the parameters of a network; raise `TrainingError` for an unknown one."""
    try:
        make = OPTIMIZERS[name]
    except KeyError:
        raise TrainingError(f"Unknown optimizer '{name}'. There are: {', '.join(OPTIMIZERS)}.") from None
    return make(network, weight_decay)
