"""The PolyVAE network: a transformer reads the repeat unit, a Gaussian code stands between, another writes it again.

    x = blocks( Linear[ E(t) ; e ] )          e = properties, the same at every position
    h = sum_k softmax_k( Linear x )_k * x_k   one mask over positions for each feature
    mean, log_var = Linear MLP h              z = mean + exp(log_var / 2) n,  n ~ N(0, 1)
    [ MLP[z ; e] ] <start> <mask> t_1 ... t_n <end>      causal; the first token is predicted at the mask
    p(z | e) = N( m(e), exp(v(e)) )           N(0, 1) where nothing is asked for (nn.latent.RequestPrior)
    loss = - mean_k log p(t_k | t_<k, z, e)  +  beta KL( q(z | t, e) || p(z | e) )  +  gamma C(z, e)

The conditional VAE of the project notes (S. Plichta, 2025), after Lim et al., 2018
(https://doi.org/10.1186/s13321-018-0286-7), whose recurrent networks they replace by transformers. With their prior,
N(0, 1) whatever is asked for, its sliders did nothing: the code tells the decoder all that the properties do, and a
random one overrules them. Hence the settings `prior`, p(z | e) in place of N(0, 1) (Sohn et al., 2015,
https://papers.nips.cc/paper/2015/hash/8d55a249e6baa5c06772297520da2051-Abstract.html), and `prior_share`, the share of
training rows whose z is drawn from that prior, not from q: their "hybrid" objective, in which the decoder meets in
training what it meets in sampling and learns to go by e where z contradicts it. Where ours differs from theirs: a row
is of one kind or the other, where theirs weighs both losses of each, and rows without a request are written from their
codes, which would otherwise lose the decoder's trust. `decorrelation` is gamma,
of a penalty C on covariances between z and what is asked for (nn.latent.cross_covariance).

Where ours differs from the notes besides: properties may be hidden in any combination; who reads them is a setting
(the notes leave it open); an embedding with sines of the values takes the place of one linear layer (nn/conditions.py);
E(t) and e are brought back to the width of the transformer by one linear layer; tokens carry a tally of what is written
(nn/tally.py); positions of the decoder are rotary; the KL term has a weight, a schedule and free bits, and tokens may
be hidden from the decoder (word dropout).

Shapes: B batch, T tokens with start and end, C conditions, V vocabulary, d dimensions of the code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polydesign.core.properties import DESCRIPTORS
from polydesign.data.encodings.tokenizer import PAD_ID, START_ID
from polydesign.generators.polyvae.config import PolyVAEConfig
from polydesign.nn.conditions import ConditionEmbedding, hide_some
from polydesign.nn.cross import Encoder
from polydesign.nn.guidance import guided
from polydesign.nn.latent import (
    ACTIVE,
    Autoencoder,
    Gaussian,
    RequestPrior,
    cross_covariance,
    free_bits,
    kl_weight,
)
from polydesign.nn.requests import Conditions, Requests
from polydesign.nn.tally import RunningTally, TallyEmbedding
from polydesign.nn.transformer import Decoder
from polydesign.writing.sampling import Writing, sample_sequences

_FIRST_LOG_VAR = -4.0


class _Steps:
    """The decoder at work on ``(B, d)`` codes: keys and values of all that is written are kept."""

    def __init__(self, network: PolyVAE, requests: Requests, z: Tensor) -> None:
        self.network = network
        self.expanded, self.tally = network.start(z, requests)
        self.cache = network.decoder.new_cache(len(z), self.expanded)

    def keep(self, rows: Tensor) -> None:
        self.cache.keep(rows)
        self.tally.keep(rows)
        self.expanded = self.expanded[rows]

    def step(self, tokens: Tensor) -> Tensor:
        tokens = tokens[:, None]
        x = self.network.embedded(self.network.tokens(tokens), self.tally.embed(tokens), self.expanded)
        if self.cache.length == 0:
            x = self.network.opening(x, self.expanded)
        return F.linear(self.network.decoder(x, self.cache)[:, -1], self.network.tokens.weight)


class PolyVAE(Autoencoder):
    """Encoder, code and decoder; weights of input and output tokens are tied."""

    held_out: ClassVar[Mapping[str, tuple[str, str]]] = {
        "valid_loss": ("train", "loss"),
        "valid_token": ("train", "token"),
        "valid_kl": ("train", "kl"),
        "valid_active_units": ("train", "active"),
    }
    fresh: ClassVar[tuple[str, ...]] = ("prior.",)
    exact: Tensor

    def __init__(self, config: PolyVAEConfig) -> None:
        super().__init__()
        self.config = config
        self.max_tokens = config.max_length - 2  # the code and the mask take two places
        self.conditions = Conditions.of(config)
        self.d_latent, self.d_property = config.d_latent, config.d_property if config.conditions else 0
        self.kl_share = 1.0
        width = config.d_model
        self.tokens = nn.Embedding(config.vocab_size, width)
        self.positions = nn.Parameter(torch.randn(self.max_tokens, width) * 0.02)  # of what is read
        self.mask = nn.Parameter(torch.randn(width) * 0.02)
        nn.init.normal_(self.tokens.weight, std=0.02)
        self.properties = ConditionEmbedding(len(config.conditions), config.d_property)
        # Without a bias, which would drown the small initial embeddings; the transformer's norms set the scale.
        self.join = nn.Linear(width + config.d_property, width, bias=False)
        nn.init.normal_(self.join.weight, std=width**-0.5)
        self.encoder = Encoder(width, config.n_encoder, config.n_heads, config.dropout)
        self.pool = nn.Linear(width, width)
        hidden, code = nn.Linear(width, config.d_hidden), nn.Linear(config.d_hidden, 2 * config.d_latent)
        # Codes begin nearly free of noise: a decoder that first meets noise learns to do without them.
        nn.init.constant_(code.bias[config.d_latent :], _FIRST_LOG_VAR)
        self.code = nn.Sequential(hidden, nn.SiLU(), code)
        self.expand = nn.Sequential(
            nn.Linear(config.d_latent + config.d_property, config.d_hidden), nn.SiLU(),
            nn.Linear(config.d_hidden, width),
        )  # fmt: skip
        self.tally: TallyEmbedding | None = None
        if config.tally and config.vocabulary:
            self.tally = TallyEmbedding(
                config.vocabulary, config.conditions, config.condition_mean, config.condition_std, width
            )
        self.decoder = Decoder(width, config.n_decoder, config.n_heads, config.max_length, config.dropout)
        self.prior = RequestPrior(self.d_property, config.d_hidden, config.d_latent) if self._learns_prior else None
        exact = torch.tensor([key in DESCRIPTORS for key in config.conditions], dtype=torch.bool)
        self.register_buffer("exact", exact, persistent=False)

    @property
    def _learns_prior(self) -> bool:
        return self.config.prior == "learned" and self.d_property > 0 and self.config.conditioning != "none"

    def proceed(self, phase: str, within: float) -> None:
        """Follow the schedule of the KL term."""
        self.kl_share = kl_weight(self.config.kl_schedule, within, self.config.kl_cycles, self.config.kl_ramp)

    def encode(self, tokens: Tensor, requests: Requests) -> Gaussian:
        """Return q(z | string, request) of ``(B, T)`` tokens, of which `max_tokens` are read.

        Requests are read where the encoder is conditioned; padding does not matter.
        """
        tokens = tokens[:, : self.max_tokens]
        visible = tokens != PAD_ID
        e = self._read_by("encoder", requests)
        x = torch.cat([self.tokens(tokens), e[:, None].expand(-1, tokens.shape[1], -1)], dim=-1)
        x = self.encoder(self.join(x) + self.positions[: tokens.shape[1]], visible)
        mask = self.pool(x).masked_fill(~visible[..., None], float("-inf")).softmax(dim=1)
        return Gaussian(*self.code((mask * x).sum(dim=1)).float().chunk(2, dim=1))

    def logits(self, tokens: Tensor, z: Tensor, requests: Requests, *, unseen: Tensor | None = None) -> Tensor:
        """Return ``(B, T, V)`` logits of what follows each of ``(B, T)`` tokens, given ``(B, d)`` codes and requests.

        Tokens where ``(B, T)`` bool `unseen` is True are shown to the decoder as masks.
        """
        expanded, tally = self.start(z, requests)
        written = self.tokens(tokens)
        if unseen is not None:
            written = torch.where(unseen[..., None], self.mask.to(written.dtype), written)
        x = self.opening(self.embedded(written, tally.embed(tokens), expanded), expanded)
        return F.linear(self.decoder(x)[:, 2:], self.tokens.weight)

    def loss(self, batch: dict[str, Tensor], phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Return ``{"loss", "token", "kl", "active"}``: nats a token, nats a string, active units of the batch.

        With `prior_share` also "token_prior", nats a token of the rows that are written from the prior ("token" is
        then that of the others), and with `decorrelation` "penalty".

        Args:
            batch: ``tokens`` ``(B, T)`` from <start> to <end>, padded; ``values`` ``(B, C)`` standardised;
                ``given`` ``(B, C)`` bool, which of them are known.
            phase: name of the phase; there is one.
            generator: source of the code, of the random hiding and of word dropout.
        """
        tokens = batch["tokens"]
        given = hide_some(batch["given"], self.exact, self.config.p_unconditional, generator)
        requests = Requests(batch["values"], given)
        code = self.encode(tokens, requests)
        prior = None if self.prior is None else self.prior_of(requests)
        z = code.draw(generator)
        drawn = None
        if self.config.prior_share > 0:
            # Where nothing is asked for, a code that is not the string's would only teach to ignore codes.
            drawn = torch.rand(len(z), 1, generator=generator, device=z.device) < self.config.prior_share
            drawn &= given.any(dim=1, keepdim=True)
            z = torch.where(drawn, self.prior_of(requests).draw(generator), z)
        unseen = None
        if self.training and self.config.word_dropout > 0:
            draw = torch.rand(tokens[:, :-1].shape, generator=generator, device=tokens.device)
            unseen = (draw < self.config.word_dropout) & (tokens[:, :-1] != START_ID)
        logits = self.logits(tokens[:, :-1], z, requests, unseen=unseen).float()
        each = code.kl(prior)
        weight = self.config.beta * (self.kl_share if self.training else 1.0)
        active = (code.mean.detach().var(dim=0, correction=0) > ACTIVE).float().sum()
        parts = self._token_losses(logits, tokens[:, 1:], drawn)
        loss = parts.pop("all") + weight * free_bits(each, self.config.free_bits)
        if self.config.decorrelation > 0:
            parts["penalty"] = cross_covariance(code.mean, batch["values"], given)
            loss = loss + self.config.decorrelation * parts["penalty"]
        return {"loss": loss, **parts, "kl": each.sum(dim=1).mean(), "active": active}

    @staticmethod
    def _token_losses(logits: Tensor, wanted: Tensor, drawn: Tensor | None) -> dict[str, Tensor]:
        """Return "all", the mean over tokens, and its parts: "token" of codes, "token_prior" of draws of the prior."""
        if drawn is None:
            token = F.cross_entropy(logits.flatten(0, 1), wanted.flatten(), ignore_index=PAD_ID)
            return {"all": token, "token": token}
        nats = F.cross_entropy(logits.transpose(1, 2), wanted, ignore_index=PAD_ID, reduction="none")
        there = wanted != PAD_ID
        means = {"all": there, "token": there & ~drawn, "token_prior": there & drawn}
        return {name: (nats * rows).sum() / rows.sum().clamp(min=1) for name, rows in means.items()}

    def prior_of(self, requests: Requests) -> Gaussian:
        """Return p(z | request) of each request: as learned, or N(0, 1)."""
        if self.prior is None:
            return super().prior_of(requests)
        return self.prior(self.properties(requests.values, requests.given)[:, 0])

    @torch.no_grad()
    def decode(self, z: Tensor, requests: Requests, writing: Writing) -> list[list[int]]:
        """Return one token sequence, start and end left off, for each of the ``(B, d)`` codes and its request."""
        stepper = guided(self.stepper, requests, writing.guidance_scale, z)
        return sample_sequences(stepper, len(z), self.max_tokens - 1, writing)

    def stepper(self, requests: Requests, z: Tensor) -> _Steps:
        """Return the decoder at work on ``(B, d)`` codes and their requests."""
        return _Steps(self, requests, z)

    def start(self, z: Tensor, requests: Requests) -> tuple[Tensor, RunningTally]:
        """Return the expanded ``(B, 1, d_model)`` codes and the tally of what will be written."""
        e = self._read_by("decoder", requests)
        expanded = self.expand(torch.cat([z.to(e.dtype), e], dim=1))[:, None]
        return expanded, RunningTally(self.tally, self._seen_by("decoder", requests))

    def embedded(self, tokens: Tensor, tally: Tensor | float, expanded: Tensor) -> Tensor:
        """Return the ``(B, T, d_model)`` sum of embedded tokens, their tally and, where it is set, the code."""
        return tokens + tally + expanded if self.config.every_position else tokens + tally

    def opening(self, embedded: Tensor, expanded: Tensor) -> Tensor:
        """Return ``(B, T + 2, d_model)``: the code, the first of ``(B, T, d_model)`` tokens, the mask, the rest."""
        mask = self.mask.to(embedded.dtype).expand(len(embedded), 1, -1)
        return torch.cat([expanded.to(embedded.dtype), embedded[:, :1], mask, embedded[:, 1:]], dim=1)

    def _seen_by(self, reader: str, requests: Requests) -> Requests:
        """Return what the "encoder" or "decoder" may see of the requests."""
        return requests if self.config.conditioning in (reader, "both") else requests.hidden()

    def _read_by(self, reader: str, requests: Requests) -> Tensor:
        """Return the ``(B, d_property)`` embedding of what the "encoder" or "decoder" may see of the requests."""
        seen = self._seen_by(reader, requests)
        return self.properties(seen.values, seen.given)[:, 0]
