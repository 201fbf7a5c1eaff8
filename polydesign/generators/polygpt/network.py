"""The PolyGPT network: property embeddings, a start token, then the repeat unit.

    [ e_1 ... e_P ] <start> t_1 ... t_n <end>        e = MLP(properties), zeros when none is given

Loss of fine-tuning (origin: PolyGPT notes): alpha L_token + beta L_aux + gamma L_align. Known
properties are slightly perturbed; the auxiliary heads read the finished string and predict its true
properties, asked for or not, and so how far they are from the requested ones. Where ours differs:
hidden properties are allowed in any combination, the embedding sees sines of the values beside the
values, each token also carries a tally of what is written and what is left (nn/tally.py), and
alignment is a policy gradient on the model's own samples (training/objectives/policy_gradient.py).

Shapes: B batch, T tokens with start and end, P property embeddings, C conditions, V vocabulary.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polydesign.core.properties import DESCRIPTORS
from polydesign.data.encodings.tokenizer import END_ID, PAD_ID
from polydesign.generators.polygpt.config import PolyGPTConfig
from polydesign.nn.conditions import ConditionEmbedding, hide_some
from polydesign.nn.requests import Conditions, Requests
from polydesign.nn.tally import RunningTally, TallyEmbedding
from polydesign.nn.trainable import LikelihoodWriter
from polydesign.nn.transformer import Decoder


class _Steps:
    """PolyGPT at work: the property prefix is read, keys and values of all that is written are kept."""

    def __init__(self, network: PolyGPT, requests: Requests) -> None:
        prefix = network.properties(requests.values, requests.given).to(network.tokens.weight.dtype)
        self.network = network
        self.tally = RunningTally(network.tally, requests)
        self.cache = network.decoder.new_cache(len(requests), prefix)
        network.decoder(prefix, self.cache)

    def keep(self, rows: Tensor) -> None:
        self.cache.keep(rows)
        self.tally.keep(rows)

    def step(self, tokens: Tensor) -> Tensor:
        tokens = tokens[:, None]
        x = self.network.tokens(tokens) + self.tally.embed(tokens)
        return self.network.logits(self.network.decoder(x, self.cache)[:, 0])


class PolyGPT(LikelihoodWriter):
    """Decoder-only transformer with a property prefix; weights of input and output tokens are tied."""

    exact: Tensor
    noise: Tensor

    def __init__(self, config: PolyGPTConfig) -> None:
        super().__init__()
        self.config = config
        self.conditions = Conditions.of(config)
        self.max_tokens = config.max_length - config.n_embeddings
        n_conditions = len(config.conditions)
        self.tokens = nn.Embedding(config.vocab_size, config.d_model)
        nn.init.normal_(self.tokens.weight, std=0.02)
        self.properties = ConditionEmbedding(n_conditions, config.d_model, config.n_embeddings)
        self.tally: TallyEmbedding | None = None
        if config.tally and config.vocabulary:
            self.tally = TallyEmbedding(
                config.vocabulary, config.conditions, config.condition_mean, config.condition_std, config.d_model
            )
        self.decoder = Decoder(config.d_model, config.n_layers, config.n_heads, config.max_length, config.dropout)
        self.auxiliary = nn.Linear(config.d_model, n_conditions)
        exact = torch.tensor([key in DESCRIPTORS for key in config.conditions])
        self.register_buffer("exact", exact, persistent=False)
        noise = torch.where(exact, config.perturbation_counts, config.perturbation)
        self.register_buffer("noise", noise, persistent=False)

    def hidden(self, tokens: Tensor, requests: Requests) -> Tensor:
        """Return hidden states ``(B, T, d_model)`` over the tokens ``(B, T)``, the property prefix left off."""
        prefix = self.properties(requests.values, requests.given)
        x = self.tokens(tokens) + RunningTally(self.tally, requests).embed(tokens)
        x = torch.cat([prefix.to(x.dtype), x], dim=1)
        return self.decoder(x)[:, prefix.shape[1] :]

    def logits(self, hidden: Tensor) -> Tensor:
        """Map hidden states ``(..., d_model)`` to next-token logits ``(..., V)``."""
        return F.linear(hidden, self.tokens.weight)

    def token_log_prob(self, tokens: Tensor, requests: Requests) -> Tensor:
        """Return ``(B, T - 1)`` log-probabilities of tokens 1..T-1; zero where the target is padding."""
        logits = self.logits(self.hidden(tokens[:, :-1], requests)).float()
        target = tokens[:, 1:]
        return -F.cross_entropy(logits.transpose(1, 2), target, ignore_index=PAD_ID, reduction="none")

    def stepper(self, requests: Requests) -> _Steps:
        """Return the network at work on one string for each request."""
        return _Steps(self, requests)

    def hide(self, requests: Requests, generator: torch.Generator | None) -> Requests:
        """Hide properties at random, the way people ask: none, all descriptors, a few, or any subset."""
        return replace(requests, given=hide_some(requests.given, self.exact, self.config.p_unconditional, generator))

    def loss(self, batch: dict[str, Tensor], phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Return ``{"loss", "token", "aux"}`` of a batch.

        Args:
            batch: ``tokens`` ``(B, T)`` from <start> to <end>, padded; ``values`` ``(B, C)`` standardised;
                ``given`` ``(B, C)`` bool, which of them are known.
            phase: "pretrain" (properties all hidden, no auxiliary loss) or "finetune".
            generator: source of the random hiding and perturbation.
        """
        tokens, values, known = batch["tokens"], batch["values"], batch["given"]
        requests = Requests(values, known)
        if phase == "pretrain":
            requests = requests.hidden()
            shift = torch.zeros_like(values)
        else:
            requests = self.hide(requests, generator)
            shift = torch.randn(values.shape, generator=generator, device=values.device)
            rows = torch.rand(len(values), 1, generator=generator, device=values.device) < self.config.p_perturb
            shift = shift * rows
        hidden = self.hidden(tokens, replace(requests, values=values + shift * self.noise))
        # Padding is masked, not cut out: every new shape costs the CPU backend another compiled kernel.
        logits = self.logits(hidden[:, :-1]).float().flatten(0, 1)
        losses = {"token": F.cross_entropy(logits, tokens[:, 1:].flatten(), ignore_index=PAD_ID)}
        total = self.config.alpha * losses["token"]
        if phase != "pretrain" and self.config.beta > 0:
            at_end = hidden[tokens == END_ID]  # (B, d_model): every row has exactly one end
            error = (self.auxiliary(at_end).float() - values).square() * known
            losses["aux"] = error.sum() / known.sum().clamp(min=1)
            total = total + self.config.beta * losses["aux"]
        return {"loss": total, **losses}
