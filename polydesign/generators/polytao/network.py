"""The PolyTAO network: an encoder over property tokens, a decoder that attends to it.

    encoder   [ polymer, property_1 ... property_C ]      hidden properties are not looked at
    decoder   <start> <mask> t_1 ... t_n <end>            the first token is predicted at the mask

Qiu & Sun, npj Comput. Mater. 10, 273 (2024). Where ours differs: any subset of properties may be
given, each on a scale of its own (properties.py); positions of the decoder are rotary, as in nn.transformer;
tokens carry a tally of what is written and what is left of the request (nn/tally.py); the vocabulary is that of the
prepared tokenizer; a last phase aligns what the model itself writes (training/objectives/policy_gradient.py).

Shapes: B batch, T tokens with start and end, C conditions, V vocabulary.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polydesign.core.properties import DESCRIPTORS
from polydesign.data.encodings.tokenizer import PAD_ID
from polydesign.generators.polytao.config import PolyTAOConfig
from polydesign.generators.polytao.properties import PropertyTokens
from polydesign.nn.conditions import hide_some
from polydesign.nn.cross import CrossDecoder, Encoder, Memory
from polydesign.nn.requests import Conditions, Requests
from polydesign.nn.tally import RunningTally, TallyEmbedding
from polydesign.nn.trainable import LikelihoodWriter


class _Steps:
    """The decoder at work: what the encoder read, and keys and values of all that is written."""

    def __init__(self, network: PolyTAO, requests: Requests) -> None:
        self.network = network
        self.tally = RunningTally(network.tally, requests)
        self.memory = network.remember(requests)
        self.cache = network.decoder.new_cache(len(requests), network.tokens.weight)

    def keep(self, rows: Tensor) -> None:
        self.cache.keep(rows)
        self.memory.keep(rows)
        self.tally.keep(rows)

    def step(self, tokens: Tensor) -> Tensor:
        tokens = tokens[:, None]
        x = self.network.tokens(tokens) + self.tally.embed(tokens)
        if self.cache.length == 0:
            x = self.network.with_mask(x)
        return self.network.logits(self.network.decoder(x, self.cache, self.memory)[:, -1])


class PolyTAO(LikelihoodWriter):
    """Encoder-decoder transformer; weights of input and output tokens are tied."""

    exact: Tensor

    def __init__(self, config: PolyTAOConfig) -> None:
        super().__init__()
        self.config = config
        self.conditions = Conditions.of(config)
        self.max_tokens = config.max_length - 1  # the mask takes one place
        self.tokens = nn.Embedding(config.vocab_size, config.d_model)
        nn.init.normal_(self.tokens.weight, std=0.02)
        self.mask = nn.Parameter(torch.randn(config.d_model) * 0.02)
        self.properties = PropertyTokens(
            config.conditions, config.condition_mean, config.condition_std, config.d_model, config.discrete
        )
        self.tally: TallyEmbedding | None = None
        if config.tally and config.vocabulary:
            self.tally = TallyEmbedding(
                config.vocabulary, config.conditions, config.condition_mean, config.condition_std, config.d_model
            )
        self.encoder = Encoder(config.d_model, config.n_encoder, config.n_heads, config.dropout)
        self.decoder = CrossDecoder(config.d_model, config.n_decoder, config.n_heads, config.max_length, config.dropout)
        exact = torch.tensor([key in DESCRIPTORS for key in config.conditions], dtype=torch.bool)
        self.register_buffer("exact", exact, persistent=False)

    def remember(self, requests: Requests) -> Memory:
        """Read what is asked for."""
        x, visible = self.properties(requests.values, requests.given)
        return self.decoder.remember(self.encoder(x, visible), visible)

    def logits(self, hidden: Tensor) -> Tensor:
        """Map hidden states ``(..., d_model)`` to next-token logits ``(..., V)``."""
        return F.linear(hidden, self.tokens.weight)

    def with_mask(self, embedded: Tensor) -> Tensor:
        """Return ``(B, T + 1, d_model)``: the mask put after the first of ``(B, T, d_model)`` embedded tokens."""
        mask = self.mask.to(embedded.dtype).expand(len(embedded), 1, -1)
        return torch.cat([embedded[:, :1], mask, embedded[:, 1:]], dim=1)

    def hidden(self, tokens: Tensor, requests: Requests) -> Tensor:
        """Return the ``(B, T, d_model)`` states that predict what follows each of the ``(B, T)`` tokens."""
        embedded = self.tokens(tokens) + RunningTally(self.tally, requests).embed(tokens)
        return self.decoder(self.with_mask(embedded), memory=self.remember(requests))[:, 1:]

    def token_log_prob(self, tokens: Tensor, requests: Requests) -> Tensor:
        """Return ``(B, T - 1)`` log-probabilities of tokens 1..T-1; zero where the target is padding."""
        logits = self.logits(self.hidden(tokens[:, :-1], requests)).float()
        return -F.cross_entropy(logits.transpose(1, 2), tokens[:, 1:], ignore_index=PAD_ID, reduction="none")

    def stepper(self, requests: Requests) -> _Steps:
        """Return the network at work on one string for each request."""
        return _Steps(self, requests)

    def hide(self, requests: Requests, generator: torch.Generator | None) -> Requests:
        """Hide properties at random, the way people ask: none, all descriptors, a few, or any subset."""
        return replace(requests, given=hide_some(requests.given, self.exact, self.config.p_unconditional, generator))

    def loss(self, batch: dict[str, Tensor], phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Return ``{"loss", "token"}`` of a batch; in a phase called "pretrain" all properties are hidden.

        Args:
            batch: ``tokens`` ``(B, T)`` from <start> to <end>, padded; ``values`` ``(B, C)`` standardised;
                ``given`` ``(B, C)`` bool, which of them are known.
            phase: name of the phase.
            generator: source of the random hiding.
        """
        known = Requests(batch["values"], batch["given"])
        requests = known.hidden() if phase == "pretrain" else self.hide(known, generator)
        hidden = self.hidden(batch["tokens"][:, :-1], requests)
        logits = self.logits(hidden).float().flatten(0, 1)
        token = F.cross_entropy(logits, batch["tokens"][:, 1:].flatten(), ignore_index=PAD_ID)
        return {"loss": token, "token": token}
