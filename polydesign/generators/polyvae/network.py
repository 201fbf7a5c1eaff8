"""The PolyVAE network: a transformer reads the repeat unit, a Gaussian code stands between, another writes it again.

    x = blocks( Linear[ E(t) ; e ] )          e = properties, the same at every position
    h = sum_k softmax_k( Linear x )_k * x_k   one mask over positions for each feature
    mean, log_var = Linear MLP h              z = mean + exp(log_var / 2) n,  n ~ N(0, 1)
    [ MLP[z ; e] ] <start> <mask> t_1 ... t_n <end>      causal; the first token is predicted at the mask
    loss = - mean_k log p(t_k | t_<k, z, e)  +  beta KL( q(z | t, e) || N(0, 1) )

The conditional VAE of the project notes (S. Plichta, 2025), after Lim et al., 2018
(https://doi.org/10.1186/s13321-018-0286-7), whose recurrent networks they replace by transformers. Where ours differs:
properties may be hidden in any combination; who reads them is a setting (the notes leave it open); an embedding with
sines of the values takes the place of one linear layer (nn/conditions.py); E(t) and e are brought back to the width of
the transformer by one linear layer; tokens carry a tally of what is written (nn/tally.py); positions of the decoder are
rotary; the KL term has a weight, a schedule and free bits, and tokens may be hidden from the decoder (word dropout).

Shapes: B batch, T tokens with start and end, C conditions, V vocabulary, d dimensions of the code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polydesign.core.properties import DESCRIPTORS
from polydesign.data.encodings.tokenizer import END_ID, PAD_ID, START_ID, UNKNOWN_ID
from polydesign.generators.polyvae.config import PolyVAEConfig
from polydesign.nn.conditions import ConditionEmbedding, hide_some
from polydesign.nn.cross import Encoder
from polydesign.nn.latent import ACTIVE, Autoencoder, free_bits, gaussian_kl, kl_weight, reparametrize
from polydesign.nn.tally import RunningTally, TallyEmbedding
from polydesign.nn.transformer import Decoder
from polydesign.writing.mask import Constraint
from polydesign.writing.sampling import sample_sequences

_FIRST_LOG_VAR = -4.0


class PolyVAE(Autoencoder):
    """Encoder, code and decoder; weights of input and output tokens are tied."""

    held_out: ClassVar[Mapping[str, tuple[str, str]]] = {
        "valid_loss": ("train", "loss"),
        "valid_token": ("train", "token"),
        "valid_kl": ("train", "kl"),
        "valid_active_units": ("train", "active"),
    }
    exact: Tensor

    def __init__(self, config: PolyVAEConfig) -> None:
        super().__init__()
        self.config = config
        self.max_tokens = config.max_length - 2  # the code and the mask take two places
        self.d_latent, self.d_property = config.d_latent, config.d_property
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
        self.code = nn.Sequential(
            nn.Linear(width, config.d_hidden), nn.SiLU(), nn.Linear(config.d_hidden, 2 * config.d_latent)
        )
        # Codes begin nearly free of noise: a decoder that first meets noise learns to do without them.
        nn.init.constant_(self.code[2].bias[config.d_latent :], _FIRST_LOG_VAR)
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
        exact = torch.tensor([key in DESCRIPTORS for key in config.conditions], dtype=torch.bool)
        self.register_buffer("exact", exact, persistent=False)

    def proceed(self, phase: str, within: float) -> None:
        """Follow the schedule of the KL term."""
        self.kl_share = kl_weight(self.config.kl_schedule, within, self.config.kl_cycles, self.config.kl_ramp)

    def posterior(self, tokens: Tensor, values: Tensor, given: Tensor) -> tuple[Tensor, Tensor]:
        """Return ``(B, d)`` means and ``(B, d)`` logarithms of variances of the codes of ``(B, T)`` tokens.

        ``(B, C)`` values and flags are read where the encoder is conditioned; padding does not matter.
        """
        visible = tokens != PAD_ID
        e = self._embedded(values, given, "encoder")
        x = torch.cat([self.tokens(tokens), e[:, None].expand(-1, tokens.shape[1], -1)], dim=-1)
        x = self.encoder(self.join(x) + self.positions[: tokens.shape[1]], visible)
        mask = self.pool(x).masked_fill(~visible[..., None], float("-inf")).softmax(dim=1)
        mean, log_var = self.code((mask * x).sum(dim=1)).float().chunk(2, dim=1)
        return mean, log_var

    def logits(
        self, tokens: Tensor, z: Tensor, values: Tensor, given: Tensor, *, unseen: Tensor | None = None
    ) -> Tensor:
        """Return ``(B, T, V)`` logits of what follows each of ``(B, T)`` tokens, given ``(B, d)`` codes and requests.

        Tokens where ``(B, T)`` bool `unseen` is True are shown to the decoder as masks.
        """
        expanded, tally = self._start(z, values, given)
        embedded = self.tokens(tokens)
        if unseen is not None:
            embedded = torch.where(unseen[..., None], self.mask.to(embedded.dtype), embedded)
        embedded = embedded + tally.embed(tokens)
        if self.config.every_position:
            embedded = embedded + expanded
        x = torch.cat([self._opening(expanded, embedded[:, :1]), embedded[:, 1:]], dim=1)
        return F.linear(self.decoder(x)[:, 2:], self.tokens.weight)

    def loss(self, batch: dict[str, Tensor], phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Return ``{"loss", "token", "kl", "active"}``: nats a token, nats a string, active units of the batch.

        Args:
            batch: ``tokens`` ``(B, T)`` from <start> to <end>, padded; ``values`` ``(B, C)`` standardised;
                ``given`` ``(B, C)`` bool, which of them are known.
            phase: name of the phase; there is one.
            generator: source of the code, of the random hiding and of word dropout.
        """
        tokens, values = batch["tokens"], batch["values"]
        given = hide_some(batch["given"], self.exact, self.config.p_unconditional, generator)
        mean, log_var = self.posterior(tokens, values, given)
        z = reparametrize(mean, log_var, generator)
        unseen = None
        if self.training and self.config.word_dropout > 0:
            draw = torch.rand(tokens[:, :-1].shape, generator=generator, device=tokens.device)
            unseen = (draw < self.config.word_dropout) & (tokens[:, :-1] != START_ID)
        logits = self.logits(tokens[:, :-1], z, values, given, unseen=unseen).float()
        token = F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten(), ignore_index=PAD_ID)
        each = gaussian_kl(mean, log_var)
        weight = self.config.beta * (self.kl_share if self.training else 1.0)
        active = (mean.detach().var(dim=0, correction=0) > ACTIVE).float().sum()
        loss = token + weight * free_bits(each, self.config.free_bits)
        return {"loss": loss, "token": token, "kl": each.sum(dim=1).mean(), "active": active}

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
        spread: float = 1.0,
    ) -> list[list[int]]:
        """Decode one draw of N(0, spread^2) for each row of ``(B, C)`` requests; start and end are left off."""
        z = self.codes(values, given, generator=generator, spread=spread)
        return self.decode(
            z, values, given, generator=generator, temperature=temperature, top_p=top_p,
            guidance_scale=guidance_scale, check=check, constraint=constraint,
        )  # fmt: skip

    def codes(
        self,
        values: Tensor,
        given: Tensor,
        *,
        generator: torch.Generator,
        check: Callable[[], None] | None = None,
        spread: float = 1.0,
    ) -> Tensor:
        """Return one draw of N(0, spread^2) ``(B, d)`` for each row of ``(B, C)`` requests, whatever they ask."""
        return spread * torch.randn(len(values), self.d_latent, generator=generator, device=generator.device)

    @torch.no_grad()
    def decode(
        self,
        z: Tensor,
        values: Tensor,
        given: Tensor,
        *,
        generator: torch.Generator,
        temperature: float = 0.0,
        top_p: float = 1.0,
        guidance_scale: float = 1.0,
        check: Callable[[], None] | None = None,
        constraint: Constraint | None = None,
    ) -> list[list[int]]:
        """Return one token sequence, start and end left off, for each of the ``(B, d)`` codes and its request.

        Guidance as in PolyGPT: logits ``u + s (c - u)`` with and without the request, at the same code.
        """
        batch = len(z)
        guided = guidance_scale != 1.0 and bool(given.any())
        if guided:
            z, values, given = torch.cat([z, z]), torch.cat([values, values]), torch.cat([given, given & False])
        expanded, tally = self._start(z, values, given)
        cache = self.decoder.new_cache(len(z), expanded)
        started = False

        def step(tokens: Tensor, keep: Tensor | None) -> Tensor:
            nonlocal started, expanded
            if keep is not None:
                keep = torch.cat([keep, keep + len(expanded) // 2]) if guided else keep
                cache.keep(keep)
                tally.keep(keep)
                expanded = expanded[keep]
            tokens = (torch.cat([tokens, tokens]) if guided else tokens)[:, None]
            x = self.tokens(tokens) + tally.embed(tokens)
            if self.config.every_position:
                x = x + expanded
            if not started:
                x, started = self._opening(expanded, x), True
            logits = F.linear(self.decoder(x, cache)[:, -1], self.tokens.weight)
            if not guided:
                return logits
            conditional, unconditional = logits.chunk(2)
            return unconditional + guidance_scale * (conditional - unconditional)

        return sample_sequences(
            step,
            batch,
            start_id=START_ID,
            end_id=END_ID,
            max_new=self.max_tokens - 1,
            generator=generator,
            temperature=temperature,
            top_p=top_p,
            forbidden=(PAD_ID, START_ID, UNKNOWN_ID),
            check=check,
            constraint=constraint,
        )

    def _embedded(self, values: Tensor, given: Tensor, reader: str) -> Tensor:
        """Return the ``(B, d_property)`` embedding of what `reader` may see of the request."""
        if self.config.conditioning not in (reader, "both"):
            given = torch.zeros_like(given)
        return self.properties(values, given)[:, 0]

    def _start(self, z: Tensor, values: Tensor, given: Tensor) -> tuple[Tensor, RunningTally]:
        """Return the decoded code ``(B, 1, d_model)`` and the tally of what will be written."""
        e = self._embedded(values, given, "decoder")
        if self.config.conditioning not in ("decoder", "both"):
            given = torch.zeros_like(given)
        return self.expand(torch.cat([z.to(e.dtype), e], dim=1))[:, None], RunningTally(self.tally, values, given)

    def _opening(self, expanded: Tensor, first: Tensor) -> Tensor:
        """Return ``(B, 3, d_model)``: the code, the embedded start token, the mask."""
        mask = self.mask.to(first.dtype).expand(len(first), 1, -1)
        return torch.cat([expanded.to(first.dtype), first, mask], dim=1)
