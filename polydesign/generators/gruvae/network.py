"""The GRU-VAE network: a GRU reads the repeat unit, a Gaussian code stands between, stacked GRUs write it again.

    mean, log_var = Linear[ GRU(t) ; GRU(t reversed) ]        z = mean + exp(log_var / 2) e,  e ~ N(0, 1)
    p(t_k | t_<k, z) = softmax Linear GRU( [E(t_k-1) ; z], h_0 = tanh Linear z )
    loss = - sum_k log p(t_k | t_<k, z) / N  +  beta KL( q(z | t) || N(0, 1) ),   N = longest sequence

The SMILES-VAE of the project's origin (course notes on variational autoencoders, their equations 4 to 10 with beta
0.001), after Gómez-Bombarelli et al., 2018 (https://doi.org/10.1021/acscentsci.7b00572); beta is that of Higgins et
al., ICLR 2017. As in the origin the cross-entropy is a mean over the positions of one fixed length, N, and the KL a sum
over dimensions: of the evidence bound of a string, divided by N, the KL weighs beta N = 0.19 of 1, so that this is an
autoencoder first and a model of the prior second. N decides how far: with a mean over the tokens that are there, tried
first, 18 of a hundred points of the prior were decoded to valid units, with N = 128 41, and after more training with
N = 192 62, while 90, 83 and 84 of a hundred held-out polymers came back.

Where ours differs: what stands after a string's end is left out of the sum, where the origin's network learns to write
padding; the encoder reads in both directions, z is given to the decoder at every step and as its first state, and
tokens are those of the prepared tokenizer, of which a string has fewer than characters.

Shapes: B batch, T tokens with start and end, V vocabulary, d dimensions of the code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polydesign.data.encodings.tokenizer import PAD_ID
from polydesign.generators.gruvae.config import GruVAEConfig
from polydesign.nn.latent import Autoencoder, Gaussian, free_bits
from polydesign.nn.recurrent import CodeStepper, RecurrentStack, State, last_positions, reverse_rows
from polydesign.nn.requests import Requests
from polydesign.writing.sampling import Writing, sample_sequences


class GruVAE(Autoencoder):
    """Encoder, code and decoder; see the module."""

    held_out: ClassVar[Mapping[str, tuple[str, str]]] = {
        "valid_loss": ("train", "loss"),
        "valid_token": ("train", "token"),
        "valid_position": ("train", "position"),
        "valid_kl": ("train", "kl"),
    }

    def __init__(self, config: GruVAEConfig) -> None:
        super().__init__()
        self.config = config
        self.max_tokens, self.d_latent = config.max_length, config.d_latent
        self.tokens = nn.Embedding(config.vocab_size, config.d_embedding)
        reader = (config.d_embedding, config.d_encoder, config.encoder_layers, config.dropout)
        self.forwards, self.backwards = RecurrentStack("gru", *reader), RecurrentStack("gru", *reader)
        self.code = nn.Linear(2 * config.d_encoder, 2 * config.d_latent)
        self.first_state = nn.Linear(config.d_latent, config.n_layers * config.d_model)
        self.decoder = RecurrentStack(
            "gru", config.d_embedding + config.d_latent, config.d_model, config.n_layers, config.dropout
        )
        self.head = nn.Linear(config.d_model, config.vocab_size)

    def encode(self, tokens: Tensor, requests: Requests) -> Gaussian:
        """Return q(z | string) of ``(B, T)`` tokens of any length, whatever is asked for.

        Each row is read up to its own end: what it is padded to does not matter.
        """
        lengths = (tokens != PAD_ID).sum(dim=1)
        ends = []
        for layers, read in ((self.forwards, tokens), (self.backwards, reverse_rows(tokens, lengths))):
            hidden, _ = layers(self.tokens(read))
            ends.append(last_positions(hidden, lengths))
        return Gaussian(*self.code(torch.cat(ends, dim=1)).float().chunk(2, dim=1))

    def logits(self, tokens: Tensor, z: Tensor) -> Tensor:
        """Return ``(B, T, V)`` logits of the tokens after each of ``(B, T)``, given ``(B, d)`` codes."""
        hidden, _ = self.decoder(self.inputs(tokens, z), self.first_state_of(z))
        return self.head(hidden).float()

    def loss(self, batch: dict[str, Tensor], phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Return ``{"loss", "token", "position", "kl"}``; properties are not read.

        Nats a token, nats a position of the longest sequence (the loss's part), and nats a string.
        """
        tokens = batch["tokens"]
        code = self.encode(tokens, Requests.none(len(tokens)))
        logits = self.logits(tokens[:, :-1], code.draw(generator))
        token = F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten(), ignore_index=PAD_ID)
        position = token * (tokens[:, 1:] != PAD_ID).sum() / (len(tokens) * self.config.max_length)
        each = code.kl()
        loss = position + self.config.beta * free_bits(each, self.config.free_bits)
        return {"loss": loss, "token": token, "position": position, "kl": each.sum(dim=1).mean()}

    @torch.no_grad()
    def decode(self, z: Tensor, requests: Requests, writing: Writing) -> list[list[int]]:
        """Return one token sequence, start and end left off, for each of the ``(B, d)`` codes."""
        return sample_sequences(CodeStepper(self, z), len(z), self.max_tokens - 1, writing)

    def inputs(self, tokens: Tensor, z: Tensor) -> Tensor:
        """Return ``(B, T, d_embedding + d)``: each token beside the code."""
        embedded = self.tokens(tokens)
        return torch.cat([embedded, z[:, None].expand(-1, tokens.shape[1], -1)], dim=2)

    def first_state_of(self, z: Tensor) -> State:
        """Return the ``(L, B, d_model)`` state in which the decoder starts."""
        state = torch.tanh(self.first_state(z)).view(len(z), self.config.n_layers, self.config.d_model)
        # In the inputs' precision, which mixed precision has changed: a GRU takes no other.
        return (state.transpose(0, 1).contiguous().to(self.tokens.weight.dtype),)
