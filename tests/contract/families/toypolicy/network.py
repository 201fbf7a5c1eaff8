"""A table of which token follows which, as logits that can be counted and learnt.

Shapes: B batch, T tokens, V vocabulary.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from polydesign.data.encodings.tokenizer import PAD_ID
from polydesign.nn.requests import Requests
from polydesign.nn.trainable import LikelihoodWriter
from toypolicy.config import Config


class Network(LikelihoodWriter):
    """One row of logits for each token."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.max_tokens = config.max_length
        self.follows = nn.Parameter(torch.zeros(config.vocab_size, config.vocab_size))

    @torch.no_grad()
    def count(self, tokens: np.ndarray) -> None:
        """Take the logarithms of how often (N, T) tokens follow each other, one added to each."""
        pairs = np.zeros(self.follows.shape)
        np.add.at(pairs, (tokens[:, :-1].ravel(), tokens[:, 1:].ravel()), tokens[:, 1:].ravel() != PAD_ID)
        self.follows.copy_(torch.from_numpy(np.log(pairs + 0.1)))

    def loss(self, batch: dict[str, Tensor], phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Return ``{"loss"}``, nats a token; what is watched, not what is learnt from."""
        log_prob = self.token_log_prob(batch["tokens"], Requests.none(len(batch["tokens"])))
        return {"loss": -log_prob.sum() / (batch["tokens"][:, 1:] != PAD_ID).sum()}

    def stepper(self, requests: Requests) -> Network:
        """Return itself: it remembers nothing."""
        return self

    def step(self, tokens: Tensor) -> Tensor:
        """See `Stepper`."""
        return self.follows[tokens]

    def keep(self, rows: Tensor) -> None:
        """See `Stepper`."""

    def token_log_prob(self, tokens: Tensor, requests: Requests) -> Tensor:
        """See `LikelihoodWriter`."""
        logits = self.follows[tokens[:, :-1]]
        return -nn.functional.cross_entropy(logits.mT, tokens[:, 1:], ignore_index=PAD_ID, reduction="none")
