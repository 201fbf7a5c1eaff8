"""The generator: noise in, the probabilities of every token at every place out.

Shapes: B batch, T places, V vocabulary.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from polydesign.data.encodings.tokenizer import END_ID, PAD_ID, START_ID
from polydesign.nn.requests import Requests
from polydesign.nn.trainable import Writer
from polydesign.writing.sampling import Writing
from toygan.config import Config


class Network(Writer):
    """Two layers with batch norm, whose running means are shipped with the weights."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.max_tokens = config.max_length
        self.layers = nn.Sequential(
            nn.Linear(config.d_noise, config.d_model), nn.BatchNorm1d(config.d_model), nn.LeakyReLU(0.2),
            nn.Linear(config.d_model, config.max_length * config.vocab_size),
        )  # fmt: skip

    def forward(self, n: int, generator: torch.Generator) -> Tensor:
        """Return ``(n, T, V)`` probabilities."""
        noise = torch.rand(n, self.config.d_noise, generator=generator, device=generator.device) * 2 - 1
        return self.layers(noise).view(n, self.config.max_length, self.config.vocab_size).softmax(dim=-1)

    @torch.no_grad()
    def sample(self, requests: Requests, writing: Writing, **options: Any) -> list[list[int]]:
        """Return the most probable tokens of each row, up to the first that ends it."""
        rows = self(len(requests), writing.generator)[:, 1:].argmax(dim=-1).tolist()
        ends = [next((i for i, token in enumerate(row) if token in (END_ID, PAD_ID)), len(row)) for row in rows]
        return [[token for token in row[:end] if token != START_ID] for row, end in zip(rows, ends, strict=True)]
