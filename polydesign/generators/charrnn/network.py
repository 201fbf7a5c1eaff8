"""The CharRNN network: p(t_1 ... t_n <end>) as a product of next-token probabilities from stacked LSTM layers.

CharRNN (Segler et al., 2018, https://doi.org/10.1021/acscentsci.7b00512) with the settings of MOSES (Polykovskiy
et al., 2020, https://doi.org/10.3389/fphar.2020.565644): three layers of 768, dropout 0.2 between them,
embeddings as wide as the vocabulary, learning rate 1e-3, about 64 strings a batch. Where ours differs:

- tokens are those of the prepared tokenizer (atoms, bonds and ring numbers, and merges of frequent neighbours)
  instead of single characters, so that ``Cl`` or ``[nH]`` is one step; a vocabulary without merges
  (``data prepare --vocab-size``, as large as the pre-tokens) comes closest to the paper;
- a gradient step sees as many strings as fit into `batch_tokens`, the optimizer is that of all families here
  (training/optimizers.py) and the learning rate falls along a cosine instead of halving every ten epochs;
- sampled strings may have 254 tokens instead of 100 characters: repeat units are longer than drug-like molecules.

Shapes: B batch, T tokens with start and end, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polydesign.data.encodings.tokenizer import PAD_ID
from polydesign.generators.charrnn.config import CharRNNConfig
from polydesign.nn.recurrent import RecurrentStack, State, keep_rows
from polydesign.nn.requests import Requests
from polydesign.nn.trainable import LikelihoodWriter


class _Steps:
    """CharRNN at work: the state of its layers after all that is written."""

    def __init__(self, network: CharRNN) -> None:
        self.network = network
        self.state: State | None = None

    def keep(self, rows: Tensor) -> None:
        if self.state is not None:
            self.state = keep_rows(self.state, rows)

    def step(self, tokens: Tensor) -> Tensor:
        hidden, self.state = self.network.layers(self.network.tokens(tokens[:, None]), self.state)
        return self.network.head(hidden[:, 0])


class CharRNN(LikelihoodWriter):
    """Token embeddings, stacked LSTM layers, a linear layer to the next token."""

    held_out: ClassVar[Mapping[str, tuple[str, str]]] = {"valid_token": ("train", "token")}

    def __init__(self, config: CharRNNConfig) -> None:
        super().__init__()
        self.config = config
        self.max_tokens = config.max_length
        d_embedding = config.d_embedding or config.vocab_size
        self.tokens = nn.Embedding(config.vocab_size, d_embedding)
        self.layers = RecurrentStack("lstm", d_embedding, config.d_model, config.n_layers, config.dropout)
        self.head = nn.Linear(config.d_model, config.vocab_size)

    def loss(self, batch: dict[str, Tensor], phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Return ``{"loss", "token"}``, both nats a token of ``tokens`` ``(B, T)``; properties are not read."""
        tokens = batch["tokens"]
        token = -self.token_log_prob(tokens, Requests.none(len(tokens))).sum() / (tokens[:, 1:] != PAD_ID).sum()
        return {"loss": token, "token": token}

    def token_log_prob(self, tokens: Tensor, requests: Requests) -> Tensor:
        """Return ``(B, T - 1)`` log-probabilities of tokens 1..T-1, whatever is asked for; zero where padding is."""
        hidden, _ = self.layers(self.tokens(tokens[:, :-1]))
        logits = self.head(hidden).float()
        return -F.cross_entropy(logits.transpose(1, 2), tokens[:, 1:], ignore_index=PAD_ID, reduction="none")

    def stepper(self, requests: Requests) -> _Steps:
        """Return the network at work on one string for each request."""
        return _Steps(self)
