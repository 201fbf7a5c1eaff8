"""The heteroencoder network: LSTMs read one spelling of a chain, a code stands between, LSTMs write another.

    c = LayerNorm Linear ReLU Linear [ last states of a bidirectional LSTM (s) ]      s: the spelling that is read
    z = c + noise e,  e ~ N(0, 1)                                                     in training alone
    p(t_k | t_<k, z) = softmax Linear LSTM( E(t_k-1) ),  h_0 = c_0 = tanh Linear z    t: the spelling that is written
    loss = - mean over tokens of log p(t_k | t_<k, z)

Bjerrum & Sattarov, 2018 (https://doi.org/10.3390/biom8040131), in the form of LatentGAN (Prykhodko et al., 2019,
https://doi.org/10.1186/s13321-019-0397-9): two bidirectional layers that read, four that write, 512 wide, between two
spellings of a molecule that are both not canonical. What a code says of the spelling helps nobody who has to write
another, so it comes to say which chain it is; here spellings differ in the order of atoms and in where the chain is
cut. Where ours differs:

- codes have zero mean and unit variance over their own dimensions, or the encoder would make them large and the noise
  small; each has length sqrt(d) then, as nearly all draws of N(0, 1) in many dimensions have;
- with `written` "canonical" (the small preset) what is written is the string of the table. What is read may be any
  spelling, and there is one right answer, which is learnt in a fraction of the steps;
- with `at_every_step` (the small preset) the decoder reads the code beside each token as well;
- tokens are embedded instead of one-hot.

The origin has no prior of its own: a GAN learns one (the family latentgan). Drawn from alone, codes are of the normal
distribution that has the mean and the covariance of training codes, which are followed in training.

Shapes: B batch, K spellings, T tokens with start and end, V vocabulary, d dimensions of a code.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence

from polydesign.data.encodings.tokenizer import PAD_ID
from polydesign.generators.heteroencoder.config import HeteroencoderConfig
from polydesign.nn.latent import Autoencoder, Gaussian
from polydesign.nn.recurrent import CodeStepper, RecurrentStack, State
from polydesign.nn.requests import Requests
from polydesign.writing.sampling import Writing, sample_sequences

_FOLLOWED = 0.998  # how much of the mean and the covariance of codes a step keeps


class Heteroencoder(Autoencoder):
    """Encoder, code and decoder; see the module."""

    held_out: ClassVar[Mapping[str, tuple[str, str]]] = {"valid_token": ("train", "token")}
    code_mean: Tensor
    code_covariance: Tensor
    n_followed: Tensor

    def __init__(self, config: HeteroencoderConfig) -> None:
        super().__init__()
        self.config = config
        self.max_tokens, self.d_latent = config.max_length, config.d_latent
        self.tokens = nn.Embedding(config.vocab_size, config.d_embedding)
        self.encoder = nn.LSTM(
            config.d_embedding, config.d_encoder, config.encoder_layers, batch_first=True, bidirectional=True
        )
        self.code = nn.Sequential(
            nn.Linear(2 * config.d_encoder, 2 * config.d_encoder), nn.ReLU(),
            nn.Linear(2 * config.d_encoder, config.d_latent),
            nn.LayerNorm(config.d_latent, elementwise_affine=False),
        )  # fmt: skip
        self.first_state = nn.Linear(config.d_latent, config.n_layers * config.d_model)
        d_input = config.d_embedding + config.at_every_step * config.d_latent
        self.decoder = RecurrentStack("lstm", d_input, config.d_model, config.n_layers)
        self.head = nn.Linear(config.d_model, config.vocab_size)
        self.register_buffer("code_mean", torch.zeros(config.d_latent))
        self.register_buffer("code_covariance", torch.eye(config.d_latent))
        self.register_buffer("n_followed", torch.zeros(()))

    def encode(self, tokens: Tensor, requests: Requests) -> Gaussian:
        """Return N(c, noise^2) of ``(B, T)`` tokens of any length, whatever is asked for.

        Each row is read up to its own end: what it is padded to does not matter.
        """
        lengths = (tokens != PAD_ID).sum(dim=1).cpu()
        packed = pack_padded_sequence(self.tokens(tokens), lengths, batch_first=True, enforce_sorted=False)
        _, (last, _) = self.encoder(packed)  # both directions of the last layer stand at the end
        code = self.code(torch.cat([last[-2], last[-1]], dim=1)).float()
        return Gaussian(code, torch.full_like(code, 2.0 * math.log(self.config.noise)))

    def logits(self, tokens: Tensor, z: Tensor) -> Tensor:
        """Return ``(B, T, V)`` logits of the tokens after each of ``(B, T)``, given ``(B, d)`` codes."""
        hidden, _ = self.decoder(self.inputs(tokens, z), self.first_state_of(z))
        return self.head(hidden).float()

    def loss(self, batch: dict[str, Tensor], phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Return ``{"loss", "token"}``, both nats a token of what is written; properties are not read."""
        read, written = self.pairs(batch, generator)
        code = self.encode(read, Requests.none(len(read)))
        if self.training:
            self._follow(code.mean.detach())
        logits = self.logits(written[:, :-1], code.draw(generator) if self.training else code.mean)
        token = F.cross_entropy(logits.flatten(0, 1), written[:, 1:].flatten(), ignore_index=PAD_ID)
        return {"loss": token, "token": token}

    def pairs(self, batch: dict[str, Tensor], generator: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
        """Return ``(B, S)`` tokens that are read, and ``(B, T)`` that are written: of each row two spellings.

        A row without two spellings of which neither is the string of the table writes that string in either form.
        """
        others = batch["spellings"]
        n, k = others.shape[:2]
        rows = torch.arange(n, device=others.device)
        first = torch.randint(k, (n,), generator=generator, device=others.device)
        read = others[rows, first]
        if self.config.written == "canonical" or k == 1:
            return _trimmed(read), batch["tokens"]
        second = others[rows, (first + torch.randint(1, k, (n,), generator=generator, device=others.device)) % k]
        width = max(others.shape[2], batch["tokens"].shape[1])
        own = F.pad(batch["tokens"], (0, width - batch["tokens"].shape[1]), value=PAD_ID)
        alike = (read == second).all(dim=1, keepdim=True)
        return _trimmed(read), _trimmed(torch.where(alike, own, F.pad(second, (0, width - others.shape[2]))))

    @torch.no_grad()
    def decode(self, z: Tensor, requests: Requests, writing: Writing) -> list[list[int]]:
        """Return one token sequence, start and end left off, for each of the ``(B, d)`` codes."""
        return sample_sequences(CodeStepper(self, z), len(z), self.max_tokens - 1, writing)

    def codes(self, requests: Requests, writing: Writing, *, spread: float = 1.0, **options: Any) -> Tensor:
        """Return one code ``(B, d)`` for each request: draws of N(mean, spread^2 covariance) of training codes."""
        generator = writing.generator
        noise = torch.randn(len(requests), self.d_latent, generator=generator, device=generator.device)
        values, vectors = torch.linalg.eigh(self.code_covariance.float())
        root = vectors * values.clamp(min=0.0).sqrt() @ vectors.T
        return self.code_mean.float() + spread * noise @ root

    def inputs(self, tokens: Tensor, z: Tensor) -> Tensor:
        """Return ``(B, T, d_input)``: each token, beside the code where the decoder reads it at every step."""
        embedded = self.tokens(tokens)
        if not self.config.at_every_step:
            return embedded
        return torch.cat([embedded, z[:, None].to(embedded.dtype).expand(-1, tokens.shape[1], -1)], dim=2)

    def first_state_of(self, z: Tensor) -> State:
        """Return the ``(L, B, d_model)`` hidden and, the same, cell state in which the decoder starts."""
        state = torch.tanh(self.first_state(z)).view(len(z), self.config.n_layers, self.config.d_model)
        # In the inputs' precision, which mixed precision has changed: an LSTM takes no other.
        state = state.transpose(0, 1).contiguous().to(self.tokens.weight.dtype)
        return state, state

    @torch.no_grad()
    def _follow(self, code: Tensor) -> None:
        """Move mean and covariance of codes towards those of a batch; early on closely, as weights are averaged."""
        share = 1.0 - torch.clamp((1 + self.n_followed) / (10 + self.n_followed), max=_FOLLOWED)
        self.code_mean.lerp_(code.mean(dim=0), share)
        away = code - self.code_mean
        with torch.autocast(code.device.type, enabled=False):
            self.code_covariance.lerp_(away.T @ away / len(code), share)
        self.n_followed.add_(1.0)


def _trimmed(tokens: Tensor) -> Tensor:
    """Return ``(B, T)`` tokens without columns that are padding in every row."""
    return tokens[:, : int((tokens != PAD_ID).sum(dim=1).max())]
