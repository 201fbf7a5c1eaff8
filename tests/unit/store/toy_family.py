"""A family of one linear layer, small enough to be broken in every way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from polydesign.core.specs import GeneratorSpec

SPEC = GeneratorSpec(
    "toy", "Toy", "Answers with stars.", "Nobody, Nowhere.", "", "ToyConfig", "ToyNetwork", "ToyGenerator"
)


class ToyGenerator:
    """A linear layer loaded strictly, another inside it if its config says so; strings as long as the layer is wide."""

    def __init__(self, network: torch.nn.Linear) -> None:
        self.network = network

    @classmethod
    def from_checkpoint(cls, folder: Path, config: Any, weights: Any) -> ToyGenerator:
        network = torch.nn.Linear(config["config"]["width"], 2)
        if inner := config["config"].get("autoencoder"):
            network.autoencoder = torch.nn.Linear(inner["width"], 2)
        network.load_state_dict(weights, strict=True)
        return cls(network)

    def sample(self, targets: Any, n: int, *, seed: int, **_: Any) -> list[str]:
        return ["*" + "C" * self.network.in_features + "*"] * n
