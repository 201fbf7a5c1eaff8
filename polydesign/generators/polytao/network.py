"""The PolyTAO network: an encoder over property tokens, a decoder that attends to it.

    encoder   [ polymer, property_1 ... property_C ]      hidden properties are not looked at
    decoder   <start> <mask> t_1 ... t_n <end>            the first token is predicted at the mask

Qiu & Sun, npj Comput. Mater. 10, 273 (2024). Where ours differs: any subset of properties may be
given, each on a scale of its own (properties.py); positions of the decoder are rotary, as in nn.transformer;
tokens carry a tally of what is written and what is left of the request (nn/tally.py); the vocabulary is that of the
prepared tokenizer; a last phase aligns what the model itself writes (training/reinforce.py).

Shapes: B batch, T tokens with start and end, C conditions, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polydesign.core.properties import DESCRIPTORS
from polydesign.generators.polytao.config import PolyTAOConfig
from polydesign.generators.polytao.properties import PropertyTokens
from polydesign.nn.conditions import hide_some
from polydesign.nn.cross import CrossDecoder, Encoder, Memory
from polydesign.nn.tally import RunningTally, TallyEmbedding
from polydesign.nn.trainable import Policy
from polydesign.writing.mask import Constraint
from polydesign.writing.sampling import sample_sequences

_PAD, _START, _END, _UNKNOWN = range(4)  # the tokenizer's special tokens


class PolyTAO(Policy):
    """Encoder-decoder transformer; weights of input and output tokens are tied."""

    exact: Tensor

    def __init__(self, config: PolyTAOConfig) -> None:
        super().__init__()
        self.config = config
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

    def remember(self, values: Tensor, given: Tensor) -> Memory:
        """Read ``(B, C)`` standardised values and flags."""
        x, visible = self.properties(values, given)
        return self.decoder.remember(self.encoder(x, visible), visible)

    def logits(self, hidden: Tensor) -> Tensor:
        """Map hidden states ``(..., d_model)`` to next-token logits ``(..., V)``."""
        return F.linear(hidden, self.tokens.weight)

    def hidden(self, tokens: Tensor, values: Tensor, given: Tensor) -> Tensor:
        """Return the ``(B, T, d_model)`` states that predict what follows each of the ``(B, T)`` tokens."""
        embedded = self.tokens(tokens) + RunningTally(self.tally, values, given).embed(tokens)
        mask = self.mask.to(embedded.dtype).expand(len(tokens), 1, -1)
        x = torch.cat([embedded[:, :1], mask, embedded[:, 1:]], dim=1)
        return self.decoder(x, memory=self.remember(values, given))[:, 1:]

    def token_log_prob(self, tokens: Tensor, values: Tensor, given: Tensor) -> Tensor:
        """Return ``(B, T - 1)`` log-probabilities of tokens 1..T-1; zero where the target is padding."""
        logits = self.logits(self.hidden(tokens[:, :-1], values, given)).float()
        return -F.cross_entropy(logits.transpose(1, 2), tokens[:, 1:], ignore_index=_PAD, reduction="none")

    def hide(self, given: Tensor, generator: torch.Generator | None) -> Tensor:
        """Hide some of the ``(B, C)`` known properties."""
        return hide_some(given, self.exact, self.config.p_unconditional, generator)

    def loss(self, batch: dict[str, Tensor], phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Return ``{"loss", "token"}`` of a batch; in a phase called "pretrain" all properties are hidden.

        Args:
            batch: ``tokens`` ``(B, T)`` from <start> to <end>, padded; ``values`` ``(B, C)`` standardised;
                ``given`` ``(B, C)`` bool, which of them are known.
            phase: name of the phase.
            generator: source of the random hiding.
        """
        known = batch["given"]
        given = torch.zeros_like(known) if phase == "pretrain" else self.hide(known, generator)
        hidden = self.hidden(batch["tokens"][:, :-1], batch["values"], given)
        logits = self.logits(hidden).float().flatten(0, 1)
        token = F.cross_entropy(logits, batch["tokens"][:, 1:].flatten(), ignore_index=_PAD)
        return {"loss": token, "token": token}

    @torch.no_grad()
    def sample(
        self,
        values: Tensor,
        given: Tensor,
        *,
        generator: torch.Generator,
        temperature: float = 1.0,
        top_p: float = 1.0,
        guidance_scale: float = 1.0,
        check: Callable[[], None] | None = None,
        constraint: Constraint | None = None,
    ) -> list[list[int]]:
        """Sample one token sequence for each row of ``(B, C)`` conditions; start and end are left off.

        Guidance as in PolyGPT: logits ``u + s (c - u)`` of the conditional c and the unconditional u.
        """
        batch = len(values)
        guided = guidance_scale != 1.0 and bool(given.any())
        if guided:
            values, given = torch.cat([values, values]), torch.cat([given, torch.zeros_like(given)])
        memory = self.remember(values, given)
        cache = self.decoder.new_cache(len(values), self.tokens.weight)
        state = RunningTally(self.tally, values, given)
        started = False

        def step(tokens: Tensor, keep: Tensor | None) -> Tensor:
            nonlocal started
            if keep is not None:
                keep = torch.cat([keep, keep + len(memory.visible) // 2]) if guided else keep
                cache.keep(keep)
                memory.keep(keep)
                state.keep(keep)
            tokens = (torch.cat([tokens, tokens]) if guided else tokens)[:, None]
            x = self.tokens(tokens) + state.embed(tokens)
            if not started:
                x, started = torch.cat([x, self.mask.expand(len(x), 1, -1)], dim=1), True
            logits = self.logits(self.decoder(x, cache, memory)[:, -1])
            if not guided:
                return logits
            conditional, unconditional = logits.chunk(2)
            return unconditional + guidance_scale * (conditional - unconditional)

        return sample_sequences(
            step,
            batch,
            start_id=_START,
            end_id=_END,
            max_new=self.max_tokens - 1,
            generator=generator,
            temperature=temperature,
            top_p=top_p,
            forbidden=(_PAD, _START, _UNKNOWN),
            check=check,
            constraint=constraint,
        )
